"""The wallet decides when a deposit counts, and what becomes of a withdrawal. It sends nothing: its attendant does."""

from collections.abc import Mapping
from typing import Any, ClassVar

from tradewind.messages.commands import (
    AssignAddress,
    CancelWithdrawal,
    Command,
    FreezeWithdrawals,
    OpenNetwork,
    ReportBlocks,
    ReportPayout,
    ReportSigned,
    ReviewWithdrawal,
)
from tradewind.messages.events import Entry, Event, WithdrawalHeld
from tradewind.messages.replies import Created, Refused, Reply
from tradewind.messages.topology import Topology
from tradewind.ports.tables import Change, Table
from tradewind.runtime.machine import At, Outcome
from tradewind.runtime.rows import drain_all
from tradewind.services.wallet.chains import Chains
from tradewind.services.wallet.deposits import Deposits
from tradewind.services.wallet.tables import ADDRESSES, CHAIN_BLOCKS, DEPOSITS, NETWORK_ASSETS, NETWORKS, WITHDRAWALS
from tradewind.services.wallet.withdrawals import Withdrawals
from tradewind.values.refusals import Refusal


class WalletMachine:
    tables: ClassVar[tuple[Table, ...]] = (NETWORKS, NETWORK_ASSETS, ADDRESSES, CHAIN_BLOCKS, DEPOSITS, WITHDRAWALS)
    hears: ClassVar[frozenset[type]] = frozenset({WithdrawalHeld})
    load_where: ClassVar[dict[Table, Any]] = {
        DEPOSITS: (("settled", "=", False),),
        WITHDRAWALS: (("closed", "=", False),),
    }

    def __init__(self, index: int, topology: Topology) -> None:
        self._chains = Chains()
        self._deposits = Deposits(self._chains)
        self._withdrawals = Withdrawals(self._chains)

    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        self._chains.load(rows[NETWORKS], rows[NETWORK_ASSETS], rows[ADDRESSES], rows[CHAIN_BLOCKS])
        self._deposits.load(rows[DEPOSITS])
        self._withdrawals.load(rows[WITHDRAWALS])

    def changes(self) -> list[Change]:
        parts = (self._chains, self._deposits, self._withdrawals)
        return drain_all(*(rows for part in parts for rows in part.rows))

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        events: list[Event] = []
        reply: Reply | None = None
        match item:
            case Entry():
                for event in item.events:
                    if isinstance(event, WithdrawalHeld):
                        self._withdrawals.begin(event, at, events)
            case ReviewWithdrawal():
                reply = self._withdrawals.review(item, at, events)
            case CancelWithdrawal():
                reply = self._withdrawals.cancel(item, at, events)
            case ReportSigned():
                reply = self._withdrawals.signed(item, at, events)
            case ReportPayout():
                reply = self._withdrawals.paid(item, at, events)
            case _:
                refusal = self._configure(item, at, events)
                reply = Created(0) if refusal is None else Refused(refusal)
        return Outcome(events, reply)

    def _configure(self, item: Command, at: At, events: list[Event]) -> Refusal | None:
        match item:
            case OpenNetwork():
                return self._chains.open(item)
            case AssignAddress():
                return self._chains.assign(item)
            case FreezeWithdrawals() | ReportBlocks() if self._chains.get(item.network) is None:
                return Refusal.UNKNOWN_NETWORK
            case FreezeWithdrawals():
                self._chains.freeze(item, events)
                return None
            case ReportBlocks():
                return self._take_up(item, at, events)
        return Refusal.BAD_REQUEST

    def _take_up(self, report: ReportBlocks, at: At, events: list[Event]) -> Refusal | None:
        """New blocks, a better branch, or a second look at a block that we know."""
        network, fitting = report.network, self._chains.fit(report.network, report.blocks)
        if isinstance(fitting, Refusal):
            return fitting
        if fitting.fork < self._chains[network].height:
            if self._deposits.orphan(network, fitting.fork, fitting.new, events):
                word = FreezeWithdrawals(network, True, f"the chain took credited deposits back beyond {fitting.fork}")
                self._chains.freeze(word, events)
            self._withdrawals.orphan(network, fitting.fork)
        if fitting.new:
            self._chains.take_up(network, fitting)
        self._deposits.include(network, report.blocks, at, events)
        self._deposits.ripen(network, events)
        self._withdrawals.ripen(network, at, events)
        return None

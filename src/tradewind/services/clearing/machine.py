"""Clearing decides whether an order may stand, holds its funds, settles its trades, and gives back what is left."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from tradewind.messages.commands import (
    AmendOrder,
    CancelAfter,
    CancelAll,
    CancelOrder,
    CancelOrders,
    Command,
    PlaceOrder,
    PlaceOrderPair,
    PlaceOrders,
    RequestWithdrawal,
    TestOrder,
    Tick,
    Transfer,
)
from tradewind.messages.events import (
    AccountTierSet,
    Adjusted,
    AssetCreated,
    DepositCredited,
    DepositReversed,
    Entry,
    Event,
    FeeTiersSet,
    MarketStateChanged,
    OrderEnded,
    OrderReduced,
    OrderSized,
    SymbolChanged,
    SymbolCreated,
    Traded,
    TransferSent,
    WithdrawalDebited,
    WithdrawalHeld,
    WithdrawalReleased,
)
from tradewind.messages.replies import Refused, Reply, TransferAck, WithdrawalAck
from tradewind.messages.topology import Topology
from tradewind.ports.tables import Change, Table
from tradewind.runtime.machine import At, Outcome
from tradewind.runtime.rows import Rows, drain_all
from tradewind.services.clearing import pairs, placing, requests
from tradewind.services.clearing.desk import new_desk
from tradewind.services.clearing.settlement import adjust, end, reduce, settle_leg, size
from tradewind.services.clearing.switches import Switches
from tradewind.services.clearing.tables import (
    ACCOUNT_VOLUMES,
    ADJUSTMENTS,
    BALANCES,
    CLEARING_ASSETS,
    CLEARING_PINS,
    CLEARING_SYMBOLS,
    CLEARING_TIERS,
    DEAD_SWITCHES,
    FINISHED,
    HOLDS,
    LEDGER,
    SENT_TRANSFERS,
    WITHDRAWAL_HOLDS,
    SettledAdjustment,
)
from tradewind.services.clearing.transfers import Transfers, book
from tradewind.services.clearing.volumes import Volumes
from tradewind.services.clearing.withdrawals import Withdrawals, credited, reversed_
from tradewind.values.refusals import Refusal

_OF_ORDERS = PlaceOrder | PlaceOrders | PlaceOrderPair | TestOrder | CancelOrder | CancelOrders | CancelAll | AmendOrder
_OF_ACCOUNTS = (*_OF_ORDERS.__args__, CancelAfter, Transfer, RequestWithdrawal)


class ClearingMachine:
    tables: ClassVar[tuple[Table, ...]] = (
        *(BALANCES, HOLDS, FINISHED, LEDGER, CLEARING_SYMBOLS, CLEARING_ASSETS, ADJUSTMENTS),
        *(WITHDRAWAL_HOLDS, DEAD_SWITCHES, SENT_TRANSFERS, ACCOUNT_VOLUMES, CLEARING_TIERS, CLEARING_PINS),
    )
    hears: ClassVar[frozenset[type]] = frozenset(
        {Traded, OrderEnded, OrderReduced, OrderSized, MarketStateChanged, TransferSent}
        | {SymbolCreated, SymbolChanged, AssetCreated, Adjusted, FeeTiersSet, AccountTierSet}
        | {DepositCredited, DepositReversed, WithdrawalReleased, WithdrawalDebited}
    )

    def __init__(self, index: int, topology: Topology) -> None:
        self._index = index
        self._topology = topology
        self._desk = desk = new_desk(index)
        self._adjustments = Rows(ADJUSTMENTS)
        self._withdrawals = Withdrawals(index, desk.ledger)
        self._switches = Switches(desk)
        self._transfers = Transfers(desk)
        self._volumes = Volumes(index)

    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        desk = self._desk
        desk.ledger.load(rows[BALANCES])
        desk.open.load(rows[HOLDS])
        desk.client_ids.load(rows[FINISHED])
        desk.symbols.load(rows[CLEARING_SYMBOLS], rows[CLEARING_ASSETS])
        self._adjustments.load(rows[ADJUSTMENTS])
        self._withdrawals.load(rows[WITHDRAWAL_HOLDS])
        self._switches.load(rows[DEAD_SWITCHES])
        self._transfers.load(rows[SENT_TRANSFERS])
        self._volumes.load(rows[ACCOUNT_VOLUMES], rows[CLEARING_TIERS], rows[CLEARING_PINS])

    def changes(self) -> list[Change]:
        desk = self._desk
        orders = (desk.open, desk.client_ids, desk.symbols)
        parts = (*orders, self._withdrawals, self._switches, self._transfers, self._volumes)
        return desk.ledger.changes() + drain_all(*(rows for part in parts for rows in part.rows), self._adjustments)

    def alarm(self) -> int:
        """When a dead man's switch strikes."""
        return self._switches.next_at

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        events: list[Event] = []
        reply: Reply | None = None
        match item:
            case Entry():
                for event in item.events:
                    self._hear(event, at, events)
            case Tick():
                self._switches.strike(at, events)
            case _ if not isinstance(item, _OF_ACCOUNTS):
                reply = Refused(Refusal.BAD_REQUEST, "clearing does not know this command")
            case _ if not self._is_user(item.account):
                reply = Refused(Refusal.UNKNOWN_ACCOUNT)
            case PlaceOrder():
                reply = self._place(item, at, events)
            case CancelAfter():
                reply = self._switches.set(item, at)
            case Transfer():
                reply = self._transfer(item, at, events)
            case RequestWithdrawal():
                reply = self._withdraw(item, at, events)
            case _:
                reply = self._order(item, at, events)
        events.extend(self._desk.ledger.balance_events())
        return Outcome(events, reply)

    # --- commands
    def _place(self, order: PlaceOrder, at: At, events: list[Event]) -> Reply:
        return placing.place(self._desk, order, at, events)

    def _order(self, command: Command, at: At, events: list[Event]) -> Reply:
        match command:
            case PlaceOrders():
                return placing.place_batch(self._desk, command, at, events)
            case PlaceOrderPair():
                return pairs.place_pair(self._desk, command, at, events)
            case TestOrder():
                return placing.test(self._desk, command, at.now)
            case CancelOrder():
                return requests.cancel(self._desk, command, at, events)
            case CancelOrders():
                return requests.cancel_batch(self._desk, command, at, events)
            case CancelAll():
                return requests.cancel_all(self._desk, command, events)
            case AmendOrder():
                return requests.amend(self._desk, command, at, events)
        raise AssertionError(command)

    def _transfer(self, transfer: Transfer, at: At, events: list[Event]) -> Reply:
        came = self._transfers.send(transfer, at)
        if not isinstance(came, TransferSent):
            return came
        book(self._desk.ledger, came, at, debit=True, credit=self._mine(came.to_account))
        events.append(came)
        return TransferAck(came.transfer_id)

    def _withdraw(self, request: RequestWithdrawal, at: At, events: list[Event]) -> Reply:
        if not self._desk.symbols.has_asset(request.asset):
            return Refused(Refusal.UNKNOWN_ASSET)
        came = self._withdrawals.request(request, at)
        if not isinstance(came, WithdrawalHeld):
            return came
        events.append(came)
        return WithdrawalAck(came.withdrawal_id)

    # --- feeds
    def _hear(self, event: Event, at: At, events: list[Event]) -> None:
        match event:
            case Traded():
                self._desk.symbols.traded(event.symbol, event.price)
                self._settle(event, at, events)
            case OrderEnded() | OrderReduced() | OrderSized():
                if self._mine(event.account):
                    self._follow(event, at)
            case MarketStateChanged() | SymbolCreated() | SymbolChanged() | AssetCreated() | FeeTiersSet() | AccountTierSet():
                self._configure(event)
            case Adjusted() if self._mine(event.account) and event.reference not in self._adjustments:
                self._adjustments.put(SettledAdjustment(self._index, event.reference, at.seq))
                adjust(self._desk.ledger, self._index, event, at)
            case TransferSent() if self._mine(event.to_account):
                book(self._desk.ledger, event, at, debit=False, credit=True)
            case DepositCredited() | DepositReversed() | WithdrawalReleased() | WithdrawalDebited():
                if self._mine(event.account):
                    self._hear_wallet(event, at, events)
            case _:
                pass  # another shard's

    def _follow(self, event: OrderEnded | OrderReduced | OrderSized, at: At) -> None:
        """What matching says of one order of ours that moves funds; that it is armed or triggered moves none."""
        desk, rules = self._desk, self._desk.symbols[event.symbol]
        match event:
            case OrderEnded():
                desk.client_ids.finish(end(desk.open, desk.ledger, rules, event), at.now)
            case OrderReduced():
                reduce(desk.open, desk.ledger, rules, event)
            case OrderSized():
                size(desk.open, desk.ledger, rules, event)

    def _configure(self, event: Event) -> None:
        match event:
            case MarketStateChanged():
                self._desk.symbols.set_state(event.symbol, event.state)
            case SymbolCreated():
                self._desk.symbols.created(event.rules)
            case SymbolChanged():
                self._desk.symbols.changed(event.rules, event.version)
            case AssetCreated():
                self._desk.symbols.asset_created(event.asset, event.precision)
            case FeeTiersSet():
                self._volumes.set_schedule(event.asset, event.tiers)
            case AccountTierSet():
                self._volumes.pin(event.account, event.level)

    def _hear_wallet(self, event: Event, at: At, events: list[Event]) -> None:
        match event:
            case DepositCredited():
                credited(self._desk.ledger, self._index, event, at)
            case DepositReversed():
                uncovered = reversed_(self._desk.ledger, self._index, event, at)
                events += [uncovered] if uncovered is not None else []
            case WithdrawalReleased():
                self._withdrawals.release(event.withdrawal_id, at)
            case WithdrawalDebited():
                self._withdrawals.debit(event, at)

    def concerns(self, event: Event) -> bool:
        """What changes this shard's accounts, and every trade: it moves the price that bands are measured from."""
        account = event.to_account if isinstance(event, TransferSent) else getattr(event, "account", None)
        return account is None or self._mine(account)

    def _mine(self, account: int) -> bool:
        return self._topology.clearing_of(account) == self._index

    def _is_user(self, account: int) -> bool:
        """The shard's own accounts have balances too, and trade with nobody."""
        return account > 0 and self._mine(account)

    def _settle(self, trade: Traded, at: At, events: list[Event]) -> None:
        desk, rules = self._desk, self._desk.symbols[trade.symbol]
        legs = []
        sides = ((True, trade.maker_order, trade.maker_account), (False, trade.taker_order, trade.taker_account))
        for maker, order, account in sides:
            if self._mine(account):
                hold = desk.open[order]
                assert desk.open.partner(hold) is None, hold
                permille = self._volumes.permille(account, at.now, maker=maker)
                moved, settled = settle_leg(desk.ledger, rules, hold, trade, maker=maker, house=self._index, permille=permille)
                desk.open.put(msgspec.structs.replace(hold, left=hold.left - trade.quantity, held=settled.held))
                self._volumes.traded(account, rules.quote, settled.event.notional, at.now)
                legs += moved
                events.append(settled.event)
        if legs:
            desk.ledger.post(at, "trade", f"{trade.symbol}:{trade.trade_id}", legs)

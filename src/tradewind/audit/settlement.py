"""A5 settlement: each trade moves the money of both its sides, once, and exactly so much."""

from collections import Counter
from typing import NamedTuple

from tradewind.audit.books import Auditor, Case, Step
from tradewind.audit.tiers import Tiers
from tradewind.messages.events import AccountTierSet, FeeTiersSet, LegSettled, SymbolChanged, SymbolCreated, Traded
from tradewind.values.fees import PERMILLE, tier_rate_ppm
from tradewind.values.ids import system_account
from tradewind.values.money import fee_units
from tradewind.values.orders import Side


class Said(NamedTuple):
    """A trade, and where matching said it."""

    shard: str
    seq: int
    event: Traded


class Settlement(Auditor):
    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._trades: dict[tuple[str, int], Said] = {}
        self._legs: dict[tuple[str, int, bool], LegSettled] = {}
        self._owed: Counter[tuple[int, str, int, str]] = Counter()  # (shard, reference, account, asset) -> units not booked
        self._rates: dict[tuple[int, str], tuple[int, int]] = {}  # (maker, taker) ppm as each shard of clearing has heard them
        self._tiers = Tiers()
        self.heard = {
            ("clearing", SymbolCreated): self._ruled,
            ("clearing", SymbolChanged): self._ruled,
            ("clearing", FeeTiersSet): self._tiers.scheduled,
            ("clearing", AccountTierSet): self._tiers.pinned,
        }
        self.said = {("matching", Traded): self._traded, ("clearing", LegSettled): self._settled}

    def _ruled(self, step: Step, event: SymbolCreated | SymbolChanged) -> None:
        rules = event.rules
        self._rates[step.shard_index, rules.symbol] = rules.maker_fee_ppm, rules.taker_fee_ppm

    def _traded(self, step: Step, event: Traded) -> None:
        self._trades[event.symbol, event.trade_id] = Said(step.entry.shard, step.entry.seq, event)

    def _settled(self, step: Step, leg: LegSettled) -> None:
        key = leg.symbol, leg.trade_id, leg.maker
        if key in self._legs:
            self.found("A5", f"{step}: {_name(key)} of order {leg.order_id} is settled a second time")
        self._legs[key] = leg
        if self.case.topology.clearing_of(leg.account) != step.shard_index:
            self.found("A5", f"{step}: {_name(key)} is of account {leg.account}, which is another shard's")
        rules = self.case.rules.get(leg.symbol)
        if rules is None:
            self.found("A5", f"{step}: {_name(key)} is of a symbol that is not configured")
            return
        buys = leg.side == Side.BUY
        pays, paid = (rules.quote, leg.notional) if buys else (rules.base, leg.quantity)
        receives, received = (rules.base, leg.quantity) if buys else (rules.quote, leg.notional)
        maker_ppm, taker_ppm = self._rates.get((step.shard_index, leg.symbol), (rules.maker_fee_ppm, rules.taker_fee_ppm))
        tier = self._tiers.of(step, leg.account)
        permille = PERMILLE if tier is None else tier.maker_permille if leg.maker else tier.taker_permille
        fee = fee_units(received, tier_rate_ppm(maker_ppm if leg.maker else taker_ppm, permille))
        self._tiers.traded(step, leg, rules.quote)
        if (leg.fee_asset, leg.fee) != (receives, fee):
            self.found("A5", f"{step}: {_name(key)} takes a fee of {leg.fee} {leg.fee_asset}, due are {fee} {receives}")
        reference = f"{leg.symbol}:{leg.trade_id}"
        self._owed[step.shard_index, reference, leg.account, pays] -= paid
        self._owed[step.shard_index, reference, leg.account, receives] += received - fee
        self._owed[step.shard_index, reference, system_account("house", step.shard_index), receives] += fee

    def close(self) -> None:
        for said in self._trades.values():
            trade = said.event
            for maker in (True, False):
                self._compare_leg(said, trade, maker)
        for key in self._legs:
            if key[:2] not in self._trades:
                self.found("A5", f"{_name(key)} was settled, but matching never said it")
        transit = {system_account("transit", shard) for shard in range(self.case.topology.clearing)}
        for row in self.case.rows("ledger"):
            if row.kind == "trade" and row.account not in transit:
                self._owed[row.shard, row.reference, row.account, row.asset] -= row.delta
        for (shard, reference, account, asset), units in self._owed.items():
            if units:
                self.found(
                    "A5",
                    f"clearing/{shard}: the ledger books {-units:+d} {asset} too much on account {account} for {reference}",
                )

    def _compare_leg(self, said: Said, trade: Traded, maker: bool) -> None:
        order, account = (trade.maker_order, trade.maker_account) if maker else (trade.taker_order, trade.taker_account)
        key = trade.symbol, trade.trade_id, maker
        clearing = f"clearing/{self.case.topology.clearing_of(account)}"
        leg = self._legs.get(key)
        if leg is None:
            if self.case.due(clearing, said.shard, said.seq):
                self.found("A5", f"{clearing} never settled {_name(key)} of order {order}, said at {said.shard} seq {said.seq}")
            return
        side = trade.taker_side.other if maker else trade.taker_side
        notional = self.case.notional(trade.symbol, trade.price, trade.quantity) if trade.symbol in self.case.rules else 0
        expected = order, account, side, trade.price, trade.quantity, notional
        settled = leg.order_id, leg.account, leg.side, leg.price, leg.quantity, leg.notional
        if settled != expected:
            self.found(
                "A5", f"{clearing} settled {_name(key)} as {settled}, matching said {expected} (order, account, side...)"
            )


def _name(key: tuple[str, int, bool]) -> str:
    symbol, trade_id, maker = key
    return f"trade {symbol}:{trade_id} {'maker' if maker else 'taker'}'s leg"

"""Admin decides what may be traded, how, and whether now."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from math import gcd
from typing import Any, ClassVar

import msgspec

from tradewind.messages.commands import (
    Adjust,
    ChangeSymbol,
    Command,
    CreateAsset,
    CreateSymbol,
    SetAccountTier,
    SetFeeTiers,
    SetMarketState,
)
from tradewind.messages.events import (
    AccountTierSet,
    Adjusted,
    AssetCreated,
    Entry,
    Event,
    FeeTiersSet,
    MarketStateSet,
    SymbolChanged,
    SymbolCreated,
)
from tradewind.messages.replies import Created, Refused, Reply
from tradewind.messages.topology import Topology
from tradewind.ports.tables import Change, Table
from tradewind.runtime.machine import At, Outcome
from tradewind.runtime.rows import Rows, drain_all
from tradewind.services.admin.rules import changed_rules, check_adjustment, check_asset, check_schedule, rules_of
from tradewind.services.admin.tables import (
    ACCOUNT_TIERS,
    ADJUSTMENT_REQUESTS,
    ASSETS,
    FEE_TIERS,
    SYMBOLS,
    AccountTier,
    AdjustmentRow,
    Asset,
    FeeLevel,
    Symbol,
)
from tradewind.values.ids import ID_MAX
from tradewind.values.orders import MarketState, stricter
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import check_rules, stays_exact


class AdminMachine:
    tables: ClassVar[tuple[Table, ...]] = (ASSETS, SYMBOLS, ADJUSTMENT_REQUESTS, FEE_TIERS, ACCOUNT_TIERS)
    hears: ClassVar[frozenset[type]] = frozenset()

    def __init__(self, index: int, topology: Topology) -> None:
        self._assets = Rows(ASSETS)
        self._symbols = Rows(SYMBOLS)
        self._adjustments = Rows(ADJUSTMENT_REQUESTS)
        self._issued: Counter[str] = Counter()
        self._tiers = Rows(FEE_TIERS)
        self._pins = Rows(ACCOUNT_TIERS)

    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        self._assets.load(rows[ASSETS])
        self._symbols.load(rows[SYMBOLS])
        self._adjustments.load(rows[ADJUSTMENT_REQUESTS])
        self._tiers.load(rows[FEE_TIERS])
        self._pins.load(rows[ACCOUNT_TIERS])
        for row in rows[ADJUSTMENT_REQUESTS]:
            self._issued[row.asset] += row.delta

    def changes(self) -> list[Change]:
        return drain_all(self._assets, self._symbols, self._adjustments, self._tiers, self._pins)

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        match item:
            case CreateAsset():
                came = self._create_asset(item)
            case CreateSymbol():
                came = self._create_symbol(item)
            case ChangeSymbol():
                came = self._change_symbol(item)
            case SetMarketState():
                came = self._set_state(item)
            case Adjust():
                came = self._adjust(item, at)
            case SetFeeTiers():
                came = self._set_tiers(item)
            case SetAccountTier():
                came = self._set_account_tier(item)
            case _:
                came = Refusal.BAD_REQUEST
        if isinstance(came, Refusal):
            return Outcome([], Refused(came))
        reply: Reply = Created(0)
        return Outcome(came, reply)

    def _create_asset(self, command: CreateAsset) -> list[Event] | Refusal:
        refusal = check_asset(command.asset, command.precision)
        if refusal is not None:
            return refusal
        if command.asset in self._assets:
            return Refusal.ALREADY_EXISTS
        self._assets.put(Asset(command.asset, command.precision))
        return [AssetCreated(command.asset, command.precision)]

    def _create_symbol(self, command: CreateSymbol) -> list[Event] | Refusal:
        rules = command.rules
        base, quote = self._assets.get(rules.base), self._assets.get(rules.quote)
        if base is None or quote is None:
            return Refusal.UNKNOWN_ASSET
        refusal = check_rules(rules, base.precision, quote.precision)
        if refusal is not None:
            return refusal
        if rules.symbol in self._symbols:
            return Refusal.ALREADY_EXISTS
        # A symbol made while all are halted is halted with them.
        all_state = next((symbol.all_state for symbol in self._symbols), MarketState.TRADING)
        own = MarketState.TRADING
        self._symbols.put(
            Symbol(
                state=all_state,
                own_state=own,
                all_state=all_state,
                state_reason="",
                version=1,
                tick_finest=rules.tick,
                lot_finest=rules.lot,
                **asdict(rules),
            )
        )
        events: list[Event] = [SymbolCreated(rules)]
        if all_state is not MarketState.TRADING:
            events.append(MarketStateSet(rules.symbol, all_state, "as all"))
        return events

    def _change_symbol(self, command: ChangeSymbol) -> list[Event] | Refusal:
        symbol: Symbol | None = self._symbols.get(command.symbol)
        if symbol is None:
            return Refusal.UNKNOWN_SYMBOL
        was = rules_of(symbol)
        rules = changed_rules(was, command)
        refusal = check_rules(rules, was.base_precision, was.quote_precision)
        if refusal is not None:
            return refusal
        if not stays_exact(rules, symbol.tick_finest, symbol.lot_finest):
            return Refusal.INVALID_SYMBOL_CONFIG
        if rules == was:
            return []
        finest = {"tick_finest": gcd(rules.tick, symbol.tick_finest), "lot_finest": gcd(rules.lot, symbol.lot_finest)}
        new = msgspec.structs.replace(symbol, version=symbol.version + 1, **finest, **asdict(rules))
        self._symbols.put(new)
        return [SymbolChanged(rules, new.version)]

    def _set_state(self, command: SetMarketState) -> list[Event] | Refusal:
        if command.symbol and command.symbol not in self._symbols:
            return Refusal.UNKNOWN_SYMBOL
        if not len(self._symbols):
            return Refusal.UNKNOWN_SYMBOL  # no row would remember it: the first symbol listed would trade
        if command.state is MarketState.DELISTED and not command.symbol:
            return Refusal.BAD_REQUEST  # it is for ever: nobody means all markets there are and will be
        if command.symbol and self._symbols[command.symbol].own_state is MarketState.DELISTED is not command.state:
            return Refusal.MARKET_CLOSED
        events: list[Event] = []
        # By name: after a restart the rows stand in another order, and the events must not.
        every_symbol = sorted(self._symbols, key=lambda symbol: symbol.symbol)
        for symbol in [self._symbols[command.symbol]] if command.symbol else every_symbol:
            own = command.state if command.symbol else symbol.own_state
            every = symbol.all_state if command.symbol else command.state
            state = stricter(own, every)
            self._symbols.put(
                msgspec.structs.replace(symbol, state=state, own_state=own, all_state=every, state_reason=command.reason)
            )
            if state is not symbol.state:
                events.append(MarketStateSet(symbol.symbol, state, command.reason))
        return events

    def _set_tiers(self, command: SetFeeTiers) -> list[Event] | Refusal:
        if command.asset not in self._assets:
            return Refusal.UNKNOWN_ASSET
        if not check_schedule(command.tiers):
            return Refusal.INVALID_FEE_TIERS
        for level in range(len(command.tiers), len(self._tiers)):
            self._tiers.remove(level)
        for level, tier in enumerate(command.tiers):
            self._tiers.put(FeeLevel(level, command.asset, *tier))
        return [FeeTiersSet(command.asset, command.tiers)]

    def _set_account_tier(self, command: SetAccountTier) -> list[Event] | Refusal:
        """A schedule that becomes shorter leaves its pins: they mean the highest level there is."""
        if not 0 < command.account <= ID_MAX:
            return Refusal.UNKNOWN_ACCOUNT
        if command.level >= len(self._tiers):
            return Refusal.INVALID_FEE_TIERS
        if command.level >= 0:
            self._pins.put(AccountTier(command.account, command.level))
        elif command.account in self._pins:
            self._pins.remove(command.account)
        return [AccountTierSet(command.account, max(-1, command.level))]

    def _adjust(self, command: Adjust, at: At) -> list[Event] | Refusal:
        if command.asset not in self._assets:
            return Refusal.UNKNOWN_ASSET
        if command.reference in self._adjustments:
            known = self._adjustments[command.reference]
            same = (known.account, known.asset, known.delta) == (command.account, command.asset, command.delta)
            return [] if same else Refusal.ALREADY_EXISTS
        refusal = check_adjustment(command.account, command.delta, self._issued[command.asset])
        if refusal is not None:
            return refusal
        self._adjustments.put(AdjustmentRow(command.reference, command.account, command.asset, command.delta, at.seq))
        self._issued[command.asset] += command.delta
        return [Adjusted(command.account, command.asset, command.delta, command.reference)]

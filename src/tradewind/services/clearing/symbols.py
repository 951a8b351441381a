"""What clearing knows of symbols and assets: as of the position to which it has heard admin and matching."""

from dataclasses import asdict

import msgspec

from tradewind.runtime.rows import Rows
from tradewind.services.clearing.rules import rules_of
from tradewind.services.clearing.tables import CLEARING_ASSETS, CLEARING_SYMBOLS, ClearingAsset, ClearingSymbol
from tradewind.values.orders import MarketState
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules, check_rules


class Symbols:
    def __init__(self, shard: int) -> None:
        self._shard = shard
        self._symbols = Rows(CLEARING_SYMBOLS)
        self._assets = Rows(CLEARING_ASSETS)
        self._rules: dict[str, SymbolRules] = {}
        self._wrong: set[str] = set()
        self.rows = (self._symbols, self._assets)

    def load(self, symbols: list[ClearingSymbol], assets: list[ClearingAsset]) -> None:
        self._assets.load(assets)
        self._symbols.load(symbols)
        self._rules = {symbol.symbol: rules_of(symbol) for symbol in symbols}
        self._judge()

    def _judge(self) -> None:
        """Precisions are checked again here, at order time as it were: a wrong symbol takes no orders."""
        self._wrong = {symbol for symbol, rules in self._rules.items() if self._is_wrong(rules)}

    def _is_wrong(self, rules: SymbolRules) -> bool:
        base, quote = self._assets.get(rules.base), self._assets.get(rules.quote)
        return base is None or quote is None or check_rules(rules, base.precision, quote.precision) is not None

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._rules

    def has_asset(self, asset: str) -> bool:
        return asset in self._assets

    def __getitem__(self, symbol: str) -> SymbolRules:
        """For orders that stand: they end by the rules under which they came, even where new ones are refused."""
        return self._rules[symbol]

    def for_order(self, symbol: str) -> SymbolRules | Refusal:
        """For an order that wants to come in."""
        if symbol in self._wrong:
            return Refusal.INVALID_SYMBOL_CONFIG
        return self._rules.get(symbol, Refusal.UNKNOWN_SYMBOL)

    def last_price(self, symbol: str) -> int:
        price: int = self._symbols[symbol].last_price
        return price

    def state(self, symbol: str) -> MarketState:
        state: MarketState = self._symbols[symbol].state
        return state

    def created(self, rules: SymbolRules) -> None:
        assert rules.symbol not in self._symbols, rules
        self._symbols.put(
            ClearingSymbol(shard=self._shard, last_price=0, state=MarketState.TRADING, version=1, **asdict(rules))
        )
        self._rules[rules.symbol] = rules
        self._judge()

    def changed(self, rules: SymbolRules, version: int) -> None:
        known: ClearingSymbol = self._symbols[rules.symbol]
        assert version == known.version + 1, (known, version)
        assert (rules.base_precision, rules.quote_precision) == (known.base_precision, known.quote_precision), (known, rules)
        self._symbols.put(msgspec.structs.replace(known, version=version, **asdict(rules)))
        self._rules[rules.symbol] = rules
        self._judge()

    def asset_created(self, asset: str, precision: int) -> None:
        self._assets.put(ClearingAsset(self._shard, asset, precision))
        self._judge()

    def traded(self, symbol: str, price: int) -> None:
        known: ClearingSymbol = self._symbols[symbol]
        if known.last_price != price:
            self._symbols.put(msgspec.structs.replace(known, last_price=price))

    def set_state(self, symbol: str, state: MarketState) -> None:
        self._symbols.put(msgspec.structs.replace(self._symbols[symbol], state=state))

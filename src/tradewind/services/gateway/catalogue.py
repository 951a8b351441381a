"""Symbols and assets as admin has them: read once, then heard."""

from tradewind.messages.events import (
    AssetCreated,
    BalanceUpdated,
    BookDelta,
    Entry,
    FillBooked,
    MarketStateChanged,
    MarketStateSet,
    OrderUpdated,
    PublicTrade,
    SymbolChanged,
    SymbolCreated,
)
from tradewind.ports.store import Store
from tradewind.ports.tables import Query
from tradewind.services.admin.tables import ASSETS, SYMBOLS
from tradewind.services.gateway.problems import refused
from tradewind.values.orders import MarketState
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules

HEARS: frozenset[type] = frozenset((AssetCreated, SymbolCreated, SymbolChanged, MarketStateSet))
_RULES = tuple(SymbolRules.__dataclass_fields__)


class Catalogue:
    """`precisions` by asset, `rules` by symbol with their `versions`, `states`: what operators last asked for, by symbol."""

    def __init__(self) -> None:
        self.precisions: dict[str, int] = {}
        self.rules: dict[str, SymbolRules] = {}
        self.versions: dict[str, int] = {}
        self.states: dict[str, MarketState] = {}

    async def load(self, store: Store) -> None:
        """Everything in one snapshot. Raises Unavailable. May also be called later, to see what has just been committed."""
        assets, symbols = await store.read([Query(ASSETS), Query(SYMBOLS)])
        for asset in assets:
            self.precisions[asset.asset] = asset.precision
        for symbol in symbols:
            # The snapshot may be older than what the feed has said meanwhile.
            if symbol.version > self.versions.get(symbol.symbol, 0):
                self.rules[symbol.symbol] = SymbolRules(*(getattr(symbol, name) for name in _RULES))
                self.versions[symbol.symbol] = symbol.version
            self.states[symbol.symbol] = symbol.state

    def hear(self, entry: Entry) -> None:
        for event in entry.events:
            match event:
                case AssetCreated():
                    self.precisions[event.asset] = event.precision
                case SymbolCreated():
                    self.rules.setdefault(event.rules.symbol, event.rules)
                    self.versions.setdefault(event.rules.symbol, 1)
                    self.states.setdefault(event.rules.symbol, MarketState.TRADING)
                case SymbolChanged() if event.version > self.versions.get(event.rules.symbol, 0):
                    self.rules[event.rules.symbol] = event.rules
                    self.versions[event.rules.symbol] = event.version
                case MarketStateSet():
                    for symbol in [event.symbol] if event.symbol else list(self.states):
                        self.states[symbol] = event.state

    def misses(self, entry: Entry) -> bool:
        """An event of another feed names a symbol or asset that we have not heard of: the feeds are not in step."""
        for event in entry.events:
            match event:
                case OrderUpdated() | BookDelta() | PublicTrade() | MarketStateChanged():
                    if event.symbol not in self.rules:
                        return True
                case FillBooked():
                    if event.fill.symbol not in self.rules:
                        return True
                case BalanceUpdated():
                    if event.asset not in self.precisions:
                        return True
        return False

    def rules_of(self, symbol: str) -> SymbolRules:
        """Raises Problem."""
        rules = self.rules.get(symbol)
        if rules is None:
            raise refused(Refusal.UNKNOWN_SYMBOL)
        return rules

    def precision_of(self, asset: str) -> int:
        """Decimal places. Raises Problem."""
        precision = self.precisions.get(asset)
        if precision is None:
            raise refused(Refusal.UNKNOWN_ASSET)
        return precision

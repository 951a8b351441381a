"""Public channels: who subscribes to what, and the frames, each encoded once for all."""

import re
from typing import Any

import msgspec

from tradewind.messages.events import BookDelta, PublicTrade
from tradewind.ports.clock import Clock
from tradewind.services.gateway.catalogue import Catalogue
from tradewind.services.gateway.market import Market
from tradewind.services.gateway.problems import Problem, refused
from tradewind.services.gateway.session import Session
from tradewind.services.gateway.shapes import ms
from tradewind.values.money import format_units
from tradewind.values.orders import Side
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules

CHANNEL = re.compile(r"market\.([A-Z0-9]{1,32})\.(book|trades)")
SNAPSHOT_LEVELS_MAX = 5_000
SNAPSHOT_TRADES = 50

_encoder = msgspec.json.Encoder()


def channel_of(text: str, catalogue: Catalogue) -> tuple[str, str]:
    """(symbol, kind). Raises Problem; leaves nothing behind."""
    found = CHANNEL.fullmatch(text)
    if found is None:
        raise Problem(400, "UNKNOWN_CHANNEL", "channels are market.<SYMBOL>.book and market.<SYMBOL>.trades")
    if found[1] not in catalogue.rules:
        raise refused(Refusal.UNKNOWN_SYMBOL)
    return found[1], found[2]


def _text(value: Any) -> str:
    return _encoder.encode(value).decode()


def levels(pairs: list[tuple[int, int]], rules: SymbolRules) -> list[tuple[str, str]]:
    """(price, quantity) as decimal text; quantity zero = the level is gone."""
    price, base = rules.quote_precision, rules.base_precision
    return [(format_units(at, price), format_units(quantity, base)) for at, quantity in pairs]


def trade(event: PublicTrade, rules: SymbolRules) -> dict[str, Any]:
    return {
        "id": event.trade_id,
        "price": format_units(event.price, rules.quote_precision),
        "qty": format_units(event.quantity, rules.base_precision),
        "quoteQty": format_units(rules.notional(event.price, event.quantity), rules.quote_precision),
        "time": ms(event.at),
        "isBuyerMaker": event.taker_side is Side.SELL,
    }


class Channels:
    def __init__(self, catalogue: Catalogue, clock: Clock) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._sessions: dict[str, dict[Session, None]] = {}

    def subscribe(self, channel: str, market: Market, kind: str, session: Session) -> None:
        """The snapshot goes out, and every delta after it: in one step, so nothing can come between."""
        rules = self._catalogue.rules_of(market.symbol)
        if kind == "book":
            seq = market.seq
            sides = {"bids": Side.BUY, "asks": Side.SELL}
            shown: Any = {name: levels(market.levels(side, SNAPSHOT_LEVELS_MAX), rules) for name, side in sides.items()}
        else:
            seq = market.last_trade
            shown = [trade(event, rules) for event in list(market.trades)[-SNAPSHOT_TRADES:]]
        now = ms(self._clock.now())
        session.offer(_text({"type": "snapshot", "channel": channel, "seq": seq, "ts": now, "data": shown}))
        self._sessions.setdefault(channel, {})[session] = None

    def unsubscribe(self, channel: str, session: Session) -> None:
        sessions = self._sessions.get(channel, {})
        sessions.pop(session, None)
        if not sessions:
            self._sessions.pop(channel, None)

    def tell(self, event: BookDelta | PublicTrade, at: int) -> None:
        """`at`: when it happened, ns."""
        kind = "book" if isinstance(event, BookDelta) else "trades"
        channel = f"market.{event.symbol}.{kind}"
        sessions = self._sessions.get(channel)
        if not sessions:
            return
        rules = self._catalogue.rules_of(event.symbol)
        if isinstance(event, BookDelta):
            seq = event.seq
            sides = {"bids": event.bids, "asks": event.asks}
            shown: Any = {name: levels([pair[:2] for pair in side], rules) for name, side in sides.items()}
        else:
            seq, shown = event.trade_id, trade(event, rules)
        frame = _text({"channel": channel, "prevSeq": seq - 1, "seq": seq, "ts": ms(at), "data": shown})
        for session in list(sessions):
            session.offer(frame)

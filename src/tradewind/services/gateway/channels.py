"""The registry of public channels, one for both dialects and all surfaces: names, who subscribes to what, and the beat."""

import re
from functools import partial

import trio

from tradewind.ports.clock import Clock
from tradewind.runtime.wake import Wake
from tradewind.services.gateway import channels_compatible as compatible
from tradewind.services.gateway import channels_native as native
from tradewind.services.gateway import market_streams
from tradewind.services.gateway.channel import Beaten, Channel
from tradewind.services.gateway.channels_compatible import State
from tradewind.services.gateway.frames import Outlet
from tradewind.services.gateway.market import Market, News
from tradewind.services.gateway.mirror import Mirror
from tradewind.services.gateway.problems import Problem
from tradewind.values.intervals import INTERVALS

_INTERVAL = f"kline_({'|'.join(INTERVALS)})"
NATIVE = re.compile(rf"market\.([A-Z0-9]{{1,32}})\.(?:(book|trades|aggTrade|ticker)|{_INTERVAL})", re.ASCII)
STREAM = re.compile(
    rf"([a-z0-9]{{1,32}})@(?:(trade|aggTrade|ticker|miniTicker|bookTicker|avgPrice)|{_INTERVAL}"
    r"|depth(5|10|20)?(?:@(100|1000)ms)?)",
    re.ASCII,
)
AT_ONCE = {
    "trade": compatible.TradeStream,
    "aggTrade": compatible.AggregateTradeStream,
    "bookTicker": compatible.BookTickerStream,
}
STATES = {
    "ticker": State(market_streams.ticker, compatible.by_anything),
    "miniTicker": State(market_streams.mini_ticker, compatible.by_trades),
    "avgPrice": State(market_streams.average_price, compatible.by_trades),
}
ALL = {"!ticker@arr": STATES["ticker"], "!miniTicker@arr": STATES["miniTicker"]}
SECOND_S = 1.0
MILLISECONDS = 1_000
IDLE_S = 3_600.0


class Channels:
    def __init__(self, mirror: Mirror, clock: Clock) -> None:
        self._mirror = mirror
        self._clock = clock
        self._channels: dict[str, Channel] = {}
        self._by_symbol: dict[str, dict[str, Channel]] = {}
        self._owing: dict[Beaten, None] = {}
        self._wake = Wake()

    def subscribe(self, name: str, outlet: Outlet, *, wrapped: bool = False) -> None:
        """The greeting goes out, and everything after it: in one step, so nothing can come between. Raises Problem, and then
        nothing is left behind."""
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = self._made(name)
            self._by_symbol.setdefault(channel.symbol, {})[name] = channel
        if isinstance(channel, Beaten):
            channel.flush(trio.current_time())
        greeting = channel.greeting()
        if greeting is not None:
            outlet.offer(channel.wrapped(greeting) if wrapped else greeting)
        channel.peers[outlet] = wrapped

    def check(self, name: str) -> None:
        """Raises Problem when there is no such channel."""
        if name not in self._channels:
            self._made(name)

    def unsubscribe(self, name: str, outlet: Outlet) -> None:
        channel = self._channels[name]
        channel.peers.pop(outlet, None)
        if not channel.peers:
            del self._channels[name]
            of_symbol = self._by_symbol[channel.symbol]
            del of_symbol[name]
            if not of_symbol:
                del self._by_symbol[channel.symbol]
            if isinstance(channel, Beaten):
                self._owing.pop(channel, None)

    def hear(self, news: News) -> None:
        for of_symbol in (self._by_symbol.get(news.market.symbol), self._by_symbol.get("")):
            for channel in list(of_symbol.values()) if of_symbol else ():
                channel.hear(news)

    async def run(self) -> None:
        """The beat of those channels that do not speak at once. Until cancelled; without subscribers it sleeps."""
        while True:
            due = min((channel.due for channel in self._owing), default=None)
            wait_s = IDLE_S if due is None else min(due - trio.current_time(), IDLE_S)
            if wait_s > 0:
                await self._wake.wait(wait_s)
            else:
                await trio.lowlevel.checkpoint()
            now = trio.current_time()
            for channel in [channel for channel in self._owing if channel.due <= now]:
                del self._owing[channel]
                channel.beat(now)

    def _owe(self, channel: Beaten) -> None:
        self._owing[channel] = None
        self._wake.set()

    def _made(self, name: str) -> Channel:
        """Raises Problem."""
        found = NATIVE.fullmatch(name)
        if found is not None:
            return self._native(name, self._mirror.market(found[1]), found[2], found[3])
        found = STREAM.fullmatch(name)
        if found is not None:
            return self._stream(name, self._mirror.market(found[1].upper()), found)
        if name in ALL:
            return compatible.AllTickersStream(name, SECOND_S, self._clock.now, self._owe, ALL[name])
        raise Problem(
            400, "UNKNOWN_CHANNEL", "channels are market.<SYMBOL>.(book|trades|aggTrade|ticker|kline_<interval>), or streams"
        )

    def _native(self, name: str, market: Market, kind: str | None, interval: str) -> Channel:
        now = self._clock.now
        match kind:
            case "book":
                return native.Book(name, market, now)
            case "trades":
                return native.Trades(name, market, now)
            case "aggTrade":
                return native.AggregateTrades(name, market, now)
            case "ticker":
                return native.Ticker(name, market, now, self._owe)
        return native.Kline(name, market, INTERVALS[interval], now, self._owe)

    def _stream(self, name: str, market: Market, found: re.Match[str]) -> Channel:
        _, kind, interval, limit, period_ms = found.groups()
        period_s = int(period_ms) / MILLISECONDS if period_ms else SECOND_S
        now = self._clock.now
        if kind in AT_ONCE:
            return AT_ONCE[kind](name, market)
        if interval:
            return compatible.KlineStream(name, market, INTERVALS[interval], period_s, now, self._owe)
        if not kind and not limit:
            return compatible.DepthStream(name, market, period_s, now, self._owe)
        state = STATES.get(kind) or State(partial(market_streams.partial_depth, limit=int(limit)), compatible.by_book)
        return compatible.StateStream(name, market, period_s, now, self._owe, state)

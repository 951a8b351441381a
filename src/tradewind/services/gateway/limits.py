"""How much one address and one account may ask: counters over windows of wall time, as traders know them.

The gateways share what they have counted through the bus, a few times a second and beside the requests: a request asks only
this memory. So together they let through at most what each lets through between two sharings too much; without the bus each
counts for itself, and /ready says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from zlib import crc32

import trio

from tradewind.ports.bus import Bus
from tradewind.ports.clock import Clock
from tradewind.ports.errors import PortError
from tradewind.services.gateway.problems import Problem

_NS = 1_000_000_000
COUNTERS_MAX = 50_000  # per counter; whoever comes later shares one with other strangers
STRANGERS = 1_024
assert STRANGERS < COUNTERS_MAX
SHARE_EVERY_S = 0.25
SHARED_AT_ONCE = 256
SHARED_FROM = 20  # who has used less than this part of a limit is not worth a word to the others
MINUTE_S, TEN_SECONDS, DAY_S = 60, 10, 86_400


@dataclass(slots=True)
class Standing:
    """What a call's caller has used, for the headers of its answer. `limit` 0 = there is none; `reset_at` in seconds."""

    limit: int = 0
    used: int = 0
    reset_at: int = 0
    used_weight_1m: int = 0
    orders_10s: int = 0
    orders_1d: int = 0

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The native surface's; of the limit that is nearest to its end."""
        if not self.limit:
            return []
        return [
            (b"x-ratelimit-limit", b"%d" % self.limit),
            (b"x-ratelimit-remaining", b"%d" % max(0, self.limit - self.used)),
            (b"x-ratelimit-reset", b"%d" % self.reset_at),
        ]

    def mbx_headers(self) -> list[tuple[bytes, bytes]]:
        """The compatible surface's."""
        told = [(b"x-mbx-used-weight-1m", b"%d" % self.used_weight_1m), (b"x-mbx-used-weight", b"%d" % self.used_weight_1m)]
        if self.orders_10s:
            told += [(b"x-mbx-order-count-10s", b"%d" % self.orders_10s), (b"x-mbx-order-count-1d", b"%d" % self.orders_1d)]
        return told


@dataclass(slots=True)
class _Count:
    """`used` by all gateways as far as we know; `unshared` of it they do not know of yet."""

    used: int = 0
    unshared: int = 0
    refused: int = 0


class Counter:
    """`limit` in each window of `window_s` (0 = no limit). Strangers in a full house share counters, so none escapes his."""

    def __init__(self, name: str, limit: int, window_s: int, code: str, counters_max: int = COUNTERS_MAX) -> None:
        assert limit >= 0 and window_s > 0, (limit, window_s)
        self.name = name
        self.limit = limit
        self.window_s = window_s
        self._code = code
        self._max = counters_max
        self._window = 0
        self._counts: dict[str, _Count] = {}
        self._unshared: dict[str, None] = {}

    def take(self, who: str, amount: int, now_ns: int, standing: Standing) -> int:
        """What `who` has used in this window by now. Raises Problem (429) when it would be more than the limit."""
        if not self.limit:
            return 0
        window = now_ns // _NS // self.window_s
        if window != self._window:  # a clock that steps back begins an older window afresh: it stepped by a whole window
            self._window = window
            self._counts.clear()
            self._unshared.clear()
        count = self._counts.get(who) or self._new(who)
        over = count.used + amount > self.limit
        if over:
            count.refused += 1
        else:
            count.used += amount
            count.unshared += amount
            if count.used * SHARED_FROM >= self.limit and len(self._unshared) < self._max:
                self._unshared[who] = None
        ends = (window + 1) * self.window_s
        if not standing.limit or (self.limit - count.used) * standing.limit < (standing.limit - standing.used) * self.limit:
            standing.limit, standing.used, standing.reset_at = self.limit, count.used, ends
        if over:
            wait_s = max(1, ceil(ends - now_ns / _NS))
            raise Problem(429, self._code, f"more than {self.limit} in {self.window_s} s", retry_after_s=wait_s)
        return count.used

    def _new(self, who: str) -> _Count:
        if len(self._counts) >= self._max:
            return self._counts.setdefault(f"stranger {crc32(who.encode()) % STRANGERS}", _Count())
        return self._counts.setdefault(who, _Count())

    def refused(self, who: str) -> int:
        """How often in this window; of strangers who share a counter nothing can be said about one."""
        count = self._counts.get(who)
        return 0 if count is None else count.refused

    async def share(self, bus: Bus) -> None:
        """Raises Unavailable."""
        window = self._window
        names = list(self._unshared)[:SHARED_AT_ONCE]
        async with trio.open_nursery() as nursery:
            for who in names:
                self._unshared.pop(who, None)
                nursery.start_soon(self._share, bus, window, who)

    async def _share(self, bus: Bus, window: int, who: str) -> None:
        count = self._counts.get(who)
        if count is None or not count.unshared or window != self._window:
            return
        said = count.unshared
        try:
            total = await bus.count(f"limit:{self.name}:{window}:{who}", said, 2.0 * self.window_s)
        except PortError:
            if self._counts.get(who) is count:
                self._unshared[who] = None
            raise
        if self._counts.get(who) is count:
            count.unshared -= said
            count.used = total + count.unshared


@dataclass(slots=True)
class _Ban:
    until_ns: int
    length_s: int


@dataclass(slots=True)
class Bans:
    """Who goes on after so many 429 in one window gets 418 for a while, each time for twice as long."""

    after: int
    first_s: int = 120
    longest_s: int = 3 * DAY_S
    bans_max: int = 10_000
    _bans: dict[str, _Ban] = field(default_factory=dict)

    def check(self, who: str, now_ns: int) -> None:
        """Raises Problem (418)."""
        ban = self._bans.get(who)
        if ban is not None and now_ns < ban.until_ns:
            wait_s = ceil((ban.until_ns - now_ns) / _NS)
            raise Problem(418, "BANNED", "banned for a while, for going on after 429", retry_after_s=wait_s)

    def note(self, who: str, refused: int, now_ns: int) -> None:
        if not self.after or refused < self.after:
            return
        ban = self._bans.pop(who, None)
        again = ban is not None and now_ns < ban.until_ns + ban.length_s * _NS
        length_s = min(2 * ban.length_s, self.longest_s) if again and ban is not None else self.first_s
        if len(self._bans) >= self.bans_max:
            del self._bans[next(iter(self._bans))]
        self._bans[who] = _Ban(now_ns + length_s * _NS, length_s)


class RateLimits:
    """All counters of one gateway. `degraded`: the bus did not take the last word, so each gateway counts for itself."""

    def __init__(
        self, clock: Clock, address_weight: int, account_weight: int, orders_10s: int, orders_1d: int, ban_after: int
    ) -> None:
        self.degraded = False
        self._now: Callable[[], int] = clock.now
        self._addresses = Counter("address", address_weight, MINUTE_S, "RATE_LIMIT")
        self._accounts = Counter("account", account_weight, MINUTE_S, "RATE_LIMIT")
        self._orders_10s = Counter("orders 10s", orders_10s, TEN_SECONDS, "ORDER_RATE_LIMIT")
        self._orders_1d = Counter("orders 1d", orders_1d, DAY_S, "ORDER_RATE_LIMIT")
        self._bans = Bans(ban_after)

    def arrived(self, address: str, weight: int, standing: Standing) -> None:
        """Before anything else is known of a caller. Raises Problem: 429, or 418 for who goes on."""
        now = self._now()
        self._bans.check(address, now)
        try:
            standing.used_weight_1m = self._addresses.take(address, weight, now, standing)
        except Problem:
            self._bans.note(address, self._addresses.refused(address), now)
            raise

    def admitted(self, account: int, weight: int, standing: Standing) -> None:
        """One account has one counter, over however many addresses and sockets it comes. Raises Problem."""
        self._accounts.take(str(account), weight, self._now(), standing)

    def ordered(self, account: int, orders: int, standing: Standing) -> None:
        """Raises Problem when there were too many orders."""
        now, who = self._now(), str(account)
        standing.orders_10s = self._orders_10s.take(who, orders, now, standing)
        standing.orders_1d = self._orders_1d.take(who, orders, now, standing)

    @property
    def any(self) -> bool:
        return any(one.limit for one in self._all)

    @property
    def _all(self) -> tuple[Counter, ...]:
        return self._addresses, self._accounts, self._orders_10s, self._orders_1d

    async def run(self, bus: Bus) -> None:
        """Share, until cancelled."""
        while True:
            await trio.sleep(SHARE_EVERY_S)
            try:
                for counter in self._all:
                    await counter.share(bus)
                self.degraded = False
            except* PortError:
                self.degraded = True

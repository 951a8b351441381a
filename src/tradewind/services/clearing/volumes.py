"""What each account has traded on which day, and which share of a symbol's fees it pays for that."""

from heapq import heapify, heappop, heappush

from tradewind.runtime.rows import Rows
from tradewind.services.clearing.tables import (
    ACCOUNT_VOLUMES,
    CLEARING_PINS,
    CLEARING_TIERS,
    AccountVolume,
    ClearingPin,
    ClearingTier,
)
from tradewind.values.fees import PERMILLE, VOLUME_DAYS, FeeTier, level_of
from tradewind.values.money import UNITS_MAX

DAY_NS = 86_400 * 1_000_000_000
_GONE_PER_ROW = 2  # two old days go for each that comes, so they never pile up


class Volumes:
    """A fill's level depends on whole days before its own, so it is the same for all fills of an account on one day."""

    def __init__(self, shard: int) -> None:
        self._shard = shard
        self._volumes = Rows(ACCOUNT_VOLUMES)
        self._schedule = Rows(CLEARING_TIERS)
        self._pins = Rows(CLEARING_PINS)
        self._asset = ""
        self._tiers: tuple[FeeTier, ...] = ()
        self._oldest: list[tuple[int, int, str]] = []  # a heap of the rows' days
        self._day = 0
        self._levels: dict[int, int] = {}  # by account, on that day
        self.rows = (self._volumes, self._schedule, self._pins)

    def load(self, volumes: list[AccountVolume], tiers: list[ClearingTier], pins: list[ClearingPin]) -> None:
        self._volumes.load(volumes)
        self._schedule.load(tiers)
        self._pins.load(pins)
        self._oldest = [(row.day, row.account, row.asset) for row in volumes]
        heapify(self._oldest)
        levels = sorted(tiers, key=lambda tier: tier.level)
        self._asset = levels[0].asset if levels else ""
        self._tiers = tuple(FeeTier(tier.volume_min, tier.maker_permille, tier.taker_permille) for tier in levels)

    def set_schedule(self, asset: str, tiers: tuple[FeeTier, ...]) -> None:
        for level in range(len(tiers), len(self._tiers)):
            self._schedule.remove(level)
        for level, tier in enumerate(tiers):
            self._schedule.put(ClearingTier(self._shard, level, asset, *tier))
        self._asset, self._tiers = asset, tiers
        self._levels.clear()

    def pin(self, account: int, level: int) -> None:
        """Below 0: by its volume again."""
        if level >= 0:
            self._pins.put(ClearingPin(self._shard, account, level))
        elif account in self._pins:
            self._pins.remove(account)
        self._levels.pop(account, None)

    def permille(self, account: int, now: int, *, maker: bool) -> int:
        """The share of the symbol's rate that a fill settled at `now` pays."""
        if not self._tiers:
            return PERMILLE
        day = now // DAY_NS
        if day != self._day:
            self._day = day
            self._levels.clear()
        level = self._levels.get(account)
        if level is None:
            level = self._levels[account] = self._level(account, day)
        tier = self._tiers[level]
        return tier.maker_permille if maker else tier.taker_permille

    def _level(self, account: int, day: int) -> int:
        pin: ClearingPin | None = self._pins.get(account)
        if pin is not None:
            return min(pin.level, len(self._tiers) - 1)  # of a schedule that has become shorter the highest
        rows = (self._volumes.get((account, self._asset, before)) for before in range(day - VOLUME_DAYS, day))
        return level_of(self._tiers, sum(row.volume for row in rows if row is not None))

    def traded(self, account: int, asset: str, notional: int, now: int) -> None:
        """`notional` units of `asset`, in a market that is quoted in it."""
        key = account, asset, now // DAY_NS
        row: AccountVolume | None = self._volumes.get(key)
        if row is None:
            heappush(self._oldest, (key[2], account, asset))
            self._forget(key[2])
        before = 0 if row is None else row.volume
        self._volumes.put(AccountVolume(self._shard, *key, min(before + notional, UNITS_MAX)))

    def _forget(self, today: int) -> None:
        for _ in range(_GONE_PER_ROW):
            if not self._oldest or self._oldest[0][0] >= today - VOLUME_DAYS:
                return
            day, account, asset = heappop(self._oldest)
            self._volumes.remove((account, asset, day))

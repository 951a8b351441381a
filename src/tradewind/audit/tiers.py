"""Fee tiers, told a second time: from nothing but the journal of the shard that settles."""

from collections import Counter

from tradewind.audit.books import Step
from tradewind.messages.events import AccountTierSet, FeeTiersSet, LegSettled
from tradewind.values.fees import VOLUME_DAYS, FeeTier, level_of

DAY_NS = 86_400 * 1_000_000_000


class Tiers:
    """By shard of clearing: the schedule and the pins as it has heard them, and what it has settled on which UTC day."""

    def __init__(self) -> None:
        self._schedules: dict[int, tuple[str, tuple[FeeTier, ...]]] = {}
        self._pins: dict[tuple[int, int], int] = {}
        self._volumes: Counter[tuple[int, int, str, int]] = Counter()

    def scheduled(self, step: Step, event: FeeTiersSet) -> None:
        self._schedules[step.shard_index] = event.asset, tuple(FeeTier(*tier) for tier in event.tiers)

    def pinned(self, step: Step, event: AccountTierSet) -> None:
        if event.level < 0:
            self._pins.pop((step.shard_index, event.account), None)
        else:
            self._pins[step.shard_index, event.account] = event.level

    def traded(self, step: Step, leg: LegSettled, quote: str) -> None:
        self._volumes[step.shard_index, leg.account, quote, step.entry.at // DAY_NS] += leg.notional

    def of(self, step: Step, account: int) -> FeeTier | None:
        """The account's tier for what is settled here; None = there is no schedule. A pin beyond the schedule is its last."""
        asset, tiers = self._schedules.get(step.shard_index, ("", ()))
        if not tiers:
            return None
        pin = self._pins.get((step.shard_index, account))
        if pin is not None:
            return tiers[min(pin, len(tiers) - 1)]
        today = step.entry.at // DAY_NS
        days = range(today - VOLUME_DAYS, today)
        return tiers[level_of(tiers, sum(self._volumes[step.shard_index, account, asset, day] for day in days))]

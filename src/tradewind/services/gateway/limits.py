"""Token buckets: how much one account, or one address, may ask."""

from math import ceil

from tradewind.services.gateway.problems import Problem

_NS = 1_000_000_000


class Buckets:
    """`rate` tokens a second, at most `burst` of them; `rate` 0 = no limit. What nobody uses is forgotten."""

    def __init__(self, rate: int, burst: int, buckets_max: int = 100_000) -> None:
        assert rate >= 0 and burst >= 1, (rate, burst)
        self._rate = rate
        self._burst = burst * _NS
        self._max = buckets_max
        self._buckets: dict[int | str, tuple[int, int]] = {}  # who -> (tokens in billionths, at)

    def take(self, who: int | str, now_ns: int) -> None:
        """Raises Problem (429) when the bucket is empty."""
        if not self._rate:
            return
        tokens, at = self._buckets.pop(who, (self._burst, now_ns))
        # The wall clock may step back: then no time has passed.
        tokens = min(self._burst, tokens + max(0, now_ns - at) * self._rate)
        if len(self._buckets) >= self._max:
            del self._buckets[next(iter(self._buckets))]
        enough = tokens >= _NS
        self._buckets[who] = (tokens - _NS if enough else tokens, now_ns)
        if not enough:
            wait_s = ceil((_NS - tokens) / (self._rate * _NS))
            raise Problem(429, "RATE_LIMIT", "too many requests", retry_after_s=max(1, wait_s))

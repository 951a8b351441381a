"""Who is at the public sockets: how many in all and from one address, and how often each of them may speak."""

from tradewind.services.gateway.options import Options
from tradewind.services.gateway.problems import Problem


class Visitors:
    """Counts that go back to nothing with the last of an address."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._by_address: dict[str, int] = {}
        self.present = 0

    def enter(self, address: str) -> None:
        """Raises Problem; then nothing is counted."""
        if self.present >= self._options.sockets_max:
            raise Problem(503, "UNAVAILABLE", "too many connections", retry_after_s=1)
        if self._by_address.get(address, 0) >= self._options.sockets_per_address_max:
            raise Problem(429, "RATE_LIMIT", "too many connections from this address", retry_after_s=1)
        self.present += 1
        self._by_address[address] = self._by_address.get(address, 0) + 1

    def leave(self, address: str) -> None:
        self.present -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]


class Pace:
    """One client's messages: `rate` a second, `burst` of them at once."""

    def __init__(self, rate: int, burst: int, now: float) -> None:
        assert rate > 0 and burst > 0, (rate, burst)
        self._rate, self._burst = rate, burst
        self._left, self._at = float(burst), now

    def allows(self, now: float) -> bool:
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

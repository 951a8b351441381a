"""A nonce works once: the bus knows of all gateways, our own memory decides when the bus cannot say."""

from tradewind.ports.bus import Bus
from tradewind.ports.clock import Clock
from tradewind.ports.errors import PortError
from tradewind.services.gateway.problems import refused, unavailable
from tradewind.services.gateway.signature import NONCE_TTL_S
from tradewind.values.refusals import Refusal

NONCES_MAX = 200_000


class Nonces:
    """`degraded`: the shared memory did not answer last time.

    A write's nonce is remembered by the machine that it goes to, longer than its signature lives and whatever the bus has
    lost. So writes need not ask the bus; only reads do.
    """

    def __init__(self, bus: Bus, clock: Clock, limit: int = NONCES_MAX) -> None:
        self.degraded = False
        self._bus = bus
        self._clock = clock
        self._limit = limit
        self._until: dict[str, int] = {}  # in order of burning, so the oldest stand first

    async def burn(self, api_key: str, nonce: bytes, *, shared: bool = True) -> None:
        """To be called only when the signature is right. Raises Problem when the nonce is burned already."""
        key = f"nonce:{api_key}:{nonce.decode('ascii')}"
        now = self._clock.now()
        self._forget(now)
        if key in self._until:
            raise refused(Refusal.REPLAYED_REQUEST, "this nonce has been used")
        self._until[key] = now + int(NONCE_TTL_S * 1e9)
        if not shared:
            if len(self._until) > self._limit:
                del self._until[next(iter(self._until))]
            return
        try:
            first = await self._bus.once(key, NONCE_TTL_S)
            self.degraded = False
            if len(self._until) > self._limit:
                del self._until[next(iter(self._until))]  # the bus knows it
        except PortError:
            self.degraded = True
            if len(self._until) > self._limit:  # to remember this one we would have to forget another
                self._until.pop(key, None)
                raise unavailable("too many requests while the nonce store is down") from None
            first = True
        if not first:
            raise refused(Refusal.REPLAYED_REQUEST, "this nonce has been used")

    def _forget(self, now: int) -> None:
        while self._until:
            oldest = next(iter(self._until))
            if self._until[oldest] > now:
                return
            del self._until[oldest]

"""Listen keys: what Binance's older clients name a user data stream with.

A key is sealed text that says whose it is and since when, so every gateway knows every key and none keeps any. It lives for a
day, as Binance's streams do; keeping it alive is needless and allowed. Closing it is known to the gateway that is told.
"""

import re
from collections.abc import Callable

from tradewind.ports.world import World
from tradewind.runtime.vault import NONCE_BYTES, Unopenable, Vault
from tradewind.services.gateway.compat.faults import Fault, fault

LISTEN_KEY = re.compile(r"[0-9a-f]{100,400}")
CHARACTERS_MIN = 100
LIVES_S = 24 * 3_600
CLOSED_MAX = 10_000
_MARK = b"listen"


class ListenKeys:
    def __init__(self, world: World, vault: Vault) -> None:
        self._world = world
        self._vault = vault
        self._closed: dict[str, None] = {}
        self._streams: dict[str, dict[Callable[[], None], None]] = {}
        self._last: dict[str, tuple[str, int]] = {}  # by API key: the same answer for a while, as clients expect

    def make(self, api_key: str) -> str:
        """The one made last, while it has more than half of its life before it; else a new one."""
        now_s = self._world.clock.now() // 10**9
        known = self._last.pop(api_key, None)
        if known is None or now_s - known[1] > LIVES_S // 2 or known[0] in self._closed:
            told = b"\n".join((_MARK, str(now_s).encode(), api_key.encode()))
            known = self._vault.seal(told, self._world.entropy.token(NONCE_BYTES)).hex(), now_s
        self._last[api_key] = known
        if len(self._last) > CLOSED_MAX:
            del self._last[next(iter(self._last))]
        return known[0]

    def owner(self, listen_key: str) -> str:
        """The API key. Raises Fault."""
        try:
            if LISTEN_KEY.fullmatch(listen_key) is None or listen_key in self._closed:
                raise ValueError(listen_key)
            mark, since_s, api_key = self._vault.open(bytes.fromhex(listen_key)).split(b"\n")
        except (ValueError, Unopenable):
            raise no_such_key() from None
        if mark != _MARK or self._world.clock.now() // 10**9 - int(since_s) > LIVES_S:
            raise no_such_key()
        return api_key.decode()

    def close(self, listen_key: str) -> None:
        self._closed[listen_key] = None
        if len(self._closed) > CLOSED_MAX:
            del self._closed[next(iter(self._closed))]
        for end in list(self._streams.get(listen_key, ())):
            end()

    def attach(self, listen_key: str, end: Callable[[], None]) -> None:
        """`end` is called when the listen key is closed here."""
        self._streams.setdefault(listen_key, {})[end] = None

    def detach(self, listen_key: str, end: Callable[[], None]) -> None:
        streams = self._streams[listen_key]
        streams.pop(end, None)
        if not streams:
            del self._streams[listen_key]


def no_such_key() -> Fault:
    return fault(-1125, "This listenKey does not exist.")

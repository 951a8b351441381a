"""API keys: read from the store when first used, dropped when user says that they are revoked."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import trio

from tradewind.messages.events import ApiKeyCreated, ApiKeyRevoked, Entry
from tradewind.ports.store import Store
from tradewind.ports.tables import Query
from tradewind.runtime.feeds import FeedReader
from tradewind.runtime.vault import Vault
from tradewind.services.user.tables import API_KEYS, ApiKey

HEARS: frozenset[type] = frozenset((ApiKeyCreated, ApiKeyRevoked))
V = TypeVar("V")
KEYS_MAX = 100_000
UNKNOWN_MAX = 10_000


class LiveKey(NamedTuple):
    """A key with its secret opened. `expires_at` in ns, 0 = never."""

    api_key: str
    account: int
    secret: bytes
    permissions: int
    ip_allow: str
    expires_at: int


class Keys:
    """A bounded cache; what is not in it is asked of the store. Sessions that live on a key end with it."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._live: dict[str, LiveKey] = {}
        self._unknown: dict[str, None] = {}  # so that guessing does not become load on the store
        self._revocations = 0
        self._sessions: dict[str, dict[Callable[[], None], None]] = {}
        self._reader: FeedReader | None = None
        self._stale_s = 0.0

    def heed(self, reader: FeedReader, stale_s: float) -> None:
        """From now on `reader` tells of revocations."""
        self._reader, self._stale_s = reader, stale_s

    def vouched(self) -> bool:
        """Whether a revocation of longer ago than `stale_s` would have been heard. A gateway that is cut off from the feed
        cannot know: a key in its memory may be revoked since."""
        return self._reader is None or trio.current_time() - self._reader.read_at <= self._stale_s

    async def get(self, api_key: str) -> LiveKey | None:
        """None when there is no such key or it is revoked. Raises Unavailable when that cannot be known."""
        live = self._live.get(api_key)
        if live is not None or api_key in self._unknown:
            return live
        while True:
            revocations = self._revocations
            [rows] = await self._store.read([Query(API_KEYS, where=(("api_key", "=", api_key),), limit=1)])
            # What was read may be older than a revocation that was heard meanwhile.
            if revocations == self._revocations:
                break
        row: ApiKey | None = rows[0] if rows else None
        if row is None or row.revoked_at:
            _put(self._unknown, api_key, None, UNKNOWN_MAX)
            return None
        secret = self._vault.open(row.sealed_secret)
        live = LiveKey(row.api_key, row.account, secret, row.permissions, row.ip_allow, row.expires_at)
        _put(self._live, api_key, live, KEYS_MAX)
        return live

    def hear(self, entry: Entry) -> None:
        for event in entry.events:
            match event:
                case ApiKeyCreated():
                    self._unknown.pop(event.api_key, None)
                case ApiKeyRevoked():
                    self._revocations += 1
                    self._live.pop(event.api_key, None)
                    for end in list(self._sessions.get(event.api_key, ())):
                        end()

    def attach(self, api_key: str, end: Callable[[], None]) -> None:
        """`end` is called when the key is revoked."""
        self._sessions.setdefault(api_key, {})[end] = None

    def detach(self, api_key: str, end: Callable[[], None]) -> None:
        sessions = self._sessions[api_key]
        sessions.pop(end, None)
        if not sessions:
            del self._sessions[api_key]


def _put(cache: dict[str, V], key: str, value: V, limit: int) -> None:
    if len(cache) >= limit:
        del cache[next(iter(cache))]
    cache[key] = value

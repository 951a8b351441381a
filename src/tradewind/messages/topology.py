"""Who writes which feed, who reads it, and which shard an account or a symbol belongs to."""

from dataclasses import dataclass
from zlib import crc32

from tradewind.values.ids import SHARDS_MAX


@dataclass(frozen=True, slots=True)
class Feed:
    """One writer, any number of readers; `shards` says by what the writer is divided.

    Shards of one service may read each other."""

    name: str
    writer: str
    readers: tuple[str, ...]
    shards: str = "one"


FEEDS = (
    Feed("clearing", writer="clearing", readers=("matching", "order", "wallet", "gateway", "clearing"), shards="account"),
    Feed("matching", writer="matching", readers=("clearing", "order", "marketdata"), shards="symbol"),
    Feed("order", writer="order", readers=("gateway",)),
    Feed("marketdata", writer="marketdata", readers=("gateway",)),
    Feed("user", writer="user", readers=("gateway",)),
    Feed("wallet", writer="wallet", readers=("clearing",)),
    Feed("admin", writer="admin", readers=("clearing", "matching", "marketdata", "order", "gateway")),
)
INBOXES = ("clearing", "user", "wallet", "admin")  # services that hear commands


@dataclass(frozen=True, slots=True)
class Topology:
    """The shard map: the only thing that knows how many shards there are."""

    clearing: int = 1
    matching: int = 2

    def __post_init__(self) -> None:
        assert 1 <= self.clearing <= SHARDS_MAX and 1 <= self.matching <= SHARDS_MAX, self

    def count(self, service: str) -> int:
        return {"clearing": self.clearing, "matching": self.matching}.get(service, 1)

    def shards(self, service: str | None = None) -> tuple[str, ...]:
        """Names of the shards of one service, or of every machine: "clearing/0"."""
        services = [feed.writer for feed in FEEDS] if service is None else [service]
        return tuple(f"{name}/{index}" for name in services for index in range(self.count(name)))

    def sources(self, reader: str) -> tuple[str, ...]:
        """The feeds that `reader` hears, in the order in which it prefers them: a shard, which never hears itself, or the
        gateway."""
        service = service_of(reader)
        feeds = (shard for feed in FEEDS if service in feed.readers for shard in self.shards(feed.writer))
        return tuple(shard for shard in feeds if shard != reader)

    def clearing_of(self, account: int) -> int:
        return account % self.clearing

    def matching_of(self, symbol: str) -> int:
        return crc32(symbol.encode()) % self.matching


def service_of(shard: str) -> str:
    return shard.partition("/")[0]


def index_of(shard: str) -> int:
    return int(shard.partition("/")[2])

"""An exchange in memory as the source of a bundle: what the tests of incidents are about is everything behind it."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sim.models.database import Database, ShardRow
from tests.audit.exchange import TWO_AND_TWO, Exchange
from tests.audit.wallet_day import RAW, WalletDay
from tradewind.machines import MACHINES
from tradewind.messages.commands import CreateAccount, CreateApiKey, RevokeApiKey
from tradewind.messages.topology import Topology
from tradewind.ops.incident.export import Exported, House, export
from tradewind.ops.incident.masks import Masks
from tradewind.ops.incident.records import Versions
from tradewind.ops.incident.window import parse
from tradewind.ports.store import JournalEntry
from tradewind.ports.tables import Query, Record

VAULT_KEY = b"k" * 32
# Nothing of these may ever be in a bundle: a mail address, a password's hash, a sealed secret, a label, a list of addresses;
# where a user is paid from and pays to, what goes with it, what he calls it, and the signed transaction that says so.
MAIL, HASH, SEALED, LABEL, ALLOW = (
    "ann@canary.test",
    "$scrypt$canary$hash",
    b"canary\x00sealed\xff",
    "canary label",
    "203.0.113.77/32",
)
PLACE, MEMO, KEY = "bc1qcanary!nest", "canary memo for bob", "canary-key"
CANARIES = [word.encode() for word in (MAIL, HASH, LABEL, ALLOW, PLACE, MEMO, KEY)] + [SEALED, RAW]
CANARIES += [word.hex().encode() for word in CANARIES] + [b64encode(word) for word in CANARIES]


class MemorySource:
    """ops.incident.export.Source over an exchange in which somebody trades between any two reads."""

    server = "none"

    def __init__(self, exchange: Exchange, busy: bool = False) -> None:
        self.exchange, self.busy = exchange, busy
        self.reads = 0
        self.archived: dict[str, int] = {}  # entries up to these are not in the database any more
        self._rows: Database | None = None

    def _meanwhile(self) -> None:
        self.reads += 1
        if self.busy:
            self.exchange.trade(2)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[None]:
        self._rows = snapshot_of(self.exchange)
        yield
        self._rows = None

    async def schema(self) -> dict[str, str]:
        return {"0001_first.sql": "checksum"}

    async def pages(self, query: Query) -> AsyncIterator[list[Record]]:
        assert self._rows is not None, "outside of the snapshot"
        [rows] = self._rows.read([query])
        for at in range(0, len(rows), 7):
            self._meanwhile()
            yield rows[at : at + 7]

    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        self._meanwhile()
        assert after >= self.archived.get(shard, 0), f"{shard} seq {after + 1} is archived"
        return self.exchange.shards[shard].journal[after : after + limit]


def snapshot_of(exchange: Exchange) -> Database:
    database = Database(lambda: 0)
    database.tables = {table: dict(rows) for table, rows in exchange.rows.items()}
    database.shards = {name: ShardRow(1, shard.head) for name, shard in exchange.shards.items() if shard.journal}
    return database


def house(topology: Topology = TWO_AND_TWO, vault_key: bytes = VAULT_KEY) -> House:
    return House(topology, MACHINES, Masks(vault_key), {"postgres": "masked"}, {}, Versions("0", "3", "", {}, {}), 1)


async def bundle(
    exchange: Exchange, path: Path, since: str = "start", until: str = "now", base: Path | None = None
) -> Exported:
    return await export(MemorySource(exchange), house(exchange.topology), parse(since), parse(until), path, base)


def people(exchange: Exchange, number: int = 0) -> None:
    """Accounts and keys, with everything in them that is nobody's business. `number` tells their names apart."""
    exchange.command("user/0", CreateAccount(MAIL, HASH))
    exchange.command("user/0", CreateAccount(MAIL, HASH))  # refused: the address is taken, masked or not
    for key in (f"key-1{number}", f"key-2{number}"):
        exchange.command("user/0", CreateApiKey(1, LABEL, key, SEALED, 3, ALLOW, 0))
    exchange.command("user/0", RevokeApiKey(1, f"key-1{number}"))


def lived(seed: int, topology: Topology = TWO_AND_TWO, operations: int = 120, *, tiers: bool = True) -> Exchange:
    exchange = Exchange(seed, topology)
    exchange.tiers = tiers
    people(exchange)
    exchange.open()
    WalletDay(exchange, PLACE, MEMO, KEY).live()
    exchange.trade(operations)
    return exchange

"""What a commit costs: python benchmarks/store.py CONNINFO [--orders 4000] [--rounds 3]

Each order brings one journal entry, one remembered command, one hold and two changed balances. Commits of 1, 10, 100 and 500
orders go through PostgresStore, in turns with a floor on the same server: one COPY of as many rows, prebuilt, into one table
with the journal's columns and key. Give it an empty database; it fills it.
"""

import argparse
import statistics
from itertools import count
from struct import pack
from time import perf_counter, process_time

import trio

from tradewind.adapters.migrate import migrate, migrations_directory
from tradewind.adapters.postgres import PostgresStore, open_store
from tradewind.adapters.postgres_connection import TrioConnection, connect
from tradewind.ports.store import COMMANDS, Commit, Head, JournalEntry, Lease, Remembered
from tradewind.ports.tables import Change
from tradewind.services.clearing.tables import BALANCES, HOLDS, Balance, Hold
from tradewind.values.orders import OrderType, Side

SHARD = "clearing/0"
ACCOUNTS = 1_000
ROWS_PER_ORDER = 5
CHAIN = bytes(range(16))
BATCHES = (1, 10, 100, 500)
COPY_BEGIN = b"PGCOPY\n\xff\r\n\0" + pack(">ii", 0, 0)
COPY_END = pack(">h", -1)

Measured = tuple[float, float, float]  # orders/s, CPU us of this process per order, median commit in us


def entry(seq: int, epoch: int) -> JournalEntry:
    return JournalEntry(SHARD, seq, epoch, 1_700_000_000 * 10**9 + seq, "inbox", seq, b"i" * 180, b"o" * 220, CHAIN)


def hold(seq: int) -> Hold:
    order = (0, seq * 64, seq % ACCOUNTS, "BTCUSDT", f"client-{seq}", CHAIN, Side.BUY, OrderType.LIMIT)
    return Hold(*order, 10**10, 10**6, 10**6, "USDT", 10**8, 1_000, 1_000, seq)


def commit_of(lease: Lease, prev: Head, orders: int) -> Commit:
    seqs = range(prev.seq + 1, prev.seq + 1 + orders)
    commands = [Remembered(SHARD, seq, seq.to_bytes(16, "big"), f"request-{seq}", seq, b"a" * 60) for seq in seqs]
    touched = sorted({seq % ACCOUNTS for seq in seqs})
    balances = [Balance(0, account, asset, 10**12 + prev.seq, 10**9) for account in touched for asset in ("BTC", "USDT")]
    changes = [Change(COMMANDS, commands), Change(HOLDS, [hold(seq) for seq in seqs]), Change(BALANCES, balances)]
    return Commit(prev, Head(seqs[-1], CHAIN, seqs[-1]), [entry(seq, lease.epoch) for seq in seqs], changes)


def copy_row(row: JournalEntry) -> bytes:
    texts = (row.shard.encode(), pack(">q", row.seq), pack(">q", row.epoch), pack(">q", row.at), row.source.encode())
    values = (*texts, pack(">q", row.source_seq), row.input, row.output, row.chain)
    return pack(">h", len(values)) + b"".join(pack(">i", len(value)) + value for value in values)


def summary(orders: int, elapsed: float, cpu: float, commits: list[float]) -> Measured:
    return orders / elapsed, cpu / orders * 1e6, statistics.median(commits) * 1e6


async def measure_store(store: PostgresStore, lease: Lease, head: Head, batch: int, orders: int) -> tuple[Measured, Head]:
    commits, took = [], []
    for _ in range(orders // batch):
        commits.append(commit_of(lease, head, batch))
        head = commits[-1].head
    began, cpu = perf_counter(), process_time()
    for commit in commits:
        before = perf_counter()
        await store.commit(lease, commit)
        took.append(perf_counter() - before)
    return summary(len(commits) * batch, perf_counter() - began, process_time() - cpu, took), head


async def measure_floor(connection: TrioConnection, seqs: "count[int]", batch: int, orders: int) -> Measured:
    blocks = []
    for _ in range(orders // batch):
        rows = b"".join(copy_row(entry(next(seqs), 1)) for _ in range(batch * ROWS_PER_ORDER))
        blocks.append(COPY_BEGIN + rows + COPY_END)
    took = []
    began, cpu = perf_counter(), process_time()
    async with connection.cursor() as cursor:
        for block in blocks:
            before = perf_counter()
            async with cursor.copy("COPY floor FROM STDIN (FORMAT binary)") as copy:
                await copy.write(block)
            took.append(perf_counter() - before)
    return summary(len(blocks) * batch, perf_counter() - began, process_time() - cpu, took)


async def measure(conninfo: str, orders: int, rounds: int) -> None:
    floor = await connect(conninfo)
    await floor.execute("DROP TABLE IF EXISTS floor")
    await floor.execute("CREATE TABLE floor (LIKE journal INCLUDING ALL)")
    seqs = count(1)
    async with open_store(conninfo) as store:
        lease = await store.acquire(SHARD, "benchmark", "", 60)
        head = lease.head
        print("orders/commit  commits/s  rows/s   commit p50 us  CPU us/order  floor rows/s  ratio to floor")
        for batch in BATCHES:
            share = max(batch * 4, orders // (4 if batch == 1 else 1))
            ours, floors = [], []
            _, head = await measure_store(store, lease, head, batch, batch * 8)  # statements prepared, caches warm
            for _ in range(rounds):
                sample, head = await measure_store(store, lease, head, batch, share)
                ours.append(sample)
                floors.append(await measure_floor(floor, seqs, batch, share))
            rate, cpu, p50 = (statistics.median(column) for column in zip(*ours, strict=True))
            floor_rate = statistics.median(sample[0] for sample in floors)
            print(
                f"{batch:13} {rate / batch:10.0f} {rate * ROWS_PER_ORDER:7.0f} {p50:15.0f} {cpu:13.1f}"
                f" {floor_rate * ROWS_PER_ORDER:13.0f} {rate / floor_rate:15.2f}"
            )
    await floor.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("conninfo")
    parser.add_argument("--orders", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    migrate(options.conninfo, migrations_directory())
    trio.run(measure, options.conninfo, options.orders, options.rounds)


if __name__ == "__main__":
    main()

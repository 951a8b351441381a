"""The bus: publish -> read latency, entries/s and CPU per entry, beside blocking redis-py in the same run.

    python -m benchmarks.bus redis://127.0.0.1:6379 [--entries 3000] [--rounds 3]

One process publishes and reads, as `tradewind serve` with every service does. Figures of different runs do not compare; the
ratio to blocking redis-py, which is measured between the rounds, does.
"""

import argparse
import statistics
import time
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import redis
import trio

from tradewind.adapters.redis import RedisBus, open_bus

BODY = b"x" * 200


@dataclass
class Figures:
    latency_us: float  # publish called -> entry in the reader's hands, median
    per_s: float
    cpu_us: float  # of this process per entry, publishing and reading


async def through_bus(bus: RedisBus, feed: str, entries: int, publishers: int) -> Figures:
    first = await bus.last(feed)
    asked: dict[int, float] = {}
    latencies: list[float] = []
    await bus.read(feed, first, 0.01)

    async def reader() -> None:
        after = first
        while after < first + entries:
            for seq, _ in await bus.read(feed, after, 10.0):
                latencies.append(time.perf_counter() - asked[seq])
                after = seq

    async def publisher() -> None:
        while len(asked) < entries:
            seq = first + len(asked) + 1
            asked[seq] = time.perf_counter()
            await bus.publish(feed, seq, BODY)

    wall, cpu = time.perf_counter(), time.process_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(reader)
        for _ in range(publishers):
            nursery.start_soon(publisher)
    return _figures(latencies, entries, time.perf_counter() - wall, time.process_time() - cpu)


def through_redis_py(client: "redis.Redis", feed: str, entries: int, batch: int) -> Figures:
    """XADD (a pipeline of `batch`) and XREAD, one after the other: no waiting, no fan-out, no loop."""
    latencies: list[float] = []
    after: Any = "0"
    client.delete(feed)
    wall, cpu = time.perf_counter(), time.process_time()
    for start in range(1, entries + 1, batch):
        begun = time.perf_counter()
        pipeline = client.pipeline(transaction=False)
        for seq in range(start, start + batch):
            pipeline.xadd(feed, {"b": BODY}, id=f"{seq}-0", maxlen=10_000)
        pipeline.execute()
        rows = cast("list[Any]", client.xread({feed: after}))[0][1]
        after = rows[-1][0]
        latencies += [time.perf_counter() - begun] * len(rows)
    return _figures(latencies, entries, time.perf_counter() - wall, time.process_time() - cpu)


def _figures(latencies: list[float], entries: int, wall_s: float, cpu_s: float) -> Figures:
    return Figures(statistics.median(latencies) * 1e6, entries / wall_s, cpu_s / entries * 1e6)


def _median(figures: list[Figures]) -> Figures:
    columns = zip(*((each.latency_us, each.per_s, each.cpu_us) for each in figures), strict=True)
    return Figures(*(statistics.median(column) for column in columns))


async def main(url: str, entries: int, rounds: int) -> None:
    client = redis.Redis.from_url(url)
    async with open_bus(url, prefix="benchmark:") as bus:
        print("concurrency   bus: p50 us  entries/s  cpu us   redis-py: p50 us  entries/s  cpu us   ratio of entries/s")
        for concurrency in (1, 10, 100):
            ours: list[Figures] = []
            theirs: list[Figures] = []
            for _ in range(rounds):
                ours.append(await through_bus(bus, f"bus/{concurrency}", entries, concurrency))
                theirs.append(through_redis_py(client, "benchmark:blocking", entries // concurrency * concurrency, concurrency))
            mine, peer = _median(ours), _median(theirs)
            print(
                f"{concurrency:11}   {mine.latency_us:11.0f} {mine.per_s:10.0f} {mine.cpu_us:7.1f}"
                f"   {peer.latency_us:16.0f} {peer.per_s:10.0f} {peer.cpu_us:7.1f}   {mine.per_s / peer.per_s:6.2f}"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--entries", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    trio.run(partial(main, **vars(arguments)))

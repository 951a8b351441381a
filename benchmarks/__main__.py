"""Everything that we measure, on one page.

    python -m benchmarks [NAME ...] [--quick]

Without names: all of them, in the order below. `--quick` is to see that they run: too short for the figures to mean much.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tradewind.adapters.embedded import open_postgres, open_redis

ROOT = Path(__file__).resolve().parents[1]
PEERS = ("lightmatchingengine", "order_matching")


class Benchmark(NamedTuple):
    """A module here. `server`: what it wants the address of as its first argument."""

    what: str
    server: str = ""
    quick: tuple[str, ...] = ()


BENCHMARKS = {
    "book": Benchmark(
        "operations/s of the order book, beside the order books of PyPI", quick=("--ops", "20000", "--rounds", "1")
    ),
    "pipeline": Benchmark(
        "orders/s through clearing + matching, store and bus in memory", quick=("--orders", "2000", "--rounds", "1")
    ),
    "store": Benchmark(
        "what a commit costs on PostgreSQL, beside a bare COPY", "postgres", ("--orders", "500", "--rounds", "1")
    ),
    "bus": Benchmark("publish -> read on Redis, beside blocking redis-py", "redis", ("--entries", "500", "--rounds", "1")),
    "bare_handler": Benchmark(
        "a Quart handler that does nothing: our web server beside the stock one", quick=("32", "500", "1")
    ),
    "end_to_end": Benchmark(
        "orders/s and latencies of the whole exchange over HTTP", quick=("--orders", "300", "--rounds", "1")
    ),
    "batch_lane": Benchmark(
        "orders/s through batches over the private socket, beside a bare echo", quick=("--orders", "1600", "--rounds", "1")
    ),
    "socket_latency": Benchmark(
        "from a single order over the private socket to its answer and to its fill", quick=("--orders", "100", "--rounds", "1")
    ),
    "feed": Benchmark(
        "the public feed to 1 000 subscribers, beside as many plain streams",
        quick=("--subscribers", "50", "--rounds", "1", "--seconds", "0.2"),
    ),
    "sim_kernel": Benchmark("steps/s of the simulator"),
}


@contextmanager
def _address_of(server: str) -> Iterator[list[str]]:
    """Of a fresh one that durable things are measured on, with fsync; none when no server is wanted."""
    if not server:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as directory:
        home = Path(directory)
        home.chmod(0o711)  # PostgreSQL may have to run as another user
        if server == "postgres":
            postgres = open_postgres(home / "postgres", fsync=True, environ=os.environ)
            postgres.start()
            try:
                yield [postgres.dsn()]
            finally:
                postgres.stop()
        else:
            redis = open_redis(home / "redis", append_only=True, environ=os.environ)
            redis.start()
            try:
                yield [redis.url]
            finally:
                redis.stop()


def run(name: str, quick: bool) -> int:
    benchmark = BENCHMARKS[name]
    print(f"\n#### {name}: {benchmark.what}", flush=True)
    environ = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    with _address_of(benchmark.server) as address:
        words = [*address, *(benchmark.quick if quick else ())]
        return subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *words], env=environ, check=False).returncode


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args(arguments)
    unknown = set(given.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    for peer in PEERS:
        if importlib.util.find_spec(peer) is None:
            print(f"without {peer}: `./x bench` has it, or install benchmarks/requirements.txt")
    failed = [name for name in given.names or BENCHMARKS if run(name, given.quick)]
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

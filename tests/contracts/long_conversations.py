"""The differential suites at length, against real servers and their models: `./x contracts`, or with another number of calls.

Not collected by the usual run. Each conversation has a fresh database or server of its own; the same seeds run on the models.
"""

import os
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from sim.kernel.world import World as Kernel
from sim.models.store import SimStore
from tests.contracts import bus_differential, store_differential
from tests.contracts.redis_process import RedisProcess
from tests.contracts.simulated import Nodes
from tests.contracts.test_bus_redis import World
from tests.contracts.test_bus_sim import OneBroker
from tradewind.adapters.postgres import open_store
from tradewind.adapters.redis import open_bus

CALLS = int(os.environ.get("TRADEWIND_CONTRACT_CALLS", "120000"))
EACH = 1_500
SEEDS = range(1, 1 + -(-CALLS // (2 * EACH)))  # half of the calls to each server
SEEN: dict[str, Counter[str]] = {"PostgreSQL": Counter(), "its model": Counter(), "Redis": Counter(), "the broker": Counter()}


@pytest.fixture(scope="module", autouse=True)
def coverage() -> Any:
    """Printed at the end, and nothing in it may be missing."""
    yield
    for server, seen in SEEN.items():
        everything = store_differential.EVERYTHING if server in ("PostgreSQL", "its model") else bus_differential.EVERYTHING
        told = ", ".join(f"{what} {seen[what]}" for what in everything)
        print(f"\n{server}: {len(SEEDS) * EACH} calls: {told}")
        assert [what for what in everything if not seen[what]] == [], server


@pytest.mark.parametrize("seed", SEEDS)
async def test_postgresql(seed: int, database: str) -> None:
    async with open_store(database) as store:
        SEEN["PostgreSQL"] += await store_differential.converse(store, seed, EACH)


@pytest.mark.parametrize("seed", SEEDS)
async def test_redis(seed: int, server_home: Path) -> None:
    server = RedisProcess(server_home)
    server.start()
    try:
        async with open_bus(server.url) as bus, open_bus(server.url) as other:
            SEEN["Redis"] += await bus_differential.converse(World(server, bus, other), seed, EACH)
    finally:
        server.stop()


def simulated(seed: int, talk: Callable[[Nodes], Coroutine[Any, Any, Counter[str]]]) -> Counter[str]:
    kernel, seen = Kernel(seed), Counter[str]()

    async def main() -> None:
        seen.update(await talk(Nodes(kernel)))

    ran = kernel.run(main)
    assert ran.clean, ran.findings
    return seen


@pytest.mark.parametrize("seed", SEEDS)
def test_the_model_of_postgresql(seed: int) -> None:
    def talk(nodes: Nodes) -> Coroutine[Any, Any, Counter[str]]:
        cluster = nodes.cluster
        store = SimStore(nodes.kernel, nodes.life(), cluster.database, cluster.faults.store)
        return store_differential.converse(store, seed, EACH)

    SEEN["its model"] += simulated(seed, talk)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_model_of_redis(seed: int) -> None:
    SEEN["the broker"] += simulated(seed, lambda nodes: bus_differential.converse(OneBroker(nodes), seed, EACH))

"""Whoever reaches around the ports inside a simulation is stopped, named and recorded."""

import asyncio
import logging
import os
import random
import secrets
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable

import pytest
import trio

from sim.kernel.clock import EPOCH_2031_NS
from sim.kernel.guards import AmbientAccess
from sim.kernel.world import World

AMBIENT: dict[str, Callable[[], object]] = {
    "time.time": time.time,
    "time.time_ns": time.time_ns,
    "time.monotonic": time.monotonic,
    "time.perf_counter": time.perf_counter,
    "time.sleep": lambda: time.sleep(0),
    "time.localtime": time.localtime,
    "time.gmtime": time.gmtime,
    "random.random": random.random,
    "random.choice": lambda: random.choice("ab"),
    "random.shuffle": lambda: random.shuffle([1, 2]),
    "Random()": random.Random,
    "random.seed": random.seed,
    "SystemRandom": lambda: random.SystemRandom().random(),
    "uuid1": uuid.uuid1,
    "uuid4": uuid.uuid4,
    "secrets.token_bytes": secrets.token_bytes,
    "secrets.token_hex": lambda: secrets.token_hex(8),
    "secrets.choice": lambda: secrets.choice("ab"),
    "os.urandom": lambda: os.urandom(8),
    "thread": lambda: threading.Thread(target=print).start(),
    "socket": socket.socket,
    "socketpair": socket.socketpair,
    "getaddrinfo": lambda: socket.getaddrinfo("localhost", 80),
    "subprocess": lambda: subprocess.run([sys.executable, "-V"], check=False),
    "os.system": lambda: os.system("true"),
    "asyncio": asyncio.SelectorEventLoop,
}


@pytest.mark.parametrize("what", sorted(AMBIENT))
def test_ambient_access_raises_and_is_a_finding_even_if_swallowed(what: str) -> None:
    world, caught = World(1), list[str]()

    async def director() -> None:
        try:
            AMBIENT[what]()
        except AmbientAccess as error:
            caught.append(str(error))

    ran = world.run(director)
    assert len(caught) == 1
    assert __name__ in caught[0], caught
    assert [finding.name for finding in ran.findings] == ["ambient"]


def test_worker_threads_of_trio_are_refused() -> None:
    async def director() -> None:
        await trio.to_thread.run_sync(print)

    with pytest.raises(AmbientAccess):
        World(1).run(director)


def test_outside_a_run_and_on_other_threads_all_is_as_ever() -> None:
    assert abs(time.time() - time.time_ns() / 1e9) < 3600
    assert time.time() * 1e9 < EPOCH_2031_NS
    assert uuid.uuid4() != uuid.uuid4()
    begun, asked, answers = threading.Event(), threading.Event(), list[float]()

    def elsewhere() -> None:
        begun.set()
        asked.wait(10)
        answers.append(time.time())

    thread = threading.Thread(target=elsewhere)
    thread.start()
    begun.wait(10)

    async def director() -> None:
        asked.set()
        thread.join(10)

    assert World(1).run(director).clean
    assert len(answers) == 1


def test_seeded_randomness_of_ones_own_is_free() -> None:
    world = World(1)

    async def director() -> None:
        assert random.Random(7).random() == random.Random(7).random()
        assert world.draws("a", "b").random() == world.draws("a", "b").random() != world.draws("a", "c").random()

    assert world.run(director).clean


def test_libraries_that_cannot_be_told_see_virtual_time() -> None:
    world, records = World(1), list[logging.LogRecord]()
    logger = logging.getLogger("sim.kernel.test")

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    logger.addHandler(Keep())

    async def director() -> None:
        await world.sleep(5 * 10**9)
        logger.warning("seen")

    assert world.run(director).clean
    assert records[0].created == EPOCH_2031_NS / 1e9 + 5

"""A tape that is played while everything under it is killed in turn, and how long each takes to come back."""

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psycopg
import redis
import trio

from tests.e2e.child import ExchangeChild
from tradewind.adapters.embedded import Postgres, Redis
from tradewind.ops.demo import Demo
from tradewind.ops.flow.orders import Asked
from tradewind.ops.flow.player import Tally
from tradewind.ops.flow.run import Result, play

LOOK_S = 0.02
READY_MAX_S = 90.0  # of a machine that does a lot else; what is aimed at is 5 s, and 10 s for PostgreSQL
POSTGRES, REDIS = "PostgreSQL, immediate restart", "Redis, FLUSHALL and kill -9"
DATABASE = "tradewind_storm"


class OwnServers:
    """PostgreSQL and Redis that are ours to kill, and an exchange on them, each service a process of its own.

    `more` goes to its command line.
    """

    def __init__(self, home: Path, *more: str) -> None:
        self.postgres = Postgres(home / "pg", fsync=True)
        self.redis = Redis(home / "redis", append_only=True)
        self.urls = {"TRADEWIND_PG_URL": self.postgres.dsn(DATABASE), "TRADEWIND_REDIS_URL": self.redis.url}
        self.exchange = ExchangeChild(home / "exchange", "--processes", *more, environ=self.urls)

    def __enter__(self) -> "OwnServers":
        self.postgres.start()
        try:
            self.redis.start()
            with psycopg.connect(self.postgres.dsn(), autocommit=True) as admin:
                if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchall():
                    admin.execute(f"CREATE DATABASE {DATABASE}")
            self.exchange.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for stop in (self.exchange.stop, self.redis.stop, self.postgres.stop):
            stop()

    @property
    def targets(self) -> list[str]:
        return [*self.exchange.processes, REDIS, POSTGRES]

    def kill(self, target: str) -> None:
        """Servers are up again when this returns; services are their supervisor's."""
        if target == POSTGRES:
            self.postgres.kill()
            self.postgres.start()
        elif target == REDIS:
            with redis.Redis.from_url(self.redis.url) as client:
                client.flushall()
            self.redis.kill()
            self.redis.start()
        else:
            os.kill(self.exchange.processes[target], signal.SIGKILL)

    def ready(self, name: str) -> bool:
        """What the newest process of that service says of itself."""
        log = self.exchange.home / "logs" / f"{name.replace('/', '-')}.log"
        addresses = [line.rpartition(" ")[2] for line in log.read_text().splitlines() if line.startswith(f"serving {name},")]
        return bool(addresses) and _says_ready(addresses[-1])

    def until_ready(self, target: str) -> None:
        """What was killed is another process now, and every process is ready. Raises AssertionError."""
        deadline = time.monotonic() + READY_MAX_S
        while not all(self.ready(name) for name in self.exchange.processes):
            assert time.monotonic() < deadline, f"not ready {READY_MAX_S} s after {target}"
            time.sleep(LOOK_S)


def _says_ready(address: str) -> bool:
    host, _, port = address.rpartition(":")
    connection = HTTPConnection(host, int(port), timeout=5)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@dataclass
class Recovery:
    """Seconds after the kill: until every process was ready, and until the next request was answered."""

    target: str
    at: int
    ready_s: float
    next_answer_s: float


class Gate:
    """Where the tape is, across threads: it runs on by itself, but not past the end of a kill's stretch."""

    def __init__(self, total: int) -> None:
        self._moved = threading.Condition()
        self._number = 0
        self._until = total
        self.ended = False

    def reached(self, number: int) -> None:
        """Return once the tape has come to `number`, or has ended."""
        with self._moved:
            self._moved.wait_for(lambda: self._number >= number or self.ended)

    @property
    def number(self) -> int:
        return self._number

    def allow(self, until: int) -> None:
        with self._moved:
            self._until = until
            self._moved.notify_all()

    def end(self) -> None:
        with self._moved:
            self.ended = True
            self._moved.notify_all()

    async def before(self, number: int) -> None:
        with self._moved:
            self._number = number
            self._moved.notify_all()
            if number < self._until:
                return
        await trio.to_thread.run_sync(self._wait_for, number)

    def _wait_for(self, number: int) -> None:
        with self._moved:
            self._moved.wait_for(lambda: number < self._until)


def played_through(
    servers: OwnServers, demo: Demo, symbol: str, tape: Sequence[Asked], say: Callable[[str], None]
) -> tuple[Result, list[Recovery]]:
    """Play `tape`; kill every target once, at even distances, and begin the next stretch when all is ready again."""
    targets = servers.targets
    stretch = len(tape) // (len(targets) + 1)
    assert stretch, "too short a tape"
    gate, recoveries = Gate(len(tape)), list[Recovery]()
    results: list[Result | BaseException] = []

    def follow(_: Tally) -> None:
        """The result has it at the end."""

    def flow() -> None:
        try:
            results.append(trio.run(play, demo, symbol, tape, gate.before, follow))
        except BaseException as error:
            results.append(error)
        finally:
            gate.end()

    # Servers must be children of the main thread, so it is the tape that goes to another.
    thread = threading.Thread(target=flow)
    gate.allow(2 * stretch)
    thread.start()
    try:
        for place, target in enumerate(targets, 1):
            gate.reached(place * stretch)
            if gate.ended:
                break
            at, began = gate.number, time.monotonic()
            servers.kill(target)
            gate.reached(gate.number + 2)  # one is under way, and the one after it was begun after the kill
            next_answer_s = time.monotonic() - began
            servers.until_ready(target)
            recoveries.append(Recovery(target, at, time.monotonic() - began, next_answer_s))
            say(f"{target} at {at}: ready after {recoveries[-1].ready_s:.1f} s, next answer after {next_answer_s:.1f} s")
            gate.allow((place + 2) * stretch)
    finally:
        gate.allow(len(tape) + 1)
        thread.join()
    [result] = results
    if isinstance(result, BaseException):
        raise result
    return result, recoveries

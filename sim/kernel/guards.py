"""Ambient time, randomness, threads and sockets raise inside a simulation, and the message names who asked.

Functions are replaced once, when `sim.kernel.world` is first imported (before the application, so that `from time import time`
gets ours too), and behave as ever outside a run and on other threads. What cannot be replaced: `datetime.now` (a C type; lint
bans it) and randomness drawn inside OpenSSL. Never put a guard into a trio Instrument: trio silently removes one that raises.
"""

import asyncio.base_events
import contextlib
import functools
import os
import random
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import trio

# Libraries that ask for themselves and cannot be told not to. They see virtual time and keyed randomness instead of an error.
VIRTUAL = {
    "logging": "stamps every record with the time",
    "prometheus_client": "stamps when a metric was created",
}
# Standard modules that only pass the question on: the caller is whoever called them.
PASSES_ON = frozenset({"random", "uuid", "secrets", "functools", "socket", "subprocess", "asyncio", "threading"})


class AmbientAccess(RuntimeError):
    """Code inside a simulation reached around its ports. Also recorded as a finding, in case somebody swallows it."""


@dataclass(frozen=True)
class Ambient:
    """What a library of the VIRTUAL list is shown."""

    wall_ns: Callable[[], int]  # since the Unix epoch, as the running node believes
    monotonic_ns: Callable[[], int]  # since the run began
    random: random.Random


@dataclass(frozen=True)
class _Inside:
    thread: int
    ambient: Callable[[str], Ambient]
    report: Callable[[str], None]


_inside: _Inside | None = None
_installed = False


@contextlib.contextmanager
def inside(ambient: Callable[[str], Ambient], report: Callable[[str], None]) -> Iterator[None]:
    """Guards are up on this thread within the block. `ambient` is asked with the name of a library of the VIRTUAL list."""
    global _inside
    assert _installed and _inside is None
    _inside = _Inside(threading.get_ident(), ambient, report)
    try:
        yield
    finally:
        lower()


def lower() -> None:
    """Take the guards down. Also for a run that broke trio itself, whose `finally` blocks never came to run."""
    global _inside
    _inside = None


def _here() -> _Inside | None:
    return _inside if _inside is not None and _inside.thread == threading.get_ident() else None


def _caller() -> tuple[str, str]:
    frame = sys._getframe(2)
    module = str(frame.f_globals.get("__name__", "?"))
    while frame.f_back is not None and (module == __name__ or module.split(".", maxsplit=1)[0] in PASSES_ON):
        frame = frame.f_back
        module = str(frame.f_globals.get("__name__", "?"))
    return module, f"{module}:{frame.f_code.co_name}:{frame.f_lineno}"


def _refuse(here: _Inside, what: str, where: str) -> NoReturn:
    here.report(f"{where} called {what}")
    raise AmbientAccess(f"{where} called {what} inside a simulation: use a port, or trio's clock")


def _shown(here: _Inside, what: str) -> Ambient:
    module, where = _caller()
    library = module.split(".")[0]
    if library not in VIRTUAL:
        _refuse(here, what, where)
    return here.ambient(library)


def _virtual(owner: object, name: str, show: Callable[..., object], *, only_bare: bool = False) -> None:
    """Replace a function by one that shows libraries a virtual value. With `only_bare`, calls with arguments are harmless."""
    real = getattr(owner, name)
    what = f"{getattr(owner, '__name__', owner)}.{name}"

    @functools.wraps(real)
    def guarded(*args: Any, **named: Any) -> Any:
        here = _here()
        if here is None or (only_bare and args):
            return real(*args, **named)
        return show(_shown(here, what), *args, **named)

    setattr(owner, name, guarded)


def _forbidden(owner: object, name: str, what: str) -> None:
    """Replace a function or method by one that raises inside a simulation."""
    real = getattr(owner, name)

    @functools.wraps(real)
    def guarded(*args: Any, **named: Any) -> Any:
        here = _here()
        if here is not None:
            _refuse(here, what, _caller()[1])
        return real(*args, **named)

    setattr(owner, name, guarded)


def _guard_seed() -> None:
    """`Random()` and `seed()` without a seed draw on the machine. Random.seed serves both, and every subclass."""
    real = random.Random.seed

    @functools.wraps(real)
    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        here = _here()
        if here is not None and a is None:
            _refuse(here, "an unseeded Random()", _caller()[1])
        real(self, a, version)

    vars(random)["Random"].seed = seed


def _guard_time() -> None:
    for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"):
        wall, whole = name.startswith("time"), name.endswith("_ns")

        def show(ambient: Ambient, wall: bool = wall, whole: bool = whole) -> int | float:
            shown_ns = ambient.wall_ns() if wall else ambient.monotonic_ns()
            return shown_ns if whole else shown_ns / 1e9

        _virtual(time, name, show)
    gmtime, strftime = time.gmtime, time.strftime
    for name in ("localtime", "gmtime"):
        _virtual(time, name, lambda ambient: gmtime(ambient.wall_ns() // 10**9), only_bare=True)
    _virtual(time, "ctime", lambda ambient: strftime("%c", gmtime(ambient.wall_ns() // 10**9)), only_bare=True)
    _forbidden(time, "sleep", "time.sleep")


def _guard_random() -> None:
    hidden = vars(random)["_inst"]
    for name in random.__all__:
        if getattr(getattr(random, name), "__self__", None) is hidden:
            _virtual(random, name, lambda ambient, *args, _name=name, **named: getattr(ambient.random, _name)(*args, **named))
    # secrets, SystemRandom and uuid4 end in one of these two.
    _virtual(os, "urandom", lambda ambient, size: ambient.random.randbytes(size))
    _virtual(random, "_urandom", lambda ambient, size: ambient.random.randbytes(size))
    _forbidden(uuid, "uuid1", "uuid.uuid1")
    _guard_seed()


def _guard_asyncio() -> None:
    """Refused before the loop exists: its `__del__` trips over one that was half made."""

    def make(kind: type[object], *args: Any, **named: Any) -> object:
        here = _here()
        if here is not None:
            _refuse(here, "an asyncio event loop", _caller()[1])
        return object.__new__(kind)

    vars(asyncio.base_events)["BaseEventLoop"].__new__ = make


def _guard_machine() -> None:
    _forbidden(threading.Thread, "start", "threading.Thread.start")
    _forbidden(trio.to_thread, "run_sync", "trio.to_thread.run_sync")
    _forbidden(socket.socket, "__init__", "socket.socket")
    for name in ("socketpair", "getaddrinfo", "create_connection"):
        _forbidden(socket, name, f"socket.{name}")
    _forbidden(subprocess.Popen, "__init__", "subprocess.Popen")
    _guard_asyncio()
    for name in ("fork", "system", "posix_spawn", "getrandom"):
        if hasattr(os, name):
            _forbidden(os, name, f"os.{name}")


def install() -> None:
    """Replace the functions, once in a process."""
    global _installed
    if not _installed:
        _installed = True
        _guard_time()
        _guard_random()
        _guard_machine()

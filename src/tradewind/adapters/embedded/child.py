"""One server process: it is alone in its directory, it ends when we end, and what the last one left does not stop it."""

import contextlib
import ctypes
import fcntl
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
READY_S = 60.0  # a crash recovery of PostgreSQL is in it
STOP_S = 30.0
EVICT_S = 10.0
LOG_BYTES_MAX = 16 << 20


class ServerFailed(Exception):
    """A server did not start, or its directory is in use. The text is for the operator."""


class Child:
    """Starts one program in `directory` and watches it. `orphan_signal` is what it gets when we die, by whatever death."""

    def __init__(self, program: str, directory: Path, log: Path, orphan_signal: signal.Signals) -> None:
        self.program, self.directory, self.log, self.orphan_signal = program, directory, log, orphan_signal
        self._process: subprocess.Popen[bytes] | None = None
        self._claim: int | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.program} was not started"
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @contextlib.contextmanager
    def claimed(self) -> Iterator[None]:
        """Be the only launcher of this directory, from here until the server has ended; when the body fails it ends here.

        Raises ServerFailed when another launcher lives. What one that died left running is ended first.
        """
        assert not self.alive, f"{self.program} runs already"
        self._take()
        try:
            evict(self.program, self.directory, self.orphan_signal)
            yield
        except BaseException:
            self.end(signal.SIGKILL)
            raise

    def _take(self) -> None:
        if self._claim is not None:  # the server died under us: the directory is still ours
            return
        claim = os.open(self.log.with_suffix(".claim"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(claim)
            raise ServerFailed(f"another process runs {self.program} in {self.directory}") from None
        self._claim = claim

    def start(self, command: list[str], uid: int | None, gid: int | None, ready: Callable[[], bool]) -> None:
        """Run until `ready` says yes. Raises ServerFailed, with the end of the log, when that does not come."""
        assert self._claim is not None, "claim the directory first"
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES_MAX:
            self.log.replace(self.log.with_suffix(".old"))
        with self.log.open("ab") as log:
            options = spawning(self.directory, uid, gid, self.orphan_signal)
            # The terminal's Ctrl-C is ours to pass on, after the services have ended: hence a session of its own.
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, **options)
        self._await(ready)

    def _await(self, ready: Callable[[], bool]) -> None:
        assert self._process is not None
        deadline = time.monotonic() + READY_S
        while not ready():
            with contextlib.suppress(subprocess.TimeoutExpired):
                ended = self._process.wait(timeout=0.02)
                raise ServerFailed(f"{self.program} ended with {ended} while starting:\n{self._last_words()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.program} was not ready within {READY_S:.0f} s:\n{self._last_words()}")

    def end(self, *signals: signal.Signals) -> None:
        """Send the first signal, and each next one only to a process that outlived the one before by STOP_S."""
        for sent in (*signals, signal.SIGKILL):
            if not self.alive:
                break
            assert self._process is not None
            self._process.send_signal(sent)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=STOP_S)
        self._release()

    def _release(self) -> None:
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None

    def _last_words(self) -> str:
        return self.log.read_bytes()[-2_000:].decode(errors="replace")


def environment() -> dict[str, str]:
    """What a server may know of ours: no PG* or LD_* variable of the caller leads it elsewhere."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def spawning(directory: Path, uid: int | None, gid: int | None, orphan_signal: signal.Signals) -> dict[str, Any]:
    """What `subprocess` needs to run something of ours in `directory` that does not outlive us."""
    # The kernel counts a child as orphaned when the *thread* that made it ends.
    assert threading.current_thread() is threading.main_thread(), "a server started by a thread dies with the thread"
    return {
        "stdin": subprocess.DEVNULL,
        "cwd": directory,
        "env": environment(),
        "user": uid,
        "group": gid,
        "extra_groups": None if uid is None else [],
        "preexec_fn": _die_with(orphan_signal, os.getpid()),
    }


def evict(program: str, directory: Path, first: signal.Signals) -> None:
    """End what a launcher that is gone left running in `directory`: both servers make it their working directory.

    Only the holder of the claim may call this: then whoever is in there has lost its launcher.
    """
    for sent in (first, signal.SIGKILL):
        left = _occupants(program, directory) if sys.platform == "linux" else []
        try:
            for process in left:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(process, sent)
            for process in left:
                select.select([process], [], [], EVICT_S)
        finally:
            for process in left:
                os.close(process)


def _occupants(program: str, directory: Path) -> list[int]:
    """Handles on the processes, for a pid may be a stranger's by the time it is used."""
    found = []
    for entry in Path("/proc").iterdir():
        # A process may end while we look, and the processes of others are not ours to look into.
        with contextlib.suppress(OSError):
            named = entry.name.isdigit() and (entry / "comm").read_text().strip() == program[:15]
            if named and (entry / "cwd").readlink() == directory.resolve():
                found.append(os.pidfd_open(int(entry.name)))
    return found


def _die_with(orphan_signal: signal.Signals, parent: int) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(orphan_signal))
        if os.getppid() != parent:  # it died between fork and here
            os._exit(1)

    return ask

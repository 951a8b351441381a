"""Child processes of `up --processes`: started, watched, restarted, and ended with us."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import trio

from tradewind.ops.terminal import say

RESTART_S = 0.2
STOP_S = 10.0
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One service's process. Its words go to `home`/logs/NAME.log."""

    name: str
    command: list[str]
    environ: dict[str, str]
    home: Path
    pid: int = 0

    @property
    def log(self) -> Path:
        return self.home / "logs" / f"{self.name.replace('/', '-')}.log"


def write_processes(path: Path, children: Sequence[Child]) -> None:
    """Process ids by name, for whoever wants to look at one, or to kill it."""
    staging = path.with_suffix(".new")
    staging.write_bytes(msgspec.json.encode({child.name: child.pid for child in children}))
    staging.replace(path)


async def supervise(
    child: Child, started: Callable[[], None], task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Keep it running until cancelled; then SIGTERM, and SIGKILL for one that does not go."""
    child.log.parent.mkdir(exist_ok=True)
    libc = ctypes.CDLL(None)

    def die_with_us() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    while True:
        with child.log.open("ab") as log:
            # Started by this very thread: "die with us" means the thread that forked, and a worker thread is gone in seconds.
            process = subprocess.Popen(  # noqa: ASYNC220 - a fork of a moment
                child.command,
                env=child.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours to hand on, in order
                preexec_fn=die_with_us,  # noqa: PLW1509 - one system call, nothing that takes a lock
            )
        child.pid = process.pid
        started()
        task_status.started()
        task_status = trio.TASK_STATUS_IGNORED
        try:
            await _ended(process)
        finally:
            if process.returncode is None:
                with trio.CancelScope(shield=True):
                    process.terminate()
                    with trio.move_on_after(STOP_S):
                        await _ended(process)
                    if process.returncode is None:
                        process.kill()
                        await _ended(process)
        say(f"{child.name} ended with {process.returncode}; starting it again")
        await trio.sleep(RESTART_S)


async def _ended(process: subprocess.Popen[bytes]) -> int:
    """Its exit code, once it has one."""
    handle = os.pidfd_open(process.pid)
    try:
        await trio.lowlevel.wait_readable(handle)
        return process.wait()
    finally:
        os.close(handle)

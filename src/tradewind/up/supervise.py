"""Child processes of `up --processes`: started, watched, restarted, and ended with us."""

import ctypes
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

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


async def supervise(child: Child, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    """Keep it running until cancelled; then SIGTERM, and SIGKILL for one that does not go."""
    while True:
        process = _start(child)
        child.pid = process.pid
        task_status.started()
        task_status = trio.TASK_STATUS_IGNORED
        try:
            await _end_of(process)
        finally:
            if process.poll() is None:
                with trio.CancelScope(shield=True):
                    process.send_signal(signal.SIGTERM)
                    with trio.move_on_after(STOP_S):
                        await _end_of(process)
                    if process.poll() is None:
                        process.kill()
                        await _end_of(process)
        say(f"{child.name} ended with {process.returncode}; starting it again")
        await trio.sleep(RESTART_S)


def _start(child: Child) -> subprocess.Popen[bytes]:
    """Not by trio.lowlevel.open_process: it forks in a worker thread, which ends ten seconds later, and with the end of the
    thread that made it the kernel counts a child as orphaned."""
    child.log.parent.mkdir(exist_ok=True)
    libc = ctypes.CDLL(None)

    def die_with_us() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    with child.log.open("ab") as log:
        return subprocess.Popen(
            child.command,
            env=child.environ,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is ours to hand on, in order
            preexec_fn=die_with_us,  # noqa: PLW1509 - it takes no lock that a thread might have held
        )


async def _end_of(process: subprocess.Popen[bytes]) -> None:
    """Return once it has ended; `returncode` is known then."""
    ended = os.pidfd_open(process.pid)
    try:
        await trio.lowlevel.wait_readable(ended)
    finally:
        os.close(ended)
    process.wait()

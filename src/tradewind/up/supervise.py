"""Child processes of `up --processes`: started, watched, restarted, and ended with us."""

import ctypes
import signal
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
    child.log.parent.mkdir(exist_ok=True)
    libc = ctypes.CDLL(None)

    def die_with_us() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    while True:
        with child.log.open("ab") as log:
            process = await trio.lowlevel.open_process(
                child.command,
                env=child.environ,
                stdout=log,
                stderr=log,
                stdin=None,
                start_new_session=True,  # Ctrl-C is ours to hand on, in order
                preexec_fn=die_with_us,
            )
        child.pid = process.pid
        task_status.started()
        task_status = trio.TASK_STATUS_IGNORED
        try:
            await process.wait()
        finally:
            if process.returncode is None:
                with trio.CancelScope(shield=True):
                    process.send_signal(signal.SIGTERM)
                    with trio.move_on_after(STOP_S):
                        await process.wait()
                    if process.returncode is None:
                        process.kill()
                        await process.wait()
        say(f"{child.name} ended with {process.returncode}; starting it again")
        await trio.sleep(RESTART_S)

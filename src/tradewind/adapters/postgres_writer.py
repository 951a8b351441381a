"""The connection of one shard's writer: a commit is one transaction, sent at once as a pipeline.

Nothing waits for an answer before COMMIT has been sent: the fence is a statement that fails when it meets no row, and a
failed statement makes the server skip the rest of the pipeline, COMMIT included. What a failure means depends on whether
COMMIT had been handed to the kernel (then Unknown, unless the server itself says that an earlier statement failed).

Rows travel as one array per column and not by COPY, which would end the pipeline and wait for an answer per table: even at
500 orders a commit reaches 0.7 to 0.85 of the rows/s of one bare COPY (benchmarks/store.py), and below that nothing is lost.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import trio
from psycopg import generators
from psycopg.pq import DiagnosticField, ExecStatus

from tradewind.adapters.postgres_connection import TrioConnection, connect, drive, gone
from tradewind.adapters.postgres_tables import JOURNAL, Statement, put_rows, put_statement, remove_statement
from tradewind.ports.errors import Fenced, Unavailable, Unknown
from tradewind.ports.store import Commit, Lease

COMMIT_TIMEOUT_S = 10.0  # no commit takes this long on a server worth waiting for; a cancelled caller waits for it too

# Every statement of a writer goes by key, whatever the planner believes about tables that it has not analysed yet. A server
# that has heard the half of a transaction gives up its locks after a while.
SETTINGS = (
    "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan -c jit=off "
    "-c idle_in_transaction_session_timeout=10s -c application_name=tradewind-writer"
)

# Division by zero is how a statement without any round trip says that it met no row: the lease or the head is another one.
# The head is its chain as well: a failover that lost commits may bring an epoch and a seq a second time, on another history.
FENCE = Statement(
    b"fence",
    b"WITH moved AS (UPDATE shards SET seq = $4, chain = $5, at = $6,"
    b" expires_at = greatest(expires_at, clock_timestamp() + $7 * interval '1 microsecond')"
    b" WHERE shard = $1 AND epoch = $2 AND seq = $3 AND chain = $8 AND holder <> '' RETURNING 1)"
    b" SELECT 1 / count(*) FROM moved",
    ("text", "bigint", "bigint", "bigint", "bytea", "bigint", "bigint", "bytea"),
)
_FENCE_OIDS = [25, 20, 20, 20, 17, 20, 20, 17]
_NO_ROW = "22012"  # division_by_zero
_OURS = ("22", "23", "42")  # bad values, violated constraints, wrong SQL: our bugs
_ROLLED_BACK = ("23", "40")  # what a failed COMMIT may say and be believed

_BIGINT = struct.Struct(">q").pack


@dataclass(frozen=True, slots=True)
class Step:
    """One prepared statement of the transaction, with its parameters in binary form."""

    statement: Statement
    oids: list[int]
    parameters: Sequence[bytes]


def fence_step(lease: Lease, commit: Commit, ttl_us: int) -> Step:
    head = commit.head
    numbers = (lease.epoch, commit.prev.seq, head.seq)
    parameters = [lease.shard.encode(), *map(_BIGINT, numbers), head.chain, _BIGINT(head.at), _BIGINT(ttl_us)]
    return Step(FENCE, _FENCE_OIDS, [*parameters, commit.prev.chain])


def steps_of(lease: Lease, commit: Commit, ttl_us: int) -> list[Step]:
    """The whole transaction. Raises AssertionError for values that no column can hold."""
    steps = [fence_step(lease, commit, ttl_us)]

    def add(statement: Statement, rows: Sequence[Any]) -> None:
        try:
            steps.append(Step(statement, statement.oids, statement.pack(rows)))
        except struct.error as misfit:
            raise AssertionError(f"{statement.name.decode()}: {misfit}") from misfit

    if commit.entries:
        add(put_statement(JOURNAL), put_rows(commit.entries))
    for change in commit.changes:
        if change.removed:
            add(remove_statement(change.table), change.removed)
        if change.put:
            add(put_statement(change.table), put_rows(change.put))
    return steps


class Writer:
    """Connects at first use, and again after any failure."""

    def __init__(self, conninfo: str, commit_timeout_s: float) -> None:
        self._conninfo = conninfo
        self._commit_timeout_s = commit_timeout_s
        self._lock = trio.Lock()
        self._connection: TrioConnection | None = None
        self._prepared: set[bytes] = set()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.pgconn.finish()
        self._connection = None
        self._prepared = set()

    async def open(self) -> None:
        """Raises Unavailable."""
        async with self._lock:
            await self._opened()

    async def _opened(self) -> TrioConnection:
        if self._connection is not None and gone(self._connection):
            self.close()
        if self._connection is None:
            try:
                self._connection = await connect(self._conninfo, options=SETTINGS)
            except psycopg.OperationalError as failure:
                raise Unavailable(f"store: {failure}") from failure
            self._connection.pgconn.enter_pipeline_mode()
        return self._connection

    async def commit(self, steps: Sequence[Step]) -> None:
        """One transaction of all steps. Raises Fenced, Unavailable, Unknown; AssertionError when the server finds our bug.

        Once it has begun to send, it goes on to the end (or its time limit) even when cancelled.
        """
        async with self._lock:
            connection = await self._opened()
            await trio.lowlevel.checkpoint_if_cancelled()
            sent = False

            def commit_sent() -> None:
                nonlocal sent
                sent = True

            stands = False
            try:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + self._commit_timeout_s):
                    await self._run(connection, steps, commit_sent)
                    stands = True
            except psycopg.OperationalError as lost:
                raise (Unknown if sent else Unavailable)(f"store: {lost}") from lost
            finally:
                if not stands:
                    self.close()
            if not stands:
                raise (Unknown if sent else Unavailable)(f"store: no answer within {self._commit_timeout_s} s")

    async def _run(self, connection: TrioConnection, steps: Sequence[Step], commit_sent: Callable[[], None]) -> None:
        pgconn = connection.pgconn
        expected = ["BEGIN"]
        pgconn.send_query_params(b"BEGIN", None)
        for step in steps:
            name = step.statement.name
            if name not in self._prepared:
                pgconn.send_prepare(name, step.statement.sql, step.oids)
                self._prepared.add(name)
                expected.append("PREPARE")
            pgconn.send_query_prepared(name, step.parameters, [1] * len(step.parameters))
            expected.append(name.decode())
        await drive(generators.send(pgconn), pgconn.socket)
        # From here on the server may have all of it.
        commit_sent()
        pgconn.send_query_params(b"COMMIT", None)
        expected.append("COMMIT")
        pgconn.pipeline_sync()
        await drive(generators.send(pgconn), pgconn.socket)
        for what in expected:
            for result in await drive(generators.fetch_many(pgconn), pgconn.socket):
                if result.status == ExecStatus.FATAL_ERROR:
                    raise _failure(what, result)
        (synced,) = await drive(generators.fetch_many(pgconn), pgconn.socket)
        assert synced.status == ExecStatus.PIPELINE_SYNC, synced.status


def _failure(what: str, result: Any) -> BaseException:
    """What the server's error about step `what` means. Raised after COMMIT has been sent."""
    state = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
    constraint = (result.error_field(DiagnosticField.CONSTRAINT_NAME) or b"").decode()
    message = f"store: {what}: {result.get_error_message().strip()}"
    if what == "fence" and state == _NO_ROW:
        return Fenced("store: another epoch has begun, or the journal stands elsewhere")
    if not state or (what == "COMMIT" and not state.startswith(_ROLLED_BACK)):
        return Unknown(message)
    if state.startswith(_OURS):
        return AssertionError(f"{constraint}: {message}")
    return Unavailable(message)

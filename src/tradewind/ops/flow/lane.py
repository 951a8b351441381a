"""Plays a tape through the private socket: runs of requests of one kind as batches, several under way at once, in strict order.

One session handles what it is asked in the order in which it was asked. Two have no order between them, so before another
account asks, everything is awaited. What was not done, or may not have been, when a session broke is asked again, one after
the other, before anything new is; every request here survives being asked twice (see player.py). But when one was refused and
a later one was done, the tape's order is lost, and that is said.
"""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import trio

from tradewind.client.failures import ApiError, NoAnswer
from tradewind.client.session import Asked as Sent
from tradewind.client.session import Session
from tradewind.ops.flow.orders import Action, Asked
from tradewind.ops.flow.owners import owners_of
from tradewind.ops.flow.player import DOUBTFUL, PATIENCE_S, PAUSES_S, TOO_LATE, Before, FlowFailed, Tally, params_of

BATCH_MAX = 50
AHEAD_MAX = 16  # batches of one session under way
METHODS = {Action.PLACE: "batch.place", Action.TAKE: "batch.place", Action.CANCEL: "batch.cancel", Action.AMEND: "order.amend"}


@dataclass(frozen=True)
class Run:
    """Consecutive requests of the tape that one message carries. `number` is the first one's."""

    number: int
    owner: int
    method: str
    asked: tuple[Asked, ...]


def runs_of(tape: Sequence[Asked], makers: int) -> Iterator[Run]:
    """The tape, cut where the method or the account changes."""
    words = [(METHODS[asked.action], owner) for asked, owner in zip(tape, owners_of(tape, makers), strict=True)]
    begin = 0
    for number in range(1, len(tape) + 1):
        (method, owner), full = words[begin], number - begin == BATCH_MAX
        if number < len(tape) and words[number] == words[begin] and method != "order.amend" and not full:
            continue
        yield Run(begin, owner, method, tuple(tape[begin:number]))
        begin = number


class LanePlayer:
    """`sessions`: of the makers, and of the taker as the last. `run` begins every client order id, so that no two runs meet."""

    def __init__(self, symbol: str, run: str, sessions: Sequence[Session]) -> None:
        self.tally = Tally()
        self.acknowledged: dict[str, int] = {}  # order ids, by name
        self._symbol = symbol
        self._run = run
        self._sessions = sessions
        self._under_way: deque[tuple[Run, Sent | None, int]] = deque()  # with the instant of asking, ns

    async def play(self, tape: Sequence[Asked], before: Before) -> None:
        """Raises FlowFailed."""
        self.tally.began = time.monotonic()
        owner = 0
        for run in runs_of(tape, len(self._sessions) - 1):
            for number in range(run.number, run.number + len(run.asked)):
                await before(number)
            if run.owner != owner:
                await self._await_all(0)
                owner = run.owner
            await self._begin(run)
            await self._await_all(AHEAD_MAX)
        await self._await_all(0)
        self.tally.seconds = time.monotonic() - self.tally.began

    def _params(self, run: Run) -> dict[str, Any]:
        each = [params_of(asked, self._symbol, self._run) for asked in run.asked]
        return each[0] if run.method == "order.amend" else {"orders": each}

    async def _begin(self, run: Run) -> None:
        now = time.perf_counter_ns()
        try:
            sent: Sent | None = await self._sessions[run.owner].begin(run.method, self._params(run), PATIENCE_S)
        except NoAnswer:
            sent = None
        self._under_way.append((run, sent, now))

    async def _await_all(self, but: int) -> None:
        """Wait until at most `but` are under way. After one in doubt all that were begun behind it are asked again."""
        while len(self._under_way) > but:
            run, sent, began = self._under_way.popleft()
            if sent is not None:
                try:
                    self._note(run, await sent.result(), began)
                    continue
                except (ApiError, NoAnswer) as error:
                    if not _doubtful(error):
                        self._refused(run, error, began)
                        continue
            again = [(run, began), *((later, at) for later, _, at in self._under_way)]
            await self._nobody_overtook()
            for one, at in again:
                await self._insist(one, at)

    async def _nobody_overtook(self) -> None:
        """Every request behind the doubtful one must have failed like it. Raises FlowFailed."""
        while self._under_way:
            run, sent, _ = self._under_way.popleft()
            if sent is None:
                continue
            try:
                await sent.result()
            except (ApiError, NoAnswer) as error:
                if _doubtful(error):
                    continue
            raise FlowFailed(f"request {run.number} was done, and one before it perhaps not: the tape's order is lost")

    async def _insist(self, run: Run, began: int) -> None:
        deadline, tries = time.monotonic() + PATIENCE_S, 0
        while True:
            try:
                self._note(run, await self._sessions[run.owner].ask(run.method, self._params(run)), began)
                return
            except (ApiError, NoAnswer) as error:
                if not _doubtful(error):
                    self._refused(run, error, began)
                    return
                if time.monotonic() > deadline:
                    raise FlowFailed(f"{run.method} of request {run.number} for {PATIENCE_S:.0f} s: {error}") from error
            self.tally.retries += 1
            await trio.sleep(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
            tries += 1

    def _refused(self, run: Run, error: Exception, began: int) -> None:
        if run.method != "order.amend" or not isinstance(error, ApiError) or error.code not in TOO_LATE:
            raise FlowFailed(f"request {run.number}, {run.method}: {error}") from error
        self._note(run, None, began)

    def _note(self, run: Run, result: Any, began: int) -> None:
        took = time.perf_counter_ns() - began
        self.tally.latencies_ns += [took] * len(run.asked)
        if run.method == "order.amend":
            return
        for asked, shown in zip(run.asked, result["results"], strict=True):
            if run.method == "batch.place" and "orderId" in shown:
                self.acknowledged[asked.name] = shown["orderId"]
            elif "orderId" not in shown and (run.method == "batch.place" or shown["code"] not in TOO_LATE):
                raise FlowFailed(f"request {run.number}, {asked}: {shown}")


def _doubtful(error: ApiError | NoAnswer) -> bool:
    """Not done, or nobody knows: to be asked again."""
    return isinstance(error, NoAnswer) or error.status in DOUBTFUL

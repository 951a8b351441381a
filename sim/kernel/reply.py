"""The far end of a simulated call: whoever waits for it, if anybody still does."""

from typing import Any, Generic, TypeVar

import outcome
import trio

T = TypeVar("T")


class Reply(Generic[T]):
    """One answer for one waiting task. Answers to those who gave up are dropped."""

    __slots__ = ("_task",)

    def __init__(self) -> None:
        self._task: trio.lowlevel.Task | None = trio.lowlevel.current_task()

    def deliver(self, answer: "outcome.Outcome[T]") -> None:
        """Wake the caller with a value or an exception."""
        task, self._task = self._task, None
        if task is not None:
            trio.lowlevel.reschedule(task, answer)

    async def wait(self) -> T:
        """The answer. Raises what the other side raised. For ever, if it never comes."""
        answer: T = await trio.lowlevel.wait_task_rescheduled(self._give_up)
        return answer

    def _give_up(self, _: Any) -> trio.lowlevel.Abort:
        self._task = None
        return trio.lowlevel.Abort.SUCCEEDED

"""The scheduler's seam, and the only file of the simulator that touches trio's private names.

trio 0.35 runs in passes: it empties `runner.runq` into a list and, if `_ALLOW_DETERMINISTIC_SCHEDULING`, sorts it by
`task._counter` and calls `_r.shuffle(batch)` once; then it pops tasks from the *end* of that same list until it is empty.
We stand in for `_r`, keep hold of the list, and so decide who runs, in which order, and who does not run at all.
pytest-trio uses the same two names.
"""

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Protocol

import outcome
import trio
from trio._core import _run

from sim.kernel.incarnation import WHO, Dead, Incarnation
from sim.kernel.policies import Batch, Policy

WORLD_TOKEN = b"\0\0\0\0"
OVERRUN_STEPS = 1_000_000  # how long a run that is over may take to unwind before we pull the plug

Task = trio.lowlevel.Task


class Hasher(Protocol):
    def update(self, piece: bytes, /) -> None: ...


def _runner() -> Any:
    return _run.GLOBAL_RUN_CONTEXT.runner


class Scheduler:
    """Stands in for trio's random source during one run."""

    def __init__(
        self, policy: Policy, rolling: Hasher, now_ns: Callable[[], int], after: Callable[[int, Callable[[], None]], object]
    ) -> None:
        self.steps = 0
        self.steps_max: float = math.inf
        self.on_overrun: Callable[[], None] = lambda: None
        self._policy, self._fold, self._now_ns, self._after = policy, rolling.update, now_ns, after
        self._batch: Batch = []
        self._blown = False  # somebody died of a fuse while this pass was put together
        self._first: int | None = None  # task counters run on between runs: we count from the first task of ours

    def shuffle(self, batch: Batch) -> None:
        """Called by trio once in each pass, with the batch sorted by task age."""
        if self._first is None:
            self._first = batch[0]._counter
        kept = [task for task in batch if (who := task.context.get(WHO)) is None or not who.hindered or self._passes(task, who)]
        if self._blown:
            self._blown = False
            kept = [task for task in kept if not ((who := task.context.get(WHO)) and who.frozen) or self._passes(task, who)]
        if len(kept) > 1 and (deferred := self._policy.order(kept, self.steps)):
            _runner().runq.extend(kept[:deferred])
            del kept[:deferred]
        batch[:] = kept
        self._batch = batch  # a kill in the middle of the pass takes its tasks out of it
        if not kept:
            return
        self.steps += len(kept)
        if self.steps > self.steps_max:
            self._overrun()
        pieces = [self._now_ns().to_bytes(8, "big")]
        for task in reversed(kept):
            who = task.context.get(WHO)
            pieces.append((task._counter - self._first).to_bytes(4, "big") + (WORLD_TOKEN if who is None else who.token))
        self._fold(b"".join(pieces))

    def _overrun(self) -> None:
        if self.steps > self.steps_max + OVERRUN_STEPS:
            raise RuntimeError(f"the run does not unwind: {OVERRUN_STEPS} steps after its end")
        self.on_overrun()

    def _passes(self, task: Task, who: Incarnation) -> bool:
        """Whether a task of a frozen or slow node runs in this pass; if not, it is set aside."""
        if who.fuse_steps == 0 and not who.frozen:
            who.fuse_steps = None
            self._blown = True
            who.blow()
        if who.frozen:
            who.held.append(task)
            return False
        if who.fuse_steps is not None:
            who.fuse_steps -= 1
        if who.slow_ns == 0:
            return True
        if task in who.let_through:
            who.let_through.remove(task)
            return True
        who.held.append(task)

        def release() -> None:
            if task in who.held and not who.frozen:
                who.held.remove(task)
                who.let_through.add(task)
                _runner().runq.append(task)

        self._after(who.slow_ns, release)
        return False

    def withdraw(self, who: Incarnation) -> None:
        """Take the tasks of a freshly frozen incarnation out of the pass that is running."""
        mine = [task for task in self._batch if task.context.get(WHO) is who]
        if mine:
            who.held.extend(mine)
            self._batch[:] = [task for task in self._batch if task.context.get(WHO) is not who]

    def release(self, who: Incarnation) -> None:
        """Make everything that was set aside runnable again; the dead (at the end of a run) wake up to `Dead`."""
        for task in who.held:
            if not who.alive and isinstance(task._next_send, outcome.Outcome):
                task._next_send = outcome.Error(Dead(who.node))  # what it was about to hear came too late
        _runner().runq.extend(who.held)
        who.held.clear()
        who.let_through.clear()


@contextlib.contextmanager
def installed(scheduler: Scheduler) -> Iterator[None]:
    """Let `scheduler` order every pass of the trio runs inside the block."""
    before = _run._ALLOW_DETERMINISTIC_SCHEDULING, _run._r
    vars(_run).update(_ALLOW_DETERMINISTIC_SCHEDULING=True, _r=scheduler)
    try:
        yield
    finally:
        vars(_run).update(_ALLOW_DETERMINISTIC_SCHEDULING=before[0], _r=before[1])


def entry_queue_busy() -> bool:
    """Whether something asked trio to call it soon: the clock must not jump past it."""
    return bool(_runner().entry_queue.size())


def anybody_runs() -> bool:
    """Whether a task is runnable, or something asked trio to call it soon."""
    runner = _runner()
    return bool(runner.runq) or bool(runner.entry_queue.size())


def waits_for_idle() -> bool:
    """Whether a task sits in `trio.testing.wait_all_tasks_blocked`."""
    return bool(_runner().waiting_for_idle)


def unfinished_async_generators() -> int:
    """How many async generators are suspended half-way. They would end at the mercy of the garbage collector."""
    generators = _runner().asyncgens
    known = [*generators.alive, *generators.trailing_needs_finalize]
    return sum(generator.ag_frame is not None for generator in known)  # one that has ended may still be referred to


def tasks_by_age() -> list[tuple[Incarnation | None, Task]]:
    """Every living task and whose it is, oldest first (trio keeps them in a set ordered by address)."""
    return [(task.context.get(WHO), task) for task in sorted(_runner().tasks, key=lambda task: task._counter)]


def wake_the_shielded() -> bool:
    """Raise `Dead` in every task of a node that still waits, shield or no shield. False if there was none to wake."""
    woken = False
    for who, task in tasks_by_age():
        if who is None or task._abort_func is None or any(nursery.child_tasks for nursery in task.child_nurseries):
            continue

        def dead(node: str = who.node) -> NoReturn:
            raise Dead(node)

        task._attempt_abort(dead)
        woken = True
    return woken

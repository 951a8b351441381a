"""One life of a node, from start to death. Every task carries its incarnation in a context variable."""

import contextvars
import hashlib
from collections.abc import Awaitable, Callable

import trio

# Who the running task is. Children inherit it, because trio copies the context of the spawning task.
WHO: "contextvars.ContextVar[Incarnation | None]" = contextvars.ContextVar("sim_incarnation", default=None)


class Dead(BaseException):
    """The port's owner is no longer alive, and the run is being unwound.

    A BaseException, because `except Exception: retry` of a dead service must not catch it and spin.
    """


class Incarnation:
    """What stays the same between two deaths of a node. Ports are bound to one and check it at every call."""

    def __init__(self, node: str, number: int) -> None:
        self.node = node
        self.number = number  # 1 for the first life of the node
        self.alive = True
        self.frozen = False  # dead or paused: its tasks are set aside when they become runnable
        self.slow_ns = 0  # each of its steps waits this long in virtual time
        self.fuse_steps: int | None = None  # steps left until `blow` is called, if a fuse burns
        self.blow: Callable[[], None] = lambda: None
        self.hindered = False  # any of these: the scheduler looks closer
        self.held: list[trio.lowlevel.Task] = []
        self.let_through: set[trio.lowlevel.Task] = set()  # steps that have waited already; membership only
        self.token = hashlib.blake2b(f"{node}#{number}".encode(), digest_size=4).digest()
        self.scope = trio.CancelScope()
        self.nursery: trio.Nursery | None = None
        self.over = trio.Event()
        self.epitaphs: dict[Callable[[], None], None] = {}  # called in order at the instant of death or exit
        self.context = contextvars.Context()  # empty: nothing of whoever starts the node leaks into it
        self.context.run(WHO.set, self)
        self._unwinding = False

    def __repr__(self) -> str:
        return f"<{self.node}#{self.number}>"

    async def check(self) -> None:
        """Return at once while alive. For the dead it never returns; while the run unwinds it raises `Dead`."""
        while not self.alive:
            if self._unwinding:
                raise Dead(self.node)
            await trio.sleep_forever()

    def start_soon(self, async_fn: Callable[..., Awaitable[object]], *args: object) -> None:
        """Start a task as this incarnation, whoever asks. Nothing happens if it is dead or has not started."""
        if self.alive and self.nursery is not None:
            # trio copies the context current at `start_soon`, so entering ours here makes the task ours.
            self.context.run(self.nursery.start_soon, async_fn, *args)

    def end(self) -> None:
        """Mark it as over, by death or by exit, and tell those who asked to be told."""
        if not self.alive:
            return
        self.alive = False
        self.over.set()
        for epitaph in list(self.epitaphs):
            epitaph()

    def hinder(self, *, frozen: bool | None = None, slow_ns: int | None = None) -> None:
        """Change what holds its tasks back."""
        self.frozen = self.frozen if frozen is None else frozen
        self.slow_ns = self.slow_ns if slow_ns is None else slow_ns
        self.hindered = self.frozen or self.slow_ns > 0 or self.fuse_steps is not None

    def light(self, steps: int, blow: Callable[[], None]) -> None:
        """Call `blow()` before the step after so many more steps of this incarnation."""
        self.fuse_steps, self.blow = steps, blow
        self.hinder()

    def unwind(self) -> None:
        """The run is over: ports stay dead, waits raise instead of lasting for ever."""
        self.end()
        self._unwinding = True
        self.hinder(frozen=False, slow_ns=0)


def current() -> Incarnation | None:
    """The incarnation of the running task; None for the director's own tasks and inside simulator events."""
    return WHO.get()

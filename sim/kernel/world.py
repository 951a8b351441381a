"""One simulated world: a clock, a scheduler, nodes, and a hash over everything that happened."""

import contextlib
import gc
import hashlib
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import outcome
import trio

from sim.kernel import draws, guards, result, schedule
from sim.kernel.clock import EPOCH_2031_NS, Timer, VirtualClock
from sim.kernel.incarnation import Incarnation, current
from sim.kernel.node import Node
from sim.kernel.policies import Policy, Shuffled
from sim.kernel.reply import Reply
from sim.kernel.stuck import waiting
from sim.kernel.witness import Witness

guards.install()  # here, so that an application imported after the simulator gets the guarded functions

T = TypeVar("T")
PLAIN = (str, int, bytes, bool, type(None), tuple)
STEPS_MAX = 20_000_000
UNWIND_NS = 120 * 10**9  # what shields may last at the end of a run; then `Dead` goes through them
TIME_MAX_NS = 24 * 3600 * 10**9


class World:
    """Everything of one run. A world runs once.

    world = World(seed=7, policy=policies.drawn(7, ["clearing/0"]))
    async def director() -> None:
        world.node("clearing/0").start(service)         # async def service(life: Incarnation)
        await world.sleep(10**9)
        world.node("clearing/0").restart()
    assert world.run(director).clean
    """

    def __init__(
        self,
        seed: int,
        policy: Policy | None = None,
        *,
        trace_max: int = 0,
        steps_max: int = STEPS_MAX,
        time_max_ns: int = TIME_MAX_NS,
    ) -> None:
        self.seed = seed
        self.clock = VirtualClock()
        self.clock.limit_ns = time_max_ns
        self.clock.on_stuck = self._stuck
        self._rolling = hashlib.blake2b(digest_size=16)
        self.scheduler = schedule.Scheduler(policy or Shuffled(seed), self._rolling, lambda: self.clock.now_ns, self.after)
        self.scheduler.steps_max = steps_max
        self.scheduler.on_overrun = lambda: self._end("step_limit", f"more than {steps_max} steps")
        self.witness: Witness | None = None
        self.nodes: dict[str, Node] = {}
        self.stop_at = ""  # the name of a finding or crash after which nobody needs to see more
        self.findings: list[result.Finding] = []
        self.crashes: list[result.Crash] = []
        self._lives: list[Incarnation] = []
        self._kept: deque[tuple[object, ...]] = deque(maxlen=trace_max)
        self._ambient: dict[str, guards.Ambient] = {}
        self._nursery: trio.Nursery | None = None
        self._over: trio.Event | None = None
        self._fault_of_ours: BaseException | None = None
        self._digest: tuple[int, str, int] | None = None

    @property
    def now_ns(self) -> int:
        """True virtual time since the run began. Nodes see `node.wall.now()`."""
        return self.clock.now_ns

    @property
    def over(self) -> bool:
        """The run has ended: what happens now is only its unwinding."""
        return self._digest is not None

    @property
    def nursery(self) -> trio.Nursery:
        assert self._nursery is not None, "the world is not running"
        return self._nursery

    def draws(self, kind: str, *place: str | int) -> random.Random:
        """A generator of this seed for one purpose; the same key gives the same stream from its start."""
        return draws.keyed(self.seed, kind, *place)

    def node(self, name: str) -> Node:
        """The node of that name, made at its first mention."""
        if name not in self.nodes:
            self.nodes[name] = Node(self, name)
        return self.nodes[name]

    def spawn(self, node: Node, async_fn: Callable[[], Awaitable[object]]) -> None:
        """Start a task on a living node; an exception that escapes it crashes the node. A dead node starts nothing."""
        if node.incarnation is not None:
            node.incarnation.start_soon(async_fn)

    def at(self, at_ns: int, call: Callable[[], object]) -> Timer:
        """Call `call()` at that virtual instant, outside every node. An exception in it is ours and ends the run."""
        return self.clock.at(at_ns, lambda: self._guarded(call))

    def after(self, delay_ns: int, call: Callable[[], object]) -> Timer:
        """Call `call()` after so long: a delivery, a fault, an alarm."""
        return self.at(self.clock.now_ns + delay_ns, call)

    def trace(self, kind: str, *facts: object) -> None:
        """Fold an event into the hash. Facts are text, integers, bytes, None or tuples of them: they print alike anywhere."""
        event = (self.clock.now_ns, kind, *facts)
        assert all(type(fact) in PLAIN for fact in facts), f"not a plain fact in {event!r}"
        self._rolling.update(repr(event).encode())
        self._kept.append(event)
        if self.witness is not None:
            self.witness.event(event)

    def report(self, name: str, what: str) -> None:
        """Record a finding; the run goes on, unless it is the one that it was to stop at."""
        self.trace("finding", name, what)
        self.findings.append(result.Finding(name, what))
        self._stop_after(name)

    async def sleep_until(self, at_ns: int) -> None:
        """Wait for a virtual instant. Cheaper than `trio.sleep`, cancellable all the same."""
        task = trio.lowlevel.current_task()
        timer = self.clock.at(at_ns, lambda: trio.lowlevel.reschedule(task))

        def abort(_: object) -> trio.lowlevel.Abort:
            timer.cancel()
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    async def sleep(self, for_ns: int) -> None:
        """Wait that long in virtual time."""
        await self.sleep_until(self.clock.now_ns + for_ns)

    async def ask(self, there_ns: int, back_ns: int, fn: Callable[[], T]) -> T:
        """Run `fn()` on a model that lives on no node, `there_ns` from now; its value or exception is back `back_ns` later.

        Giving up waiting does not undo it: the question is on its way.
        """
        reply: Reply[T] = Reply()

        def arrive() -> None:
            answer: outcome.Maybe[T] = outcome.capture(fn)
            if isinstance(answer, outcome.Error):
                if not _is_answer(answer.error):
                    answer.unwrap()
                answer.error.__traceback__ = None  # it leads here, and here to it: a ring for the garbage collector
            self.clock.after(back_ns, lambda: reply.deliver(answer))

        self.at(self.clock.now_ns + there_ns, arrive)
        return await reply.wait()

    async def call(self, server: Node, there_ns: int, back_ns: int, handler: Callable[[], Awaitable[T]]) -> T:
        """Run `handler()` as a task of the server's node. A dead server, or one that dies meanwhile, never answers."""
        reply: Reply[T] = Reply()

        async def handle() -> None:
            answer: outcome.Maybe[T] = await outcome.acapture(handler)
            if isinstance(answer, outcome.Error) and not _is_answer(answer.error):
                answer.unwrap()
            self.clock.after(back_ns, lambda: reply.deliver(answer))

        self.at(self.clock.now_ns + there_ns, lambda: self.spawn(server, handle))
        return await reply.wait()

    def run(self, main: Callable[[], Awaitable[object]]) -> result.RunResult:
        """Run `main()`, the director, who belongs to no node; the world ends with it. Raises what the director raises."""
        assert self._over is None, "a world runs once"
        with schedule.installed(self.scheduler), _no_garbage_collection():
            try:
                trio.run(self._run, main, clock=self.clock, strict_exception_groups=True)
            finally:
                guards.lower()
        if self._fault_of_ours is not None:
            raise self._fault_of_ours
        assert self._digest is not None
        steps, digest, now_ns = self._digest
        return result.RunResult(steps, digest, now_ns, tuple(self.crashes), tuple(self.findings), tuple(self._kept))

    def adopt(self, life: Incarnation) -> None:
        """Called by a node that boots."""
        self.trace("boot", life.node, life.number)
        self._lives.append(life)

    def crashed(self, life: Incarnation, crash: result.Crash) -> None:
        """Called by a node whose process died of an exception."""
        self.trace("crash", life.node, life.number, crash.identity)
        self.crashes.append(crash)
        self._stop_after(f"crash {crash.identity}")

    def _stop_after(self, name: str) -> None:
        if name == self.stop_at and self._over is not None:
            self._over.set()

    async def _run(self, main: Callable[[], Awaitable[object]]) -> None:
        self._over = trio.Event()
        with guards.inside(self._ambient_of, lambda what: self.report("ambient", what)):
            async with trio.open_nursery() as self._nursery:
                self._nursery.start_soon(self._direct, main)
                await self._over.wait()
                self._digest = self.scheduler.steps, self._rolling.hexdigest(), self.clock.now_ns
                self._unwind()
            if schedule.unfinished_async_generators():
                gc.collect()  # some hang in cycles with a traceback; the others are kept by somebody
                while schedule.entry_queue_busy():
                    await trio.lowlevel.checkpoint()
                await trio.lowlevel.checkpoint()
            if left := schedule.unfinished_async_generators():
                self.findings.append(result.Finding("async_generator", f"{left} unfinished at the end of the run"))

    async def _direct(self, main: Callable[[], Awaitable[object]]) -> None:
        assert self._over is not None
        try:
            await main()
        except BaseException as error:
            if self._digest is not None:
                raise  # we are unwinding: this is our own cancellation, or what came of it
            self._fault_of_ours = self._fault_of_ours or error
        self._over.set()

    def _unwind(self) -> None:
        """Fence every port, thaw every task, cancel it all: trio wants its tasks back."""
        self.scheduler.steps_max = self.scheduler.steps
        self.scheduler.on_overrun = lambda: None
        self.clock.limit_ns = self.clock.now_ns + UNWIND_NS
        for life in self._lives:
            life.unwind()
            self.scheduler.release(life)
        self.nursery.cancel_scope.cancel()

    def _stuck(self, why: str) -> None:
        """Nothing can ever happen again, or not within the limit. After the end: somebody waits behind a shield."""
        if self._digest is None:
            self._end(why, waiting())
        elif not schedule.wake_the_shielded():
            raise RuntimeError(f"the run does not unwind: {waiting()}")

    def _end(self, name: str, what: str) -> None:
        if self._over is not None and not self._over.is_set():
            self.report(name, what)
            self._over.set()

    def _guarded(self, call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as error:
            if self._digest is None and self._over is not None:
                self._fault_of_ours = self._fault_of_ours or error
                self._over.set()

    def _ambient_of(self, module: str) -> guards.Ambient:
        """What a library outside our control is shown instead of the real clock and randomness."""
        if module not in self._ambient:
            self._ambient[module] = guards.Ambient(self._wall_ns, lambda: self.clock.now_ns, self.draws("ambient", module))
        return self._ambient[module]

    def _wall_ns(self) -> int:
        life = current()
        return EPOCH_2031_NS + self.clock.now_ns if life is None else self.nodes[life.node].wall.now()


def _is_answer(error: BaseException) -> bool:
    """An exception that travels back to the caller; a broken assertion, a guard or a cancellation stays where it is."""
    return isinstance(error, Exception) and not isinstance(error, (AssertionError, guards.AmbientAccess))


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Finalisers run where references end, not where an allocation counter says. What hangs in cycles is for whoever runs many
    worlds to collect, once nothing refers to this one any more."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()

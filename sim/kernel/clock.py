"""Virtual time: it jumps to the next event when everybody waits, and simulator events fire from inside that jump.

Firing a callback from the clock needs no task, cancel scope or exception: a wait on this heap is far cheaper than `trio.sleep`.
"""

import heapq
import math
from collections.abc import Callable

import trio

from sim.kernel import schedule

EPOCH_2031_NS = 1_924_992_000 * 10**9  # 2031-01-01T00:00:00Z, so that a stray real time is years off
IDLE_S = 0.001  # more than 0, so that trio wakes those who wait for idleness


class Timer:
    """One event to come. `cancel` only flips a flag, so an abort function may call it."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[[], object]) -> None:
        self._call: Callable[[], object] | None = call

    def cancel(self) -> None:
        self._call = None

    @property
    def cancelled(self) -> bool:
        return self._call is None

    def fire(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call()


class VirtualClock(trio.abc.Clock):
    """trio's clock for one run. Times are integer nanoseconds since the run began; trio sees them as seconds."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.limit_ns: float = math.inf
        self.on_stuck: Callable[[str], None] = lambda why: None
        self._heap: list[tuple[int, int, Timer]] = []
        self._sequence = 0

    def at(self, at_ns: int, call: Callable[[], object]) -> Timer:
        """Call `call()` at that instant, after everything asked for earlier for the same instant."""
        timer = Timer(call)
        self._sequence += 1
        heapq.heappush(self._heap, (max(at_ns, self.now_ns), self._sequence, timer))
        return timer

    def after(self, delay_ns: int, call: Callable[[], object]) -> Timer:
        """Call `call()` that many nanoseconds from now."""
        assert delay_ns >= 0, delay_ns
        return self.at(self.now_ns + delay_ns, call)

    def start_clock(self) -> None:
        assert self.now_ns == 0, "a clock serves one run"

    def current_time(self) -> float:
        return self.now_ns / 1e9

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """trio asks when nothing can run: jump to whatever comes first."""
        if schedule.entry_queue_busy():
            return 0.0  # its wake-up byte is in trio's socket already
        if schedule.waits_for_idle():
            return IDLE_S
        deadline_ns = math.inf if deadline == math.inf else self._instant(deadline)
        while self._jump(deadline_ns):
            pass  # what came was no task's business: most of it is a message that arrives at a model
        return 0.0

    def _jump(self, deadline_ns: float) -> bool:
        """To the next instant at which something happens, which then has happened. Whether nobody was woken by it."""
        heap = self._heap
        while heap and heap[0][2].cancelled:
            heapq.heappop(heap)
        next_ns = min(deadline_ns, heap[0][0]) if heap else deadline_ns
        if next_ns == math.inf or next_ns > self.limit_ns:
            self.on_stuck("deadlock" if next_ns == math.inf else "time_limit")
            return False
        self.now_ns = now_ns = max(self.now_ns, int(next_ns))
        while heap and heap[0][0] <= now_ns:
            heapq.heappop(heap)[2].fire()
        return now_ns < deadline_ns and not schedule.anybody_runs()

    @staticmethod
    def _instant(deadline_s: float) -> int:
        """The first nanosecond at which trio will agree that this deadline has passed."""
        at_ns = math.ceil(deadline_s * 1e9)
        while at_ns / 1e9 < deadline_s:
            at_ns += 1
        return at_ns


class WallClock:
    """What one node believes the time is: skewed by a step, drifting in parts per million."""

    def __init__(self, clock: VirtualClock, skew_ns: int = 0, drift_ppm: int = 0) -> None:
        self._clock = clock
        self._base_true_ns = clock.now_ns
        self._base_shown_ns = EPOCH_2031_NS + clock.now_ns + skew_ns
        self._drift_ppm = drift_ppm

    def now(self) -> int:
        """Nanoseconds since the Unix epoch, as this node sees them. It may step backwards, as real ones do."""
        passed_ns = self._clock.now_ns - self._base_true_ns
        return self._base_shown_ns + passed_ns + passed_ns * self._drift_ppm // 1_000_000

    def step(self, by_ns: int) -> None:
        """Jump forwards or backwards at this instant."""
        self._base_shown_ns += by_ns

    def drift(self, ppm: int) -> None:
        """From this instant on, run fast (or slow, if negative) by so many parts per million. Deadlines stay trio's."""
        self._base_shown_ns, self._base_true_ns = self.now(), self._clock.now_ns
        self._drift_ppm = ppm

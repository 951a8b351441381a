"""Runs candidates, and keeps the smallest plan that still fails of the same thing."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sim import scenario
from sim.plan import Plan, to_json
from sim.run import STEPS_MAX, Ran, run
from sim.shrink.mending import mended
from tradewind.machines import MACHINES
from tradewind.runtime.machine import Machine

STEPS_SLACK = 200_000  # a candidate that spins is refused before it has cost much
Plant = Callable[[], AbstractContextManager[Mapping[str, type[Machine]]]]


def _as_read(plan: Plan) -> Plan | None:
    """What a person's file says of it: a repetition has its terms from its order. None: no file can say it."""
    try:
        return scenario.of_plan(plan, 0, "").staged()
    except (ValueError, KeyError):
        return None


@contextmanager
def nothing_planted() -> Iterator[Mapping[str, type[Machine]]]:
    """The code as it is."""
    yield MACHINES


class Spent(Exception):
    """The budget is used up; what was found so far stands."""


class Clean(Exception):
    """The plan that was to be shrunk does not fail of that."""


@dataclass(frozen=True)
class Budget:
    """Whichever ends first. Seconds are the machine's; steps are the kernel's, so a budget of them means the same on every
    machine, however busy."""

    runs: int = 400
    seconds: float = 120.0
    steps: int = 10**12


@dataclass(frozen=True)
class Size:
    """What of a plan a person has to read."""

    operations: int
    faults: int
    clients: int

    @staticmethod
    def of(plan: Plan) -> "Size":
        return Size(sum(len(client.ops) for client in plan.clients), len(plan.faults), len(plan.clients))


@dataclass
class Trials:
    """`plan` and `seed` are the smallest so far. `identity` names the failure; `allowed` are findings that may come before it,
    because they did so from the beginning: with anything else first, a candidate fails of another bug and is refused.

    `chances`: how many other seeds a candidate gets. Draws are keyed, but a link's next latency still goes to whatever message
    is next: where two messages must meet, a smaller plan has the bug and this seed has lost the race.
    `innocent`: what else must be so of what is kept, say, that code without the bug passes. It is asked at milestones, and of
    each candidate only where a milestone was not.
    """

    plan: Plan
    seed: int
    identity: str
    plant: Plant = nothing_planted
    budget: Budget = field(default_factory=Budget)
    tell: Callable[["Trials", str], None] = lambda trials, doing: None
    innocent: Callable[[Plan, int], bool] = lambda plan, seed: True
    runs: int = 0
    steps: int = 0
    steps_max: int = 0  # a part of the budget; 0: all of it
    runs_max: int = 0
    strict: bool = False
    chances: int = 0
    allowed: tuple[str, ...] = ()
    doing: str = "again"
    first: Plan = field(default_factory=Plan)  # the plan as it was in the beginning
    _known: dict[tuple[int, bytes], bool] = field(default_factory=dict)
    _began_s: float = field(default_factory=time.monotonic)
    _steps_max: int = STEPS_MAX

    def begin(self) -> Ran:
        """Once more what is to be shrunk. With no identity given, the first finding names it. Raises Clean."""
        self.plan = self.first = _as_read(self.plan) or self.plan
        ran = self._run(self.plan, self.seed)
        self.identity = self.identity or next(iter(ran.identities), "")
        if not self.identity or self.identity not in ran.identities:
            raise Clean(f"seed {self.seed} finds {ran.identities or 'nothing'}, not {self.identity or 'anything'}")
        if not self.innocent(self.plan, self.seed):
            raise Clean(f"seed {self.seed}: found without the bug as well")
        self.allowed = tuple(ran.identities[: ran.identities.index(self.identity)])
        self._steps_max = 2 * ran.result.steps + STEPS_SLACK
        return ran

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began_s

    @property
    def spent(self) -> bool:
        """Whether no further run may begin."""
        runs, steps = self.runs_max or self.budget.runs, self.steps_max or self.budget.steps
        return self.runs >= runs or self.steps >= steps or self.seconds >= self.budget.seconds

    def take(self, **changed: Any) -> bool:
        """The plan with these fields changed becomes the plan, if it fails of the same thing. Raises Spent."""
        candidate = _as_read(mended(msgspec.structs.replace(self.plan, **changed), self.plan))
        if candidate is None or candidate == self.plan:
            return False
        chances = self.chances if Size.of(candidate).operations else 0  # nobody wants anything, so nothing meets
        others = [seed for seed in range(1, chances + 2) if seed != self.seed]
        for seed in (self.seed, *others[:chances]):
            if self.fails(candidate, seed):
                self._keep(candidate, seed)
                return True
        return False

    def instead(self, plan: Plan, whole: Plan) -> bool:
        """A plan that was made of pieces of another, `whole`, checked in every respect. Raises Spent."""
        candidate = _as_read(mended(plan, whole))
        if candidate is None or not self.fails(candidate, self.seed) or not self.innocent(candidate, self.seed):
            return False
        self._keep(candidate, self.seed)
        return True

    def _keep(self, plan: Plan, seed: int) -> None:
        self.plan, self.seed = plan, seed
        self.tell(self, self.doing)

    def milestone(self, steps: Callable[["Trials"], None]) -> None:
        """Do some steps of shrinking. If what comes out is not innocent, do them again, and look each time. Raises Spent."""
        before = self.plan, self.seed
        try:
            steps(self)
        finally:
            guilty = (self.plan, self.seed) != before and not self.strict and not self.innocent(self.plan, self.seed)
            if guilty:
                self.plan, self.seed = before
        if guilty:
            self._known.clear()
            self.strict = True
            try:
                steps(self)
            finally:
                self.strict = False

    def fails(self, plan: Plan, seed: int) -> bool:
        """Whether that plan, just as it is, fails of the same thing. Raises Spent."""
        key = seed, to_json(plan)
        if key not in self._known:
            if self.spent:
                raise Spent
            self._known[key] = self._same(plan, seed) and (not self.strict or self.innocent(plan, seed))
            self.tell(self, self.doing)
        return self._known[key]

    def _same(self, plan: Plan, seed: int) -> bool:
        try:
            found = self._run(plan, seed, stop_at=self.identity).identities
        except Exception:  # not a plan that makes sense: say, an operation about one that is gone
            return False
        return self.identity in found and set(found[: found.index(self.identity)]) <= set(self.allowed)

    def _run(self, plan: Plan, seed: int, **how: Any) -> Ran:
        self.runs += 1
        with self.plant() as machines:
            ran = run(plan, seed, machines=machines, steps_max=self._steps_max, **how)
        self.steps += ran.result.steps
        return ran

    def observed(self, *, free: bool = False, **how: Any) -> Ran:
        """The plan as it stands, once more, for what can be seen in it. Raises Spent, unless it is free."""
        if not free and self.spent:
            raise Spent
        return self._run(self.plan, self.seed, stop_at=self.identity, **how)

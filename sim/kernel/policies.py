"""Schedule policies: in which order the tasks that can run do run.

trio hands over a batch sorted by task age and runs it *from the end*. A policy reorders the batch in place and says how many
tasks at its front shall wait for the next pass. Patience bounds such waiting: virtual time stands still meanwhile.
"""

import random
from typing import Protocol

import trio

from sim.kernel import draws
from sim.kernel.incarnation import WHO

PCT_PATIENCE_PASSES = 64
STARVE_PATIENCE_PASSES = 200
PCT_HORIZON_STEPS = 20_000

Batch = list[trio.lowlevel.Task]


class Policy(Protocol):
    def order(self, batch: Batch, step: int) -> int:
        """Reorder `batch` (at least two tasks) in place; return how many at its front are deferred."""


class Fifo:
    """The oldest task runs first."""

    def order(self, batch: Batch, step: int) -> int:
        batch.reverse()
        return 0


class Deviating:
    """First in first out, except in the passes named, each of which is shuffled by a draw of its own.

    For shrinking a schedule: a run with fewer deviations stays the same up to the first one that was taken away.
    """

    def __init__(self, seed: int, passes: frozenset[int]) -> None:
        self._seed, self._deviations, self._passes = seed, passes, 0

    def order(self, batch: Batch, step: int) -> int:
        batch.reverse()
        self._passes += 1
        if self._passes in self._deviations:
            draws.shuffle(draws.keyed(self._seed, "schedule", self._passes), batch)
        return 0


class Shuffled:
    """A uniformly random order in every pass."""

    def __init__(self, seed: int) -> None:
        self._draw = draws.keyed(seed, "schedule", "random")

    def order(self, batch: Batch, step: int) -> int:
        draws.shuffle(self._draw, batch)
        return 0


class Starve:
    """Tasks of one node wait for as long as anybody else can run, at most STARVE_PATIENCE_PASSES passes in a row."""

    def __init__(self, seed: int, node: str) -> None:
        self._draw = draws.keyed(seed, "schedule", "starve", node)
        self._node = node
        self._passes = 0

    def order(self, batch: Batch, step: int) -> int:
        draws.shuffle(self._draw, batch)
        victims = [task for task in batch if (who := task.context.get(WHO)) is not None and who.node == self._node]
        if not victims or len(victims) == len(batch) or self._passes >= STARVE_PATIENCE_PASSES:
            self._passes = 0
            return 0
        self._passes += 1
        chosen = set(victims)
        batch[:] = victims + [task for task in batch if task not in chosen]
        return len(victims)


class Pct:
    """Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): a random priority for each task, the highest runs
    alone, and at `depth - 1` random steps the task about to run falls below all others."""

    def __init__(self, seed: int, depth: int = 3, horizon_steps: int = PCT_HORIZON_STEPS) -> None:
        self._draw: random.Random = draws.keyed(seed, "schedule", "pct", depth)
        self._changes = sorted(draws.below(self._draw, horizon_steps) for _ in range(depth - 1))
        self._priority: dict[trio.lowlevel.Task, int] = {}
        self._lowest = 0
        self._passes = 0

    def order(self, batch: Batch, step: int) -> int:
        for task in batch:
            if task not in self._priority:
                self._priority[task] = 1 + self._draw.getrandbits(48)
        batch.sort(key=self._priority.__getitem__)
        while self._changes and step >= self._changes[0]:
            del self._changes[0]
            self._lowest -= 1
            self._priority[batch[-1]] = self._lowest
            batch.insert(0, batch.pop())
        self._passes += 1
        if self._passes > PCT_PATIENCE_PASSES:
            self._passes = 0
            return 0
        return len(batch) - 1


def drawn(seed: int, nodes: list[str]) -> Policy:
    """A policy for a seed: 60 % random, 15 % PCT of depth 3, 15 % one node starved, 10 % first in first out."""
    draw = draws.keyed(seed, "schedule", "policy")
    roll = draws.below(draw, 100)
    if roll < 60 or (75 <= roll < 90 and not nodes):
        return Shuffled(seed)
    if roll < 75:
        return Pct(seed)
    if roll < 90:
        return Starve(seed, draws.pick(draw, nodes))
    return Fifo()

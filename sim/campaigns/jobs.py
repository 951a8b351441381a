"""A piece of a campaign's work, and what came of it: small enough to travel between processes and to be kept in a file."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from traceback import format_exception
from typing import NamedTuple

import msgspec

from sim.drawing import draw_plan
from sim.run import Ran, run


@dataclass(frozen=True)
class Job:
    """One or more runs: `call(*arguments)` yields each with the words that repeat it. It must be picklable."""

    name: str
    call: Callable[..., Iterable[tuple[str, Ran]]]
    arguments: tuple[object, ...]


class Outcome(msgspec.Struct, frozen=True):
    """Of one run. `findings`: (name, what). `hash` agrees between two runs of one seed. `cpu_s` is the machine's time."""

    repeat: str
    findings: tuple[tuple[str, str], ...]
    marks: dict[str, int]
    fired: dict[str, int]
    steps: int
    virtual_s: float
    hash: str = ""
    cpu_s: float = 0.0
    profile: str = ""
    seed: int = 0


class Seed(NamedTuple):
    """One run of a campaign: a seed of a profile of plans."""

    profile: str
    seed: int

    @property
    def words(self) -> str:
        """What repeats it, after `tradewind-sim`."""
        return f"run --seed {self.seed}" + (f" --profile {self.profile}" if self.profile != "swarm" else "")

    @property
    def job(self) -> Job:
        return Job(self.words, seed_run, tuple(self))


def seed_run(profile: str, seed: int) -> Iterator[tuple[str, Ran]]:
    yield Seed(profile, seed).words, run(draw_plan(seed, profile), seed)


def perform(job: Job) -> list[Outcome]:
    """In a worker. A run that raises is a finding of its own: it is our simulator that is wrong then."""
    done: list[Outcome] = []
    began_s = time.process_time()
    try:
        for repeat, ran in job.call(*job.arguments):
            now_s = time.process_time()
            done.append(outcome_of(repeat, ran, now_s - began_s))
            began_s = now_s
    except Exception as error:
        done.append(mishap(job.name, f"simulator {type(error).__name__}", "".join(format_exception(error)[-3:])))
    return done


def outcome_of(repeat: str, ran: Ran, cpu_s: float) -> Outcome:
    findings = tuple((finding.name, finding.what) for finding in ran.findings)
    virtual_s = ran.result.now_ns / 1e9
    return Outcome(
        repeat, findings, ran.marks, ran.fired, ran.result.steps, virtual_s, ran.result.hash, cpu_s, ran.plan.profile, ran.seed
    )


def mishap(repeat: str, name: str, what: str) -> Outcome:
    """A run that came to no end."""
    return Outcome(repeat, ((name, what),), {}, {}, 0, 0.0)

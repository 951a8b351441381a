"""A run of anything, recorded: a seed of a profile, a scenario or plan file, with or without a planted bug."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sim import scenario
from sim.drawing import draw_plan
from sim.plan import read
from sim.report.recorder import Recorder
from sim.report.telling import timeline_of
from sim.report.timeline import Timeline
from sim.run import Ran, run
from sim.zoo import keeper
from tradewind.machines import MACHINES


class Wanted(NamedTuple):
    """`file` instead of a drawn plan. `seed` None: 1, or the scenario's own."""

    file: Path | None = None
    seed: int | None = None
    profile: str = "swarm"
    mutant: str = ""

    @property
    def repeat(self) -> str:
        words = ["run"] if self.file is None else ["run", str(self.file)]
        if self.seed is not None or self.file is None:
            words.append(f"--seed {1 if self.seed is None else self.seed}")
        if self.file is None and self.profile != "swarm":
            words.append(f"--profile {self.profile}")
        return " ".join(words + ([f"--mutant {self.mutant}"] if self.mutant else []))

    @property
    def title(self) -> str:
        what = (
            self.file.stem.replace("_", " ") if self.file else f"seed {1 if self.seed is None else self.seed}, {self.profile}"
        )
        return what + (f", with {self.mutant} planted" if self.mutant else "")


class Shown(NamedTuple):
    ran: Ran
    timeline: Timeline
    recorder: Recorder


def wanted(text: str, profile: str = "swarm", mutant: str = "") -> Wanted:
    """What a person names: a number is a seed, anything else a file; `+h12` behind it plants a bug."""
    what, _, planted = text.partition("+")
    if what.isdigit():
        return Wanted(None, int(what), profile, planted or mutant)
    return Wanted(Path(what), None, profile, planted or mutant)


def play(one: Wanted, recorder: Recorder | None = None, trace_max: int = 0) -> Ran:
    """Raises what reading a file raises, and AssertionError for a mutant that is none."""
    with _planted(one.mutant) as machines:
        if one.file is not None and one.file.suffix == ".toml":
            told = scenario.read(one.file)
            return scenario.play(told, seed=one.seed, trace_max=trace_max, recorder=recorder, machines=machines)
        seed = 1 if one.seed is None else one.seed
        plan = draw_plan(seed, one.profile) if one.file is None else read(one.file)
        return run(plan, seed, machines=machines, trace_max=trace_max, recorder=recorder)


def show(one: Wanted) -> Shown:
    """Play it with a recorder, and tell what it has seen."""
    recorder = Recorder()
    ran = play(one, recorder)
    made = timeline_of(recorder, one.title, ran.findings, ran.result.crashes, f"tradewind-sim {one.repeat}")
    made.facts |= {"seed": str(ran.seed), "steps": f"{ran.result.steps}", "hash": ran.result.hash}
    return Shown(ran, made, recorder)


@contextmanager
def _planted(mutant: str) -> Iterator[keeper.Machines]:
    if not mutant:
        yield MACHINES
        return
    with keeper.mutant(mutant).plant() as machines:
        yield machines

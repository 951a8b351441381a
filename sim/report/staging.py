"""A run of anything, recorded: a seed of a profile, a scenario or plan file, with or without a planted bug."""

from pathlib import Path
from typing import NamedTuple

import msgspec

from sim import scenario
from sim.cluster import Cluster
from sim.drawing import draw_plan
from sim.plan import read
from sim.report.concern import together
from sim.report.onset import onset
from sim.report.recorder import Recorder
from sim.report.telling import timeline_of
from sim.report.timeline import Timeline
from sim.run import Ran, run
from sim.shrink.command import planted

DATED_MAX = 6


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
    watch = _nobody if recorder is None else recorder.attend
    with planted(one.mutant)() as machines:
        if one.file is not None and one.file.suffix == ".toml":
            told = scenario.read(one.file)
            return scenario.play(told, seed=one.seed, trace_max=trace_max, watch=watch, machines=machines)
        seed = 1 if one.seed is None else one.seed
        plan = draw_plan(seed, one.profile) if one.file is None else read(one.file)
        return run(plan, seed, machines=machines, trace_max=trace_max, watch=watch)


def show(one: Wanted) -> Shown:
    """Play it with a recorder, and tell what it has seen."""
    recorder = Recorder()
    ran = play(one, recorder)
    made = timeline_of(recorder, ran, one.title, f"tradewind-sim {one.repeat}")
    _date(made, recorder)
    return Shown(ran, made, recorder)


def _date(timeline: Timeline, recorder: Recorder) -> None:
    """Say of auditors' findings since when they are true: of the first of each name, and of few names."""
    cluster, dated = recorder.cluster, dict[str, None]()
    stood = {(mark.at_ns, mark.shard): mark for mark in timeline.commits}
    for place, violation in enumerate(timeline.violations):
        if violation.name in dated or len(dated) == DATED_MAX:
            continue
        dated[violation.name] = None
        began = onset(violation.name, recorder.commitments, cluster.topology, cluster.machines)
        mark = None if began is None else stood.get((began.at_ns, began.lease.shard))
        if mark is not None:
            about = violation.about if violation.about.orders else together([violation.about, mark.about])
            since = f"{mark.shard} {mark.last}: {mark.label}"
            timeline.violations[place] = msgspec.structs.replace(
                violation, about=about, since_ns=mark.at_ns, since=since, lane=violation.lane or mark.lane
            )


def _nobody(cluster: Cluster) -> None:
    pass

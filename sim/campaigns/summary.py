"""What a campaign has shown, as terminal tables and as JSON. The page of it is sim.campaigns.page."""

from typing import Any

from rich.console import Console
from rich.table import Table

from sim.campaigns.marks import unreached
from sim.campaigns.tally import Tally

SLOWEST = 5
FAULT = "fault: "


def branches(tally: Tally) -> list[tuple[str, int, int]]:
    """Rare branches that were reached: mark, in how many runs, how often. Neither faults nor what clients were told."""
    return [
        (mark, runs, tally.marks[mark])
        for mark, runs in sorted(tally.runs_with.items())
        if not mark.startswith(("told: ", FAULT))
    ]


def faults(tally: Tally) -> list[tuple[str, int, int]]:
    """Fault, in how many runs, how often."""
    found = [(mark.removeprefix(FAULT), runs, tally.marks[mark]) for mark, runs in sorted(tally.runs_with.items())]
    return [(name, runs, times) for name, runs, times in found if FAULT + name in tally.marks]


def as_json(tally: Tally, *, title: str, wall_s: float) -> dict[str, Any]:
    """Everything of the summary, in plain types. Seconds; simulated ones where they are called virtual."""
    return {
        "campaign": title,
        "runs": tally.runs,
        "seeds_by_profile": dict(sorted(tally.by_profile.items())),
        "steps": tally.steps,
        "virtual_s": tally.virtual_s,
        "wall_s": wall_s,
        "cpu_s": tally.cpu_s,
        "seeds_per_s": tally.runs / wall_s if wall_s else 0.0,
        "times_faster_than_real_time": tally.virtual_s / wall_s if wall_s else 0.0,
        "faults": {name: times for name, _, times in faults(tally)},
        "branches": {mark: {"runs": runs, "times": times} for mark, runs, times in branches(tally)},
        "unreached": unreached(tally.marks),
        "slowest": [{"repeat": one.repeat, "cpu_s": one.cpu_s, "steps": one.steps} for one in tally.slowest(SLOWEST)],
        "failures": [
            {"name": name, "what": one.findings[0][1], "repeat": one.repeat, "runs": tally.seen[name]}
            for name, one in tally.failures.items()
        ],
    }


def show(tally: Tally, console: Console, wall_s: float) -> None:
    """Failures are told by whoever knows the line that repeats them."""
    console.print(_table("faults that happened", "fault", faults(tally)))
    console.print(_table("coverage", "rare branch", branches(tally)))
    slow = Table("slowest seeds", "steps", "processor s")
    for one in tally.slowest(SLOWEST):
        slow.add_row(one.repeat, str(one.steps), f"{one.cpu_s:.2f}")
    console.print(slow)
    mixed = ", ".join(f"{count} {profile}" for profile, count in sorted(tally.by_profile.items()) if profile)
    pace = f", {tally.runs / wall_s:.1f} seeds/s, {tally.virtual_s / wall_s:.0f} times faster than real time" if wall_s else ""
    console.print(
        f"{tally.runs} runs ({mixed}), {tally.steps} steps, {tally.virtual_s / 3600:.2f} simulated hours{pace}, "
        f"{len(tally.failures)} found",
        highlight=False,
        soft_wrap=True,
    )


def _table(title: str, first: str, rows: list[tuple[str, int, int]]) -> Table:
    table = Table(first, "runs", "times", title=title)
    for name, runs, times in rows:
        table.add_row(name, str(runs), str(times))
    return table

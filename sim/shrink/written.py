"""What was shrunk, as a scenario file with its history on top."""

import re
from pathlib import Path

from sim import scenario
from sim.shrink.shrinking import Shrunk

FOUND = Path("scenarios") / "found"
WHAT_MAX = 300


def name_of(shrunk: Shrunk, mutant: str = "") -> str:
    """A file's name from the failure's: "a4_holds_seed_17"."""
    words = re.sub(r"[^a-z0-9]+", "_", shrunk.identity.lower()).strip("_")
    return "_".join([*([mutant] if mutant else []), words[:60], "seed", str(shrunk.seed)])


def as_scenario(shrunk: Shrunk) -> scenario.Scenario:
    """It expects the faults that happened in it, so that it stays a test of them when the bug is gone."""
    says = f"{shrunk.identity}: {shrunk.what[:WHAT_MAX]}"
    expect = tuple(f"fault: {do}" for do in shrunk.fired)
    return scenario.of_plan(shrunk.plan, shrunk.seed, says, expect, finds=shrunk.identity)


def as_text(shrunk: Shrunk, origin: str, repeat: str, at: str) -> str:
    """`origin`: the words that found it. `repeat`: those that play the file."""
    before, after = shrunk.before, shrunk.after
    comments = [
        f"Shrunk from `tradewind-sim {origin}`"
        + (f" at {at}" if at else "")
        + f" in {shrunk.runs} runs, {shrunk.seconds:.0f} s:",
        f"{before.operations} operations, {before.faults} faults, {before.clients} clients before;"
        f" {after.operations}, {after.faults}, {after.clients} after"
        + ("." if shrunk.complete else "; the budget ended before nothing more could be taken away."),
        f"again: tradewind-sim {repeat}",
        "While the bug lives this fails. Whoever mends it says what must be so instead, and takes `finds` out.",
    ]
    return "".join(f"# {line}\n" for line in comments) + scenario.to_toml(as_scenario(shrunk))


def write(shrunk: Shrunk, origin: str, at: str, *, mutant: str = "", folder: Path = FOUND) -> tuple[Path, str]:
    """The file, and the words that play it. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name_of(shrunk, mutant)}.toml"
    repeat = f"run {path.as_posix()}" + (f" --mutant {mutant}" if mutant else "")
    path.write_text(as_text(shrunk, origin, repeat, at))
    return path, repeat

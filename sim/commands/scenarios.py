"""`tradewind-sim scenarios`: every scenario of a folder, once each, in this process."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from rich.table import Table

from sim import scenario
from sim.run import Ran
from sim.speaker import Speaker

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
SHOWN_MAX = 3  # findings in a row of the table; the line that repeats the run shows the rest


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    every = commands.add_parser("scenarios", help="every scenario of a folder, once each, as a table")
    every.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="scenarios/ and what is found under it, or this")
    every.set_defaults(perform=perform)


def perform(given: argparse.Namespace, speaker: Speaker) -> int:
    """0 when every one comes out as it says. Those of bugs that still live (scenarios/found) do not."""
    table = Table(title=f"{given.folder.name}/")
    table.add_column("scenario", overflow="fold")
    table.add_column("seed", justify="right")
    table.add_column("steps", justify="right")
    table.add_column("verdict", overflow="fold")
    failed: list[tuple[Path, Ran]] = []
    count = 0
    for path, ran in played(given.folder):
        count += 1
        table.add_row(str(path.relative_to(given.folder).with_suffix("")), str(ran.seed), str(ran.result.steps), _verdict(ran))
        if ran.findings:
            failed.append((path, ran))
    speaker.console.print(table)
    for path, ran in failed:
        speaker.fail(ran.findings, f"run {path}")
    speaker.say(f"{count} scenarios, {len(failed)} failed" if count else f"there is no scenario in {given.folder}")
    return 1 if failed or not count else 0


def played(folder: Path) -> Iterator[tuple[Path, Ran]]:
    """Raises what reading a file raises."""
    for path in sorted(folder.rglob("*.toml")):
        yield path, scenario.play(scenario.read(path))


def _verdict(ran: Ran) -> str:
    if not ran.findings:
        return "[green]as it says[/]"
    names = list(dict.fromkeys(ran.identities))
    more = f" and {len(names) - SHOWN_MAX} more" if len(names) > SHOWN_MAX else ""
    return f"[red]{', '.join(names[:SHOWN_MAX])}{more}[/]"

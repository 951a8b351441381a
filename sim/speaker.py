"""Says things plainly on the terminal: what is found is no markup, and every failure has the line that repeats it."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from sim.kernel.result import Finding
from sim.run import Ran

WORDS_MAX = 600


def commit_hash() -> str:
    """Of the code that runs, for the line that repeats a failure; "" outside a repository."""
    here = Path(__file__).resolve().parent
    words = ["git", "-C", str(here), "rev-parse", "--short", "HEAD"]
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


class Speaker:
    def __init__(self) -> None:
        self.console = Console()

    def say(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def fail(self, findings: Sequence[Finding], repeat: str) -> None:
        """`repeat`: the words after `tradewind-sim`."""
        for finding in findings:
            self.say(f"FAIL {finding.name}: {finding.what[:WORDS_MAX]}")
        at = commit_hash()
        self.say(f"again: tradewind-sim {repeat}" + (f"     (at {at})" if at else ""))

    def show(self, ran: Ran, repeat: str) -> int:
        """One run; 1 if it found anything."""
        self.say("marks: " + ", ".join(f"{mark} {count}" for mark, count in sorted(ran.marks.items())))
        self.say(f"seed {ran.seed}: {ran.result.steps} steps, {ran.result.now_ns / 1e9:.1f} s, hash {ran.result.hash}")
        for sentence in ran.softened:
            self.say(f"softened: {sentence}")
        if ran.findings:
            self.fail(ran.findings[:12], repeat)
        return 1 if ran.findings else 0

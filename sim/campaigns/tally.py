"""What a campaign has shown so far."""

from collections import Counter
from dataclasses import dataclass, field

from sim.campaigns.jobs import Outcome


@dataclass
class Tally:
    """`failures`: of each identity the first run and what it found; `seen`: in how many runs it was met."""

    runs: int = 0
    steps: int = 0
    virtual_s: float = 0.0
    cpu_s: float = 0.0
    by_profile: Counter[str] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)
    runs_with: Counter[str] = field(default_factory=Counter)
    fired: Counter[str] = field(default_factory=Counter)
    failures: dict[str, Outcome] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    outcomes: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        self.runs += 1
        self.steps += outcome.steps
        self.virtual_s += outcome.virtual_s
        self.cpu_s += outcome.cpu_s
        self.by_profile[outcome.profile] += 1
        self.marks.update(outcome.marks)
        self.runs_with.update(outcome.marks.keys())
        self.fired.update(outcome.fired)
        self.outcomes.append(outcome)
        self.note(outcome)

    def note(self, outcome: Outcome) -> None:
        """Only what it found, of a run that is counted already."""
        if outcome.findings:
            # The first finding names the failure: what follows it is mostly its consequence.
            name = outcome.findings[0][0]
            self.failures.setdefault(name, outcome)
            self.seen[name] += 1

    def slowest(self, count: int) -> list[Outcome]:
        return sorted(self.outcomes, key=lambda outcome: -outcome.cpu_s)[:count]

"""What the keeper does with one mutant, in a worker: hunts it, shrinks the run that caught it, and verifies what is left."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sim import scenario
from sim.plan import Plan
from sim.run import Ran, run
from sim.shrink.shrinking import Shrunk, shrink
from sim.shrink.trials import Budget, Clean
from sim.shrink.written import as_scenario, write
from sim.zoo import keeper

OPERATIONS_MAX, FAULTS_MAX = 8, 2
CATCHES_MAX = 3  # runs that caught it are shrunk, if the first of them do not become small
# Mutants whose scenario may be larger, and why.
LARGER: dict[str, str] = {}
CAUGHT, SURVIVES, ELSEWHERE, TOO_LARGE, NOT_VERIFIED = (
    "caught",
    "survives",
    "dies of something else",
    "shrinks too little",
    "its small scenario does not hold",
)


@dataclass
class Row:
    """Of the table. `seed` is the one at which it died, counted from 1: so many seeds it took. `runs` and `seconds` are the
    shrinker's, of all catches that it tried until one became small; `auditor`, `operations` and `faults` are the last one's.
    """

    mutant: str
    story: str
    seed: int
    auditor: str = ""
    runs: int | None = None
    seconds: int | None = None
    operations: int | None = None
    faults: int | None = None
    verdict: str = SURVIVES
    why: str = ""

    @property
    def good(self) -> bool:
        return self.verdict == CAUGHT

    def plain(self) -> dict[str, object]:
        return asdict(self)


def keep(
    name: str,
    budget: Budget | None = None,
    into: Path | None = None,
    animal: keeper.Mutant | None = None,
    seeds: int = keeper.BUDGET_SEEDS,
) -> Row:
    """One mutant's row. Without a budget it is not shrunk. `into`: a folder for its small scenario."""
    animal = animal or keeper.mutant(name)
    runs = [ran for _, ran in keeper.hunt(name, animal, seeds)]
    last = runs[-1]
    row = Row(name, " ".join(animal.STORY.split()), last.seed)
    caught = [identity for identity in last.identities if keeper.is_caught(animal, [identity])]
    if not caught:
        others = list(dict.fromkeys(identity for ran in runs for identity in ran.identities))
        row.verdict, row.why = (ELSEWHERE, f"{others[:3]}") if others else (SURVIVES, f"{len(runs)} seeds")
        return row
    row.verdict, row.auditor = CAUGHT, caught[0]
    if budget is None or keeper.way(animal) == keeper.HASHES:
        return row  # what processes disagree about, any plan shows
    for ran in _catches(name, animal, last, seeds):
        row.auditor = next(identity for identity in ran.identities if keeper.is_caught(animal, [identity]))
        try:
            _shrink(row, animal, ran, budget, into)
        except Clean as clean:
            row.verdict, row.why = NOT_VERIFIED, str(clean)
        if row.good:
            break
    return row


def _catches(name: str, animal: keeper.Mutant, ran: Ran, seeds: int) -> Iterator[Ran]:
    """Runs that caught it, beginning with the first: one may need more faults at once than another."""
    yield ran
    for _ in range(CATCHES_MAX - 1):
        following = [later for _, later in keeper.hunt(name, animal, seeds, ran.seed + 1)]
        if not following or not keeper.is_caught(animal, following[-1].identities):
            return
        ran = following[-1]
        yield ran


def _shrink(row: Row, animal: keeper.Mutant, ran: Ran, budget: Budget, into: Path | None) -> None:
    small = shrink(
        ran.plan, ran.seed, row.auditor, plant=animal.plant, budget=budget, innocent=innocent, polish=into is not None
    )
    row.verdict, row.why = CAUGHT, "" if ran.seed == row.seed else f"seed {ran.seed} became small"
    row.seconds = round((row.seconds or 0) + small.seconds)
    row.runs = (row.runs or 0) + small.runs
    row.operations, row.faults = small.after.operations, small.after.faults
    if not verified(small, animal):
        row.verdict = NOT_VERIFIED
    elif (row.operations > OPERATIONS_MAX or row.faults > FAULTS_MAX) and row.mutant not in LARGER:
        row.verdict, row.why = TOO_LARGE, "" if small.complete else "within its budget"
    if into is not None:
        write(
            small, f"run --seed {ran.seed} --profile {animal.PROFILE} --mutant {row.mutant}", "", mutant=row.mutant, folder=into
        )


def innocent(plan: Plan, seed: int) -> bool:
    """Whether clean code passes."""
    return not run(plan, seed).findings


def verified(small: Shrunk, animal: keeper.Mutant) -> bool:
    """The scenario as a file has it fails on the mutant, of the same thing, and passes on clean code."""
    told_of = as_scenario(small)
    with animal.plant() as machines:
        dies = small.identity in scenario.play(told_of, machines=machines).identities
    alive = [name for name in scenario.play(told_of).identities if name != scenario.NOT_REACHED]
    return dies and not alive

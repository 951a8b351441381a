"""Which seeds a campaign runs, on plans of which profile, and what it must have been through."""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.campaigns.jobs import Seed
from sim.drawing import PROFILES


@dataclass(frozen=True)
class Campaign:
    """`mix`: profiles of plans and their share, in turn. `rerun_per_cent`: seeds that run twice, with another PYTHONHASHSEED.
    `thorough`: a rare branch that no run has reached is a failure."""

    says: str
    seeds: int
    mix: tuple[tuple[str, int], ...]
    rerun_per_cent: int = 5
    thorough: bool = False

    def profile_of(self, seed: int) -> str:
        turn = seed % sum(share for _, share in self.mix)
        for profile, share in self.mix:
            turn -= share
            if turn < 0:
                return profile
        raise AssertionError(self.mix)

    def drawn(self, start: int, count: int) -> Iterator[Seed]:
        return (Seed(self.profile_of(seed), seed) for seed in range(start, start + count))


CAMPAIGNS = {
    "smoke": Campaign("what CI runs: short days, few faults", 200, (("smoke", 1),)),
    "night": Campaign(
        "everything, and no rare branch unreached",
        2_000,
        (
            *(("smoke", 8), ("swarm", 5), ("direct", 2), ("zombie", 2), ("clientele", 2)),
            *(("wallet", 1), ("upgrade", 1), ("doubts", 1), ("failovers", 1), ("calm", 1)),
        ),
        2,
        thorough=True,
    ),
    "upgrade": Campaign("services change between two versions of the messages in mid-traffic", 200, (("upgrade", 1),)),
    "soak": Campaign("few seeds, a quarter of an hour of simulated trading each", 12, (("soak", 1),), 0),
}


def campaign(name: str) -> Campaign:
    """One of CAMPAIGNS, or seeds of one profile of plans."""
    return CAMPAIGNS.get(name) or Campaign(f"plans of profile {name}", 200, ((name, 1),))


NAMES = (*CAMPAIGNS, *(profile for profile in PROFILES if profile not in CAMPAIGNS))

"""Determinism is tested while we are at it: some seeds run again, in other processes with other values of PYTHONHASHSEED."""

import os
from collections.abc import Iterator, Sequence

from msgspec import structs

from sim.campaigns.engines import CHUNK, in_child
from sim.campaigns.jobs import Outcome, Seed
from sim.kernel import draws

HASH_SEEDS = 4


def chosen(seeds: Sequence[Seed], per_cent: int) -> list[Seed]:
    """The same of the same seeds, at least one when there should be any."""
    draw = draws.keyed(len(seeds), "rerun")
    some = [seed for seed in seeds if draws.chance(draw, per_cent, 100)]
    return some or (list(seeds[:1]) if per_cent else [])


def repeated(seeds: Sequence[Seed], first: Sequence[Outcome]) -> Iterator[list[Outcome]]:
    """Run them again: outcomes, of which those that came out another way have that as their finding and no other."""
    hashes = {(outcome.profile, outcome.seed): outcome.hash for outcome in first}
    for chunk, begin in enumerate(range(0, len(seeds), CHUNK)):
        again = in_child(seeds[begin : begin + CHUNK], os.environ | {"PYTHONHASHSEED": str(chunk % HASH_SEEDS)})
        yield [_compared(outcome, hashes.get((outcome.profile, outcome.seed), "")) for outcome in again]


def _compared(outcome: Outcome, known: str) -> Outcome:
    same = not known or not outcome.hash or outcome.hash == known
    findings = () if same else (("determinism", f"hash {outcome.hash} after {known}"),)
    return structs.replace(outcome, findings=findings)

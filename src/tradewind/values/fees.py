"""Fee tiers: what an account pays by what it has traded."""

from typing import NamedTuple

PERMILLE = 1_000
LEVELS_MAX = 16
VOLUME_DAYS = 30  # whole UTC days before today


class FeeTier(NamedTuple):
    """From `volume_min` units of the schedule's asset on, so many thousandths of the symbol's own maker and taker rate."""

    volume_min: int
    maker_permille: int
    taker_permille: int


def tier_rate_ppm(rate_ppm: int, permille: int) -> int:
    """A symbol's rate at a tier, in millionths; floored, so that no tier pays more than its share."""
    return rate_ppm * permille // PERMILLE


def level_of(tiers: tuple[FeeTier, ...], volume: int) -> int:
    """The highest tier that `volume` reaches; 0 where there is no schedule. Tiers ascend from a volume of 0 (check_tiers)."""
    level = 0
    for place, tier in enumerate(tiers):
        if volume >= tier.volume_min:
            level = place
    return level


def check_tiers(tiers: tuple[FeeTier, ...]) -> bool:
    """Whether it is a schedule: it begins at 0, ascends, and nobody pays more than the symbol's own rate."""
    volumes = [tier.volume_min for tier in tiers]
    if len(tiers) > LEVELS_MAX or volumes != sorted(set(volumes)) or (tiers and volumes[0] != 0):
        return False
    return all(0 <= part <= PERMILLE for tier in tiers for part in (tier.maker_permille, tier.taker_permille))

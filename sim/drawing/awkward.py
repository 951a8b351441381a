"""Which awkward places of the models exist in a seed, how often they fire, and what messages its nodes write."""

from sim.kernel import draws
from sim.models.buggify import SITES
from tradewind.messages.codec import VERSIONS

EXISTS_ONE_IN = 4
RATES = (5, 50, 300)  # per thousand


def draw_sites(seed: int) -> dict[str, int]:
    """Two levels: whether a site exists at all, then its rate. Each has a stream of its own."""
    rates: dict[str, int] = {}
    for site in SITES:
        draw = draws.keyed(seed, "plan", "sites", site)
        if draws.chance(draw, 1, EXISTS_ONE_IN):
            rates[site] = draws.pick(draw, RATES)
    return rates


def draw_version(seed: int) -> int:
    return draws.pick(draws.keyed(seed, "plan", "writes"), VERSIONS)


def draw_accepts_loss(seed: int) -> bool:
    return draws.chance(draws.keyed(seed, "plan", "accepts loss"), 1, 3)

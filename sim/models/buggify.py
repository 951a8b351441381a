"""Places where a model may be awkward without breaking its word. Services never meet them on purpose: src/ knows of none.

Two levels: the plan says which sites exist at all, and how often (per thousand times that it is passed) each one fires.
"""

from collections.abc import Callable, Mapping
from random import Random

from sim.kernel.world import World

SITES = {
    "bus_read_cut_short": "a read of a feed or a mailbox returns only the first of what there is",
    "bus_wakes_for_nothing": "a reader that waits at an empty stream is sent away long before its time",
    "journal_page_cut_short": "a page of the journal holds only its first entry",
    "commit_dawdles": "a single commit takes 50 to 400 ms longer than usual to arrive",
    "call_answered_just_in_time": "an answer over the network comes a moment before its caller gives up",
}


class Sites:
    """`rates`: per thousand, by site. What is not in it never fires. `note` is told of each that does."""

    def __init__(self, world: World, rates: Mapping[str, int], note: Callable[[str], object] = str) -> None:
        unknown = sorted(set(rates) - set(SITES))
        assert not unknown, unknown
        self._world, self._note = world, note
        self._rates = dict(rates)
        self._draws: dict[tuple[str, str], Random] = {}

    def fires(self, site: str, node: str) -> bool:
        """At this passing. Each node has draws of its own, so that what one does shifts nothing at another."""
        rate = self._rates.get(site, 0)
        if not rate or self._draw(site, node).getrandbits(20) * 1_000 >> 20 >= rate:
            return False
        self._note(f"site: {site}")
        return True

    def between(self, site: str, node: str, low: int, high: int) -> int:
        """For a site that fires: how much."""
        return low + (self._draw(site, node).getrandbits(32) * (high - low + 1) >> 32)

    def close(self) -> None:
        """From now on none fires."""
        self._rates.clear()

    def _draw(self, site: str, node: str) -> Random:
        if (site, node) not in self._draws:
            self._draws[site, node] = self._world.draws("buggify", site, node)
        return self._draws[site, node]

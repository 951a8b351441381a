"""Everything that can go wrong, by name: what it does when its moment has come, and how it is healed."""

from collections.abc import Callable

from sim.cluster import Cluster
from sim.models.store import Fate
from sim.plan import Fault

Undo = Callable[[], object]
Deed = Callable[[Cluster, Fault], Undo | None]
FAULTS: dict[str, Deed] = {}
FATES = {"commit_refused": Fate.REFUSED, "commit_unknown_done": Fate.UNKNOWN_DONE, "commit_unknown_lost": Fate.UNKNOWN_LOST}


def fault(deed: Deed) -> Deed:
    FAULTS[deed.__name__] = deed
    return deed

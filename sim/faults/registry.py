"""Everything that can go wrong, by name: what it does when its moment has come, how it is healed, and what its numbers mean.

    @fault(NODE, lasts("until it boots again"), amount("ms", "of grace"))
    def stop(cluster: Cluster, what: Fault) -> Undo:
        '''What `tradewind-sim faults` prints.'''

A fault without an Undo is done at once, or ends by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

from sim.cluster import Cluster
from sim.models.store import Fate
from sim.plan import Fault

Undo = Callable[[], object]
Deed = Callable[[Cluster, Fault], Undo | None]


class Parameter(NamedTuple):
    """A field of sim.plan.Fault as one kind of fault uses it."""

    field: str
    unit: str
    says: str


NODE = Parameter("node", "node", "the victim")


def lasts(says: str) -> Parameter:
    return Parameter("for_ms", "ms", says)


def amount(unit: str, says: str) -> Parameter:
    return Parameter("amount", unit, says)


RATE = amount("per thousand", "how often")


@dataclass(frozen=True)
class Kind:
    """One entry of the catalogue. It is called to happen."""

    name: str
    family: str
    says: str
    parameters: tuple[Parameter, ...]
    deed: Deed

    @property
    def needs_node(self) -> bool:
        return NODE in self.parameters

    def __call__(self, cluster: Cluster, what: Fault) -> Undo | None:
        return self.deed(cluster, what)


FAULTS: dict[str, Kind] = {}
FATES = {"commit_refused": Fate.REFUSED, "commit_unknown_done": Fate.UNKNOWN_DONE, "commit_unknown_lost": Fate.UNKNOWN_LOST}
# Fates are decided before their commit comes, so they need `when.shard` and `when.commit`, and nothing else.
FATES_SAY = {
    "commit_refused": "The connection breaks before COMMIT is sent: Unavailable, surely nothing was done.",
    "commit_unknown_done": "The connection breaks after COMMIT was sent, and it stands: Unknown.",
    "commit_unknown_lost": "The connection breaks after COMMIT was sent, and nothing stands: Unknown.",
}
assert set(FATES) == set(FATES_SAY)


@overload
def fault(first: Deed, /) -> Deed: ...
@overload
def fault(*parameters: Parameter) -> Callable[[Deed], Deed]: ...
def fault(*given: Any) -> Any:
    """Register a deed under its function's name, in the family that its file is called."""
    parameters = tuple(one for one in given if isinstance(one, Parameter))

    def register(deed: Deed) -> Deed:
        name, family = deed.__name__, deed.__module__.rpartition(".")[2]
        assert name not in FAULTS and name not in FATES, name
        FAULTS[name] = Kind(name, family, " ".join((deed.__doc__ or "").split()), parameters, deed)
        return deed

    if given and not isinstance(given[0], Parameter):
        return register(given[0])
    return register

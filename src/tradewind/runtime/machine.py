"""What a machine is: a deterministic state machine behind `apply`. Time, ids and randomness arrive inside its input."""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Protocol

from tradewind.messages.commands import Command
from tradewind.messages.events import Entry, Event
from tradewind.messages.replies import Reply
from tradewind.messages.topology import Topology
from tradewind.ports.tables import Change, Table


class At(NamedTuple):
    """Where an input stands: `seq` in the shard's journal, `now` in wall nanoseconds (never smaller than the one before)."""

    seq: int
    now: int


class Outcome(NamedTuple):
    """What came of an input. `reply` is for the caller of a command, None after feed entries."""

    events: list[Event]
    reply: Reply | None = None


class Machine(Protocol):
    """Made empty with its shard index and the shard map; then loaded once; then fed inputs one by one.

    `tables` are its own; rows have a column `shard` (its index) where the service is divided. `hears` are the event types it
    cares for: entries arrive with only those, and entries without any are not delivered. Optional members: `concerns(event) ->
    bool` narrows `hears` to what is this shard's, `load_where` (table -> conditions) narrows what is loaded, and `alarm() ->
    int` says at which wall nanosecond it wants a Tick (0 = at none): asked before each batch, so it must cost nothing.
    """

    tables: ClassVar[tuple[Table, ...]]
    hears: ClassVar[frozenset[type]]

    def __init__(self, index: int, topology: Topology) -> None: ...

    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        """Take up the rows of my tables, as last committed."""
        ...

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        """Decide. Same state and same inputs give the same outcome, always."""
        ...

    def changes(self) -> list[Change]:
        """Rows changed since the last call, for the commit that is about to be made."""
        ...

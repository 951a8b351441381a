"""Toy machines: one that hears commands and counts them, followers that write down what they hear.

They can be broken from outside (`BROKEN`), as a bug in a release would break them, and mended again.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from tradewind.messages.commands import Adjust, Command
from tradewind.messages.events import Adjusted, Entry, Event
from tradewind.messages.replies import Created
from tradewind.messages.topology import Topology
from tradewind.ports.tables import Change, Table
from tradewind.runtime.machine import At, Outcome
from tradewind.runtime.rows import Added, Rows, drain_all


class Done(msgspec.Struct, frozen=True):
    """What a command did: `times` counts how often."""

    shard: int
    name: str
    times: int
    at: int


class Heard(msgspec.Struct, frozen=True):
    """Line `number` of what `follower` heard."""

    follower: str
    number: int
    feed: str
    seq: int
    name: str
    at: int


DONE = Table("done", Done, key=("shard", "name"))
HEARD = Table("heard", Heard, key=("follower", "number"), append=True)
BROKEN: set[str] = set()  # references that kill the teller, and with "clearing:" before them those that kill that follower


class Teller:
    """Admin's place: does what it is told, says it on its feed, and answers how many different things it has done."""

    tables: ClassVar[tuple[Table, ...]] = (DONE,)
    hears: ClassVar[frozenset[type]] = frozenset()

    def __init__(self, index: int, topology: Topology) -> None:
        self._index = index
        self._done = Rows(DONE)

    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        self._done.load(rows[DONE])

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        assert isinstance(item, Adjust), item
        before = self._done.get(item.reference)
        self._done.put(Done(self._index, item.reference, before.times + 1 if before else 1, at.now))
        assert item.reference not in BROKEN, f"{item.reference} kills"
        return Outcome([Adjusted(item.account, item.asset, item.delta, item.reference)], Created(len(self._done)))

    def changes(self) -> list[Change]:
        return drain_all(self._done)


class Follower:
    """Writes down each `Adjusted` that it hears; `echo` is put behind what it says of it, "" says nothing."""

    tables: ClassVar[tuple[Table, ...]] = (HEARD,)
    hears: ClassVar[frozenset[type]] = frozenset({Adjusted})
    name: ClassVar[str] = ""
    echo: ClassVar[str] = ""

    def __init__(self, index: int, topology: Topology) -> None:
        self._heard = Added(HEARD)

    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        assert HEARD not in rows  # append tables are not loaded

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        if isinstance(item, Adjust):
            return Outcome([], Created(at.seq))
        assert isinstance(item, Entry), item
        said: list[Event] = []
        for place, event in enumerate(item.events):
            assert isinstance(event, Adjusted), event
            assert f"{self.name}:{event.reference}" not in BROKEN, f"{event.reference} kills"
            self._heard.add(Heard(self.name, at.seq * 100 + place, item.feed, item.seq, event.reference, at.now))
            if self.echo:
                said.append(Adjusted(event.account, event.asset, event.delta, event.reference + self.echo))
        return Outcome(said)

    def changes(self) -> list[Change]:
        return drain_all(self._heard)


class Echo(Follower):
    """Clearing's place: hears admin (and matching), and says it again."""

    name = "clearing"
    echo = "!"


class Fragile(Teller):
    """Dies of a broken command only when its rows are asked for, as when the database finds a row that must not be."""

    def __init__(self, index: int, topology: Topology) -> None:
        super().__init__(index, topology)
        self._sick = False

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        assert isinstance(item, Adjust), item
        if item.reference in BROKEN:
            self._sick = True
            return Outcome([], Created(0))
        return super().apply(item, at)

    def changes(self) -> list[Change]:
        assert not self._sick, "no column can hold this"
        return super().changes()


class Both(Follower):
    """Order's place: hears admin, and clearing's echo of it."""

    name = "order"


MACHINES: dict[str, Any] = {"admin": Teller, "clearing": Echo, "order": Both}

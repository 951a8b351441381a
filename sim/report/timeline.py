"""What happened, as everything that we render has it: lanes, messages, commits, faults, findings, and rows that changed.

Its producers are the simulator's recorder and a production incident's bundle; terminal, page and comparison only read it. All
instants are integer nanoseconds on one axis of the producer's choice; `Timeline.origin_ns` is what people are shown as 0.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TypeAlias

import msgspec

Plain: TypeAlias = int | str | bool
Row: TypeAlias = tuple[Plain, ...]  # in the order of its table's columns; bytes and enums are told as text
NEVER = -1  # when a message arrives that does not


class Fate(StrEnum):
    """What became of a message."""

    DELIVERED = "delivered"
    LATE = "late"  # delivered, far later than usual
    DUPLICATE = "duplicate"  # it, or what it asked for, happened twice
    LOST = "lost"  # nobody ever heard it
    REFUSED = "refused"  # surely nothing came of it, and the sender knows
    UNKNOWN = "unknown"  # the sender does not know what came of it


class LaneKind(StrEnum):
    """Lanes are drawn in this order of kinds, those of one kind in the timeline's order."""

    CLIENT = "client"
    GATEWAY = "gateway"
    SERVICE = "service"
    STORE = "store"
    BUS = "bus"
    WORLD = "world"  # whatever else stands outside: a chain, an operator's tool


class About(msgspec.Struct, frozen=True, gc=False):
    """Whom and what something concerns: what filters look at. Ids as the exchange numbers them."""

    orders: tuple[int, ...] = ()
    accounts: tuple[int, ...] = ()
    symbols: tuple[str, ...] = ()


NOBODY = About()


class Lane(msgspec.Struct, frozen=True):
    """`node` is the process behind it, when that has another name ("" = the lane's own)."""

    name: str
    kind: LaneKind
    node: str = ""


class Message(msgspec.Struct, frozen=True, gc=False):
    """An arrow. `arrived_ns` is NEVER when nothing arrived. `label` is a few words, `detail` all that is known of it."""

    source: str
    target: str
    sent_ns: int
    arrived_ns: int
    fate: Fate
    kind: str  # publish, read, send, receive, reply, commit, query, call, http, websocket, cause...
    label: str
    detail: str = ""
    about: About = NOBODY


class CommitMark(msgspec.Struct, frozen=True, gc=False):
    """A tick: `shard`'s journal grew from `first` to `last` at this instant."""

    lane: str
    at_ns: int
    shard: str
    first: int
    last: int
    label: str
    detail: str = ""
    about: About = NOBODY


class Band(msgspec.Struct, frozen=True):
    """Something that lasted: a fault, a pause, a death. No lanes: all of them. `until_ns` equal to `from_ns`: over at once."""

    lanes: tuple[str, ...]
    from_ns: int
    until_ns: int
    name: str
    detail: str = ""


class Violation(msgspec.Struct, frozen=True):
    """What must not be. `lane` "" = everybody's. `at_ns` is when it was noticed; `since_ns` when it became true, and `since` by
    what, if that is known.
    """

    at_ns: int
    name: str
    what: str
    lane: str = ""
    about: About = NOBODY
    since_ns: int = NEVER
    since: str = ""


class Note(msgspec.Struct, frozen=True, gc=False):
    """Something at one lane and instant that is no message: a boot, a kill, what a client was told."""

    lane: str
    at_ns: int
    kind: str  # boot, kill, stop, pause, resume, crash, asks, told, lease...
    text: str
    detail: str = ""
    about: About = NOBODY


class Columns(msgspec.Struct, frozen=True):
    """How rows of a table are to be read; `key` names those columns that tell rows apart."""

    names: tuple[str, ...]
    key: tuple[str, ...]

    def key_of(self, row: Row) -> Row:
        return tuple(row[self.names.index(name)] for name in self.key)


class RowChange(msgspec.Struct, frozen=True, gc=False):
    """Rows of one table put or replaced, and keys removed, at this instant. What stood at the beginning is a change as well."""

    at_ns: int
    table: str
    put: tuple[Row, ...] = ()
    removed: tuple[Row, ...] = ()


class Timeline(msgspec.Struct):
    """`title` says what ran, `repeat` the command line that shows it again. Lists are in the order of their (first) instants;
    `sort()` makes them so. `facts` are told beside the title: seed, version, plan, in words.
    """

    title: str
    repeat: str = ""
    origin_ns: int = 0
    until_ns: int = 0
    facts: dict[str, str] = {}
    lanes: list[Lane] = []
    messages: list[Message] = []
    commits: list[CommitMark] = []
    bands: list[Band] = []
    violations: list[Violation] = []
    notes: list[Note] = []
    tables: dict[str, Columns] = {}
    changes: list[RowChange] = []

    @property
    def events(self) -> int:
        """How many things there are to draw."""
        return len(self.messages) + len(self.commits) + len(self.bands) + len(self.violations) + len(self.notes)

    def sort(self) -> None:
        """Stable: what a producer said first at an instant stays first."""
        kinds = list(LaneKind)
        self.lanes.sort(key=lambda lane: kinds.index(lane.kind))
        self.messages.sort(key=lambda message: message.sent_ns)
        self.bands.sort(key=lambda band: band.from_ns)
        for marks in (self.commits, self.violations, self.notes, self.changes):
            marks.sort(key=_at)
        ends = [self.until_ns, *self._ends()]
        self.until_ns = max(ends)

    def check(self) -> None:
        """Raises AssertionError for a timeline that cannot be drawn: a lane nobody knows, an arrival before its sending."""
        known = {lane.name for lane in self.lanes}
        assert len(known) == len(self.lanes), "two lanes of one name"
        for message in self.messages:
            assert {message.source, message.target} <= known, message
            assert message.arrived_ns == NEVER or message.arrived_ns >= message.sent_ns, message
        assert {mark.lane for mark in self.commits} | {note.lane for note in self.notes} <= known
        for band in self.bands:
            assert set(band.lanes) <= known and band.from_ns <= band.until_ns, band
        for change in self.changes:
            assert change.table in self.tables, change.table

    def state(self, at_ns: int, tables: Iterable[str] | None = None) -> dict[str, dict[Row, Row]]:
        """Rows by table and key as they stood at that instant, its own changes included."""
        wanted = self.tables if tables is None else dict.fromkeys(tables)
        rows: dict[str, dict[Row, Row]] = {name: {} for name in wanted}
        for change in self.changes:
            if change.at_ns > at_ns:
                break
            if (kept := rows.get(change.table)) is not None:
                columns = self.tables[change.table]
                for row in change.put:
                    kept[columns.key_of(row)] = row
                for key in change.removed:
                    kept.pop(key, None)
        return rows

    def _ends(self) -> Iterator[int]:
        for message in self.messages:
            yield max(message.sent_ns, message.arrived_ns)
        for band in self.bands:
            yield band.until_ns
        for marks in (self.commits, self.violations, self.notes, self.changes):
            yield from map(_at, marks)


def _at(mark: CommitMark | Violation | Note | RowChange) -> int:
    return mark.at_ns

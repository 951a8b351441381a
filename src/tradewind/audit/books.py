"""What auditors look at, and what they say."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

from tradewind.messages.codec import Output, decode
from tradewind.messages.commands import Envelope
from tradewind.messages.events import Entry
from tradewind.messages.topology import Topology, index_of, service_of
from tradewind.ports.store import Head, JournalEntry
from tradewind.ports.tables import Change, Record, Table

K = TypeVar("K")

COMMAND_SOURCES = ("inbox", "network", "clock")  # every other source is a feed; the clock's commands are Ticks
FINDINGS_MAX = 50  # of one auditor; the rest is counted: whoever reads the first fifty knows enough to act

NAMES = {
    "A1": "conservation",
    "A2": "no debt",
    "A3": "ledger",
    "A4": "holds",
    "A5": "settlement",
    "A6": "quantity",
    "A7": "lifecycle",
    "A8": "book",
    "A9": "fairness",
    "A10": "idempotency",
    "A11": "durability",
    "A12": "feeds",
    "A14": "wallet",
    "A15": "liveness",
    "A16": "replay",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not true though it must be; `what` names the shard, seq, account, asset or order it is about."""

    auditor: str
    name: str
    what: str

    def __str__(self) -> str:
        return f"FAIL {self.auditor} {self.name}: {self.what}"


class Findings:
    def __init__(self) -> None:
        self._all: list[Finding] = []
        self._counts: Counter[str] = Counter()

    def add(self, auditor: str, what: str) -> None:
        self._counts[auditor] += 1
        if self._counts[auditor] <= FINDINGS_MAX:
            self._all.append(Finding(auditor, NAMES[auditor], what))

    def report(self) -> list[Finding]:
        beyond = [
            Finding(auditor, NAMES[auditor], f"and {count - FINDINGS_MAX} findings more")
            for auditor, count in self._counts.items()
            if count > FINDINGS_MAX
        ]
        return sorted(self._all, key=lambda finding: int(finding.auditor[1:])) + beyond


class Machine(Protocol):
    """A machine as the runtime knows it: what replay needs of one. `hears` and `concerns` also say what reaches it."""

    tables: ClassVar[tuple[Table, ...]]
    hears: ClassVar[frozenset[type]]

    def __init__(self, index: int, topology: Topology) -> None: ...
    def load(self, rows: Mapping[Table, list[Any]]) -> None: ...
    def apply(self, item: Any, at: Any) -> Any: ...
    def changes(self) -> list[Change]: ...


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What clients were told: decoded `Answer`s, and the events that were pushed to them."""

    answers: Sequence[Any] = ()
    events: Sequence[Any] = ()


NOTHING_WITNESSED = Witnessed()


@dataclass(frozen=True)
class Books:
    """One consistent snapshot of everything durable, from the first entry of every shard.

    `heads` are where the journals end, `rows` all rows by the name of their table, `positions`, `commands` and each machine's
    own among them. A journal need not be a list: it is read once, from front to back.
    """

    topology: Topology
    heads: Mapping[str, Head]
    rows: Mapping[str, Sequence[Record]]
    journals: Mapping[str, Iterable[JournalEntry]] = field(default_factory=dict)


class Step(NamedTuple):
    """A journal entry, opened: what shard `shard_index` of `service` was given at `seq`, and what came of it."""

    entry: JournalEntry
    service: str
    shard_index: int
    given: Envelope | Entry
    output: Output

    def __str__(self) -> str:
        return f"{self.entry.shard} seq {self.entry.seq}"


def opened(entry: JournalEntry) -> Step:
    """Raises Undecodable."""
    given: Envelope | Entry
    given = decode(Envelope, entry.input) if entry.source in COMMAND_SOURCES else decode(Entry, entry.input)
    return Step(entry, service_of(entry.shard), index_of(entry.shard), given, decode(Output, entry.output))


def either(*of: Iterable[K]) -> list[K]:
    """Everything that stands in any of them, in the order in which it is first met: the same report every time."""
    return list(dict.fromkeys(chain.from_iterable(of)))


class Case:
    """What is being judged. `quiet` = nothing is under way any more: then the strict forms hold."""

    def __init__(self, books: Books, quiet: bool, machines: Mapping[str, type[Machine]]) -> None:
        self.books, self.quiet, self.machines = books, quiet, machines
        self.topology = books.topology
        self.findings = Findings()
        self.rules: dict[str, Any] = {row.symbol: row for row in self.rows("symbols")}
        self.positions = {(row.shard, row.source): row.position for row in self.rows("positions")}

    def rows(self, table: str) -> Sequence[Any]:
        return self.books.rows.get(table, ())

    def due(self, reader: str, source: str, seq: int) -> bool:
        """Whether `reader` must have heard entry `seq` of `source`: at any snapshot up to its position, when quiet all."""
        return self.quiet or seq <= self.positions.get((reader, source), 0)

    def notional(self, symbol: str, price: int, quantity: int) -> int:
        """Quote units, in integers without bounds; exact for every symbol that admin lets in."""
        value: int = price * quantity // 10 ** self.rules[symbol].base_precision
        return value


Handler = Callable[[Step, Any], None]


class Auditor:
    """A fold: it is told of events as they pass, and judges when all have passed.

    `said` and `heard` name the events that it wants, by the service in whose journal they stand as outcome or as input.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.said: dict[tuple[str, type], Handler] = {}
        self.heard: dict[tuple[str, type], Handler] = {}

    def found(self, auditor: str, what: str) -> None:
        self.case.findings.add(auditor, what)

    def step(self, step: Step) -> None:
        """Called for every entry, before its events are told."""

    def close(self) -> None:
        """All journals have passed: compare with the rows."""

"""Books that somebody has tampered with: rows changed behind the machines' back, history rewritten with a chain that fits."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from tradewind.audit.auditors import audit
from tradewind.audit.books import NOTHING_WITNESSED, Books, Finding, Machine
from tradewind.machines import MACHINES
from tradewind.messages.codec import Output, decode, encode
from tradewind.messages.events import Entry, Event
from tradewind.messages.topology import service_of
from tradewind.ports.store import Head, JournalEntry
from tradewind.runtime.chain import link

Test = Callable[[Any], bool]


class Place(NamedTuple):
    """An event in a journal: entry `at` (from 0) of `shard`, its event `number`."""

    shard: str
    at: int
    number: int
    event: Any


class Forgery:
    def __init__(self, books: Books) -> None:
        self.heads = dict(books.heads)
        self.rows = {name: list(rows) for name, rows in books.rows.items()}
        self.journals = {shard: list(journal) for shard, journal in books.journals.items()}
        self.witnessed = NOTHING_WITNESSED
        self.quiet = True
        self.machines: dict[str, type[Machine]] = dict(MACHINES)
        self._books = books

    def findings(self) -> list[Finding]:
        books = replace(self._books, heads=self.heads, rows=self.rows, journals=self.journals)
        return audit(books, quiet=self.quiet, machines=self.machines, witnessed=self.witnessed)

    # --- rows
    def row(self, table: str, test: Test = lambda row: True) -> Any:
        return next(row for row in self.rows[table] if test(row))

    def change(self, table: str, row: Any, **fields: Any) -> None:
        self.rows[table][self.rows[table].index(row)] = msgspec.structs.replace(row, **fields)

    def add(self, table: str, row: Any, **fields: Any) -> None:
        """To some numbers of `row`."""
        self.change(table, row, **{name: getattr(row, name) + units for name, units in fields.items()})

    def drop(self, table: str, row: Any) -> None:
        self.rows[table].remove(row)

    # --- history
    def places(self, service: str, kind: type, test: Test = lambda event: True) -> list[Place]:
        """Where `service` said such events."""
        return [
            Place(shard, at, number, event)
            for shard, journal in self.journals.items()
            if service_of(shard) == service
            for at, entry in enumerate(journal)
            for number, event in enumerate(self.said(entry))
            if isinstance(event, kind) and test(event)
        ]

    def said(self, entry: JournalEntry) -> tuple[Event, ...]:
        return decode(Output, entry.output).events

    def say(self, place: Place, *events: Event) -> None:
        """Let these events stand where one stood."""
        entry = self.journals[place.shard][place.at]
        output = decode(Output, entry.output)
        said = output.events[: place.number] + events + output.events[place.number + 1 :]
        self.write(place.shard, place.at, output=encode(Output(said, output.reply)))

    def hear(self, shard: str, at: int, change: Callable[[Entry], Entry]) -> None:
        entry = self.journals[shard][at]
        self.write(shard, at, input=encode(change(decode(Entry, entry.input))))

    def write(self, shard: str, at: int, **fields: Any) -> None:
        self.journals[shard][at] = msgspec.structs.replace(self.journals[shard][at], **fields)
        self.link(shard)

    def link(self, shard: str) -> None:
        """Make a chain that fits what is there now, and a head that fits the chain."""
        chain, journal = Head().chain, self.journals[shard]
        for at, entry in enumerate(journal):
            chain = link(chain, entry.seq, entry.at, entry.source, entry.source_seq, entry.input, entry.output)
            journal[at] = msgspec.structs.replace(entry, chain=chain)
        self.heads[shard] = Head(journal[-1].seq, chain, journal[-1].at)


Forge = Callable[[Forgery], None]
CASES: list[tuple[str, Forge]] = []


def caught_by(*auditors: str) -> Callable[[Forge], Forge]:
    """The forgery below is one that each of these auditors must find."""

    def keep(forge: Forge) -> Forge:
        CASES.extend((auditor, forge) for auditor in auditors)
        return forge

    return keep

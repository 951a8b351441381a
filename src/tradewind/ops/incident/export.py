"""From a live database to a bundle. What it costs: one pass over what restarts would load, the window's entries, and, when
the window begins in the past, a replay of every entry from the base (or the first) up to there, in this process.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from tradewind.audit.books import COMMAND_SOURCES, Machine
from tradewind.audit.replay import Replay
from tradewind.messages.topology import Topology, index_of, service_of
from tradewind.ops.incident.file import BadBundle, Writer, verify
from tradewind.ops.incident.masks import Masks
from tradewind.ops.incident.past import BadPast, Past
from tradewind.ops.incident.records import FORMAT, ROWS_PER_RECORD, Header, Mark, Present, Rows, Section, Versions, values_of
from tradewind.ops.incident.window import BadWindow, Locator, Where
from tradewind.ports.store import POSITIONS, SHARDS, Head, JournalEntry
from tradewind.ports.tables import Query, Record, Table
from tradewind.runtime.loading import query_for

PAGE = 1_000  # entries per read


class Source(Protocol):
    """What an export reads. `pages` and `schema` are used within `snapshot` only. Raises Unavailable."""

    @property
    def server(self) -> str: ...
    def snapshot(self) -> AbstractAsyncContextManager[None]: ...
    async def schema(self) -> dict[str, str]: ...
    def pages(self, query: Query) -> AsyncIterator[list[Record]]: ...
    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]: ...


@dataclass(frozen=True)
class House:
    """What is known without asking the database. `settings` show no secret any more."""

    topology: Topology
    machines: Mapping[str, type[Machine]]
    masks: Masks
    settings: dict[str, str]
    limits: dict[str, int | float]
    versions: Versions
    exported_at: int


@dataclass(frozen=True)
class Exported:
    header: Header
    entries: int
    seal: str


async def export(source: Source, house: House, since: Where, until: Where, path: Path, base: Path | None = None) -> Exported:
    """Write `path` whole or not at all. Raises Unavailable, OSError, BadWindow, BadPast, and BadBundle about `base`."""
    staging = path.with_name(f"{path.name}.new")
    based = None if base is None else verify(base)[0]
    try:
        with _private(staging) as file, Writer(file) as out:
            header = await _write(source, house, since, until, out, base, based)
            seal = out.close()
        staging.replace(path)
    finally:
        staging.unlink(missing_ok=True)
    return Exported(header, out.entries, seal)


def _private(path: Path) -> BinaryIO:
    """A new file that nobody else may read: masked or not, what is in it is the house's business."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


async def _write(
    source: Source, house: House, since: Where, until: Where, out: Writer, base: Path | None, based: Header | None
) -> Header:
    async with source.snapshot():
        header = await _header(source, house, since, until, {} if based is None else based.ends)
        if based is not None:
            _fit(based, header)
        out.add(header)
        await _present(source, house, header, out)
        positions = await _positions(source)
    for shard in header.ends:
        await _Shard(shard, source, house, header, out, positions).write(base, based)
    return header


async def _header(source: Source, house: House, since: Where, until: Where, known: Mapping[str, Mark]) -> Header:
    ends = [row async for page in source.pages(Query(SHARDS)) for row in page]
    found = {row.shard: Mark.of(Head(row.seq, row.chain, row.at)) for row in ends}
    topology = house.topology
    heads = {shard: found.get(shard, Mark()) for shard in topology.shards()}
    locator = Locator(source, heads, known)
    starts, stops = await locator.before(since), await locator.behind(until)
    for shard in heads:
        if starts[shard].seq > stops[shard].seq:
            raise BadWindow(f"{shard}: from seq {starts[shard].seq + 1} to seq {stops[shard].seq} is no window")
    return Header(
        format=FORMAT,
        asked={"from": since.words, "to": until.words},
        exported_at=house.exported_at,
        clearing_shards=topology.clearing,
        matching_shards=topology.matching,
        starts=starts,
        ends=stops,
        heads=heads,
        columns={table.name: table.columns for make in house.machines.values() for table in make.tables},
        settings=house.settings,
        limits=house.limits,
        versions=replace_versions(house.versions, source.server, await source.schema()),
        masks=house.masks.name,
    )


def replace_versions(versions: Versions, server: str, schema: dict[str, str]) -> Versions:
    return Versions(versions.tradewind, versions.python, server, versions.packages, schema)


def _fit(base: Header, header: Header) -> None:
    if base.masks != header.masks:
        raise BadBundle("the base is masked with another key: it is another exchange's, or the vault's key has changed since")
    if base.topology != header.topology:
        raise BadBundle("the base has another number of shards")
    for shard, start in base.starts.items():
        if start.seq > header.starts[shard].seq:
            raise BadBundle(f"the base begins at {shard} seq {start.seq}, the window before that")


async def _present(source: Source, house: House, header: Header, out: Writer) -> None:
    """The rows that machines would load now, of every shard whose window reaches until now."""
    for shard in header.ends:
        make: Any = house.machines[service_of(shard)]
        for table in make.tables if header.reaches_head(shard) else ():
            if not table.append:
                async for page in source.pages(query_for(make, table, index_of(shard))):
                    for some in _chunks(page):
                        out.add(Present(shard, table.name, tuple(house.masks.row(table, row) for row in some)))


def _chunks(rows: list[Record]) -> list[list[Record]]:
    return [rows[at : at + ROWS_PER_RECORD] for at in range(0, len(rows), ROWS_PER_RECORD)]


async def _positions(source: Source) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    async for page in source.pages(Query(POSITIONS)):
        for row in page:
            found.setdefault(row.shard, {})[row.source] = row.position
    return found


class _Shard:
    """One shard's section. Shards are written one after the other, so only one machine's rows are in memory."""

    def __init__(
        self,
        shard: str,
        source: Source,
        house: House,
        header: Header,
        out: Writer,
        present_positions: dict[str, dict[str, int]],
    ) -> None:
        self._shard, self._source, self._house, self._out = shard, source, house, out
        self._start, self._end, self._head = header.starts[shard], header.ends[shard], header.heads[shard]
        self._present_positions = present_positions.get(shard, {})

    async def write(self, base: Path | None, based: Header | None) -> None:
        if self._start == self._head:
            self._out.add(Section(self._shard, self._present_positions, -1))
        else:
            past = Past(self._shard, self._house.machines[service_of(self._shard)], self._house.topology)
            if base is not None and based is not None:
                past.take_base(base, based, self._start)
            async for entry in self._entries(past.at, self._start.seq):
                past.hear(self._house.masks.entry(entry, entry.source in COMMAND_SOURCES))
            past.arrived(self._start)
            self._open(past.replay, past.positions)
        chain = self._start.chain
        async for entry in self._entries(self._start, self._end.seq):
            kept = self._house.masks.entry(entry, entry.source in COMMAND_SOURCES)
            if not kept.follows(chain):
                raise BadPast(f"{self._shard} seq {kept.seq}: the chain breaks here: these are not the committed bytes")
            chain = kept.chain
            self._out.add(kept)

    def _open(self, replay: Replay, positions: dict[str, int]) -> None:
        pages: list[tuple[Table, list[Record]]] = []
        for table, kept in replay.kept.items():
            # In the order in which a machine is given them at a restart.
            pages += [(table, some) for some in _chunks(sorted(kept.values(), key=table.key_of))]
        self._out.add(Section(self._shard, positions, len(pages)))
        for table, some in pages:
            self._out.add(Rows(table.name, tuple(values_of(table, row) for row in some)))

    async def _entries(self, after: Mark, last: int) -> AsyncIterator[JournalEntry]:
        seq = after.seq
        while seq < last:
            page = await self._source.journal(self._shard, seq, min(PAGE, last - seq))
            if not page or page[0].seq != seq + 1:
                raise BadPast(f"{self._shard} seq {seq + 1}: the journal does not have it")
            for entry in page:
                yield entry
            seq = page[-1].seq

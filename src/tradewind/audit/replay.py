"""A16 replay: the same inputs give the same outcomes, the same chain and, in the end, the same rows.

The one replay there is: `tradewind audit`, the rows at the start of an incident bundle, and the simulator's review of one.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import eq, ge, gt, le, lt
from typing import Any, NamedTuple

from tradewind.audit.books import Auditor, Case, Machine, Step, either
from tradewind.messages.codec import Output, encode, version_of
from tradewind.messages.commands import Envelope
from tradewind.messages.topology import Topology, index_of
from tradewind.ports.store import CHAIN_START
from tradewind.ports.tables import Change, Key, Record, Table
from tradewind.values.chain import link

_MEETS: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
INPUTS_PER_DRAIN = 512  # how often changed rows are collected makes no difference; it bounds what waits


class At(NamedTuple):
    """Where an input stands, as the runtime tells it a machine: seq in the journal, and wall nanoseconds."""

    seq: int
    now: int


class Replay:
    """A fresh machine of `shard` on the inputs of its journal. `opening` are its tables' rows, by name, before that.

    `kept` are its rows as they come to be; with `live` only those that a machine would load, so that history costs nothing.
    """

    def __init__(
        self,
        shard: str,
        make: type[Machine],
        topology: Topology,
        opening: Mapping[str, Sequence[Record]],
        *,
        live: bool = False,
    ) -> None:
        self.shard, self.make = shard, make
        self._live = live
        self._index = index_of(shard)
        self._machine = make(self._index, topology)
        self._inputs = 0
        self.kept: dict[Table, dict[Key, Record]] = {
            table: {table.key_of(row): row for row in self.mine(table, opening.get(table.name, ()))} for table in make.tables
        }
        self._machine.load({table: self._loadable(table) for table in make.tables if not table.append})

    def _loadable(self, table: Table) -> list[Record]:
        return [row for row in self.kept[table].values() if self._loads(table, row)]

    def _loads(self, table: Table, row: Record) -> bool:
        wheres = getattr(self.make, "load_where", {}).get(table, ())
        return not table.append and all(_MEETS[op](getattr(row, column), value) for column, op, value in wheres)

    def mine(self, table: Table, rows: Sequence[Record]) -> list[Record]:
        """Those of `rows` that are this shard's."""
        return [row for row in rows if row.shard == self._index] if "shard" in table.columns else list(rows)

    def apply(self, step: Step) -> Output:
        """What it says now. Raises whatever the machine dies of."""
        if self._inputs == INPUTS_PER_DRAIN:
            self.drain()
        item = step.given.body if isinstance(step.given, Envelope) else step.given
        outcome = self._machine.apply(item, At(step.entry.seq, step.entry.at))
        self._inputs += 1
        return Output(tuple(outcome.events), outcome.reply)

    def drain(self) -> list[Change]:
        """Take up what has changed since the last time; that."""
        self._inputs = 0
        changes = self._machine.changes()
        for change in changes:
            rows = self.kept[change.table]
            for record in change.put:
                if not self._live or self._loads(change.table, record):
                    rows[change.table.key_of(record)] = record
                else:
                    rows.pop(change.table.key_of(record), None)
            for key in change.removed:
                rows.pop(key, None)
        return changes


class Replays(Auditor):
    """A shard that has gone another way is replayed no further: everything after its first difference would be one."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._chains: dict[str, bytes] = {}
        self._replays: dict[str, Replay | None] = {
            shard: Replay(shard, make, case.topology, {})
            for service, make in case.machines.items()
            for shard in case.topology.shards(service)
        }

    def step(self, step: Step) -> None:
        entry = step.entry
        chain = self._chains.get(entry.shard, CHAIN_START)
        if link(chain, entry.seq, entry.at, entry.source, entry.source_seq, entry.input, entry.output) != entry.chain:
            self.found("A16", f"{step}: the chain breaks here: these are not the bytes that were committed")
        self._chains[entry.shard] = entry.chain
        replay = self._replays.get(entry.shard)
        if replay is None:
            return
        try:
            output = replay.apply(step)
        except Exception as death:  # whatever a machine dies of in a replay is what we are here to tell
            self._give_up(step, f"the machine dies of {type(death).__name__}: {str(death)[:300]}")
            return
        if as_journaled(output, entry.output) != entry.output:
            self._give_up(step, difference(output, step.output))

    def _give_up(self, step: Step, what: str) -> None:
        self.found("A16", f"{step}: {what}")
        self._replays[step.entry.shard] = None

    def close(self) -> None:
        for shard, replay in self._replays.items():
            if replay is None:
                continue
            replay.drain()
            for table, kept in replay.kept.items():
                has = {table.key_of(row): row for row in replay.mine(table, self.case.rows(table.name))}
                for key in either(has, kept):
                    if has.get(key) != kept.get(key):
                        self.found(
                            "A16", f"{shard} {table.name} {key}: the row is {has.get(key)}, replay gives {kept.get(key)}"
                        )


def as_journaled(output: Output, journaled: bytes) -> bytes:
    """`output` as bytes that can be compared with `journaled` ones."""
    return encode(output, version_of(journaled))


def difference(now: Output, then: Output) -> str:
    for place, (new, old) in enumerate(zip(now.events, then.events, strict=False), 1):
        if new != old:
            return f"event {place} replayed is {new}, journaled {old}"
    if len(now.events) != len(then.events):
        return f"replay says {len(now.events)} events, journaled are {len(then.events)}"
    return f"replay answers {now.reply}, journaled is {then.reply}"

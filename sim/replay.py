"""An exported journal on fresh machines: the same inputs must give the same outcomes, and so the same chain."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradewind.audit.auditors import COMMAND_SOURCES
from tradewind.audit.books import Step
from tradewind.audit.replay import Replay
from tradewind.machines import MACHINES
from tradewind.messages.codec import Output, decode, encode, version_of
from tradewind.messages.commands import Envelope
from tradewind.messages.events import Entry
from tradewind.messages.topology import index_of, service_of
from tradewind.ops.journal import Header, entries_of, header_of
from tradewind.ports.store import CHAIN_START, JournalEntry
from tradewind.values.chain import link


@dataclass
class Replayed:
    """One shard: how far it came, the chain over what the fresh machine said, and where that first went another way."""

    shard: str
    head: tuple[int, bytes]  # as exported
    seq: int = 0
    chain: bytes = CHAIN_START
    difference: str = ""

    @property
    def same(self) -> bool:
        return not self.difference and (self.seq, self.chain) == self.head


class Player:
    """A machine's second life. `machines` may be a candidate's instead of ours."""

    def __init__(self, shard: str, header: Header, machines: Mapping[str, type[Any]]) -> None:
        self.result = Replayed(shard, header.heads[shard])
        self._machine = Replay(shard, machines[service_of(shard)], header.topology, {})

    def hear(self, entry: JournalEntry) -> None:
        result = self.result
        if result.difference:
            return
        if entry.seq != result.seq + 1:
            result.difference = f"entry {entry.seq} follows entry {result.seq}"
            return
        given: Envelope | Entry
        given = decode(Envelope, entry.input) if entry.source in COMMAND_SOURCES else decode(Entry, entry.input)
        then = decode(Output, entry.output)
        output = self._machine.apply(Step(entry, service_of(entry.shard), index_of(entry.shard), given, then))
        result.seq = entry.seq
        came = encode(output, version_of(entry.output))  # the chain is over bytes, of whichever version
        result.chain = link(result.chain, entry.seq, entry.at, entry.source, entry.source_seq, entry.input, came)
        if result.chain != entry.chain:
            result.difference = f"entry {entry.seq}: replayed {output}, journaled {then}"


def replay(path: Path, machines: Mapping[str, type[Any]] = MACHINES) -> list[Replayed]:
    """Raises OSError, and ValueError when `path` is no export."""
    header = header_of(path)
    players = {shard: Player(shard, header, machines) for shard in header.heads}
    for entry in entries_of(path):
        players[entry.shard].hear(entry)
    return [player.result for player in players.values()]


def told(results: list[Replayed]) -> Iterator[str]:
    """A line for each shard."""
    for result in results:
        seq, chain = result.head
        verdict = "the same" if result.same else result.difference or f"journaled {seq} {chain.hex()}"
        yield f"{result.shard}: {result.seq} entries, chain {result.chain.hex()}: {verdict}"

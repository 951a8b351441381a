"""Which part of each journal: from instants or places in words to one place per shard."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from tradewind.ops.incident.records import Mark
from tradewind.ports.store import JournalEntry

START, NOW = "start", "now"
_PLACE = re.compile(r"([a-z]+/\d+):(\d+)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadWindow(ValueError):
    """The message says what is wrong with it, in words for the operator."""


@dataclass(frozen=True)
class Where:
    """`at`: wall ns; with `seqs` it is not used: then these shards' entries say where, the others follow their instant."""

    words: str
    at: int = 0
    seqs: Mapping[str, int] = field(default_factory=dict)


def parse(words: str) -> Where:
    """ "start", "now", an ISO-8601 instant (UTC unless it says otherwise), or SHARD:SEQ[,SHARD:SEQ...]. Raises BadWindow."""
    if words == START:
        return Where(words, -1)
    if words == NOW:
        return Where(words, 2**63 - 1)
    places = [_PLACE.fullmatch(part) for part in words.split(",")]
    if all(places):
        return Where(words, 0, {place[1]: int(place[2]) for place in places if place})
    try:
        instant = datetime.fromisoformat(words)
    except ValueError:
        raise BadWindow(f"{words!r} is no instant like 2026-11-23T14:05:00Z, no place like clearing/0:120") from None
    since = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)) - _EPOCH
    return Where(words, since // timedelta(microseconds=1) * 1_000)


class Journals(Protocol):
    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]: ...


class Locator:
    """Finds places in journals whose `heads` are known. Instants never decrease within a journal, so it bisects.

    `known` are places in them that a base tells: behind these it reads nothing before them, which may be archived.
    """

    def __init__(self, store: Journals, heads: Mapping[str, Mark], known: Mapping[str, Mark]) -> None:
        self._store, self._heads, self._known = store, heads, known

    async def before(self, where: Where) -> dict[str, Mark]:
        """By shard: right before the first entry at or after `where`; entries that are named are the window's first."""
        marks = {shard: await self._mark(shard, seq - 1) for shard, seq in where.seqs.items()}
        at = min([(await self._entry(shard, seq)).at for shard, seq in where.seqs.items()], default=where.at)
        return {shard: marks[shard] if shard in marks else await self._search(shard, at) for shard in self._heads}

    async def behind(self, where: Where) -> dict[str, Mark]:
        """By shard: right behind the last entry at or before `where`; entries that are named are the window's last."""
        marks = {shard: await self._mark(shard, seq) for shard, seq in where.seqs.items()}
        at = max([(await self._entry(shard, seq)).at for shard, seq in where.seqs.items()], default=where.at)
        return {shard: marks[shard] if shard in marks else await self._search(shard, at + 1) for shard in self._heads}

    async def _entry(self, shard: str, seq: int) -> JournalEntry:
        if shard not in self._heads or not 0 < seq <= self._heads[shard].seq:
            raise BadWindow(f"there is no {shard} seq {seq}")
        [entry] = await self._store.journal(shard, seq - 1, 1)
        assert entry.seq == seq, f"the journal of {shard} lacks seq {seq}"
        return entry

    async def _mark(self, shard: str, seq: int) -> Mark:
        known = self._known.get(shard, Mark())
        if seq == known.seq:
            return known
        if seq == 0:
            return Mark()
        entry = await self._entry(shard, seq)
        return Mark(entry.seq, entry.chain, entry.at)

    async def _search(self, shard: str, at: int) -> Mark:
        """Behind the last entry before the instant `at`."""
        head = self._heads[shard]
        if head.at < at:
            return head
        known = self._known.get(shard, Mark())
        low, high = known.seq if known.at < at else 0, head.seq  # entry `low` is before it, entry `high` is not
        while high - low > 1:
            middle = (low + high) // 2
            if (await self._entry(shard, middle)).at < at:
                low = middle
            else:
                high = middle
        return await self._mark(shard, low)

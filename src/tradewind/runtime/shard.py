"""The one loop: take a batch of inputs, apply them, commit inputs, outcomes and rows together, then publish and answer.

Any doubt (unknown commit, lost lease, failed assertion) leaves this module as an exception; the host drops the memory and
begins again. There is no other recovery path.
"""

from collections.abc import Iterator
from typing import NamedTuple

import trio

from tradewind.messages.codec import Output, Undecodable, decode, encode
from tradewind.messages.commands import Envelope
from tradewind.messages.events import Batch, Entry
from tradewind.messages.replies import Answer, Refused
from tradewind.ports.store import (
    COMMANDS,
    POSITIONS,
    QUARANTINE,
    Commit,
    Head,
    JournalEntry,
    Lease,
    Position,
    Quarantined,
    Remembered,
)
from tradewind.ports.tables import Change
from tradewind.ports.world import World
from tradewind.runtime.chain import link
from tradewind.runtime.feeds import FeedReader, concern_of
from tradewind.runtime.inbox import Delivery, Inbox
from tradewind.runtime.limits import Limits
from tradewind.runtime.loading import Loaded
from tradewind.runtime.machine import At
from tradewind.runtime.outbox import Outbox
from tradewind.runtime.publisher import Publisher
from tradewind.runtime.wake import Wake
from tradewind.values.refusals import Refusal

INBOX = "inbox"
NETWORK = "network"


class Suspect(NamedTuple):
    """The input that is being applied: if the machine dies now, it died of this."""

    source: str
    position: int
    body: bytes


class Shard:
    """One incarnation of one shard: lives from a loaded machine to the first doubt."""

    def __init__(self, lease: Lease, loaded: Loaded, world: World, limits: Limits, poison: frozenset[bytes]) -> None:
        self.suspect: Suspect | None = None
        self.head: Head = lease.head
        self._prev: Head = lease.head  # as committed
        self.commit_at = trio.current_time()
        self._lease = lease
        self._world = world
        self._limits = limits
        self._poison = poison
        self._machine = loaded.machine
        self._memory = loaded.memory
        self._quarantine_id = loaded.quarantine_id
        self._committed = dict(loaded.positions)
        self._wake = Wake()
        shard = lease.shard
        concern, at = concern_of(loaded.machine), loaded.positions
        followed = frozenset(loaded.sources)
        self.readers = [FeedReader(feed, at.get(feed, 0), world, limits, concern, followed) for feed in loaded.sources]
        for reader in self.readers:
            reader.wake = self._wake
        self.inbox = Inbox(f"inbox/{shard}", loaded.positions.get(INBOX, 0), world, limits, self._wake)
        self.outbox = Outbox(world)
        self.publisher = Publisher(shard, lease.head.seq, world, limits)
        # What the commit in the making consists of.
        self._entries: list[JournalEntry] = []
        self._said: list[Entry] = []
        self._remembered: list[Remembered] = []
        self._quarantined: list[Quarantined] = []

    async def run(self, hears_commands: bool) -> None:
        """Until cancelled, or until a doubt leaves as an exception."""
        async with trio.open_nursery() as nursery:
            for reader in self.readers:
                nursery.start_soon(reader.run)
            if hears_commands:
                nursery.start_soon(self.inbox.run)
            nursery.start_soon(self.publisher.run)
            nursery.start_soon(self.outbox.run)
            nursery.start_soon(self._renew)
            while True:
                await self._wait_for_input()
                self._apply_batch()
                await self._commit()

    async def _renew(self) -> None:
        while True:
            await trio.sleep(self._limits.lease_s / 3)
            await self._world.store.renew(self._lease, self._limits.lease_s)

    async def _wait_for_input(self) -> None:
        while not self.inbox and not any(self._ready(reader) for reader in self.readers):
            timeout_s = self._limits.position_s if self._positions() else self._limits.read_wait_s
            if not await self._wake.wait(timeout_s) and self._positions():
                return

    def _ready(self, reader: FeedReader) -> bool:
        """Its first entry may be applied: what caused it has been heard, wherever we follow the cause as well.

        Entries wait in line behind it, so whatever its writer knew when it spoke, we know before we listen.
        """
        if not len(reader):
            return False
        cause = reader.first
        return all(other.position >= cause.source_seq for other in self.readers if other.feed == cause.source)

    def _inputs(self) -> Iterator[tuple[FeedReader, Entry] | Delivery]:
        """Feeds first, in turn, so that what is settled is free before new orders ask for it."""
        left = self._limits.batch_max
        progress = True
        while progress and left:
            progress = False
            for reader in self.readers:
                while left and self._ready(reader):
                    progress, left = True, left - 1
                    entry = reader.pop()
                    if entry.events:
                        yield reader, entry
        while left and self.inbox:
            left -= 1
            yield self.inbox.pop()

    def _apply_batch(self) -> None:
        now = max(self._world.clock.now(), self.head.at)
        for given in self._inputs():
            if isinstance(given, Delivery):
                self._hear_command(given, now)
            else:
                self._hear_entry(*given, now)

    def _hear_entry(self, reader: FeedReader, entry: Entry, now: int) -> None:
        body = encode(entry)
        self.suspect = Suspect(reader.feed, entry.seq, body)
        outcome = self._machine.apply(entry, At(self.head.seq + 1, now))
        self.suspect = None
        assert outcome.reply is None, entry
        self._journal(now, reader.feed, entry.seq, body, Output(tuple(outcome.events), None))

    def _hear_command(self, delivery: Delivery, now: int) -> None:
        try:
            envelope = decode(Envelope, delivery.body)
        except Undecodable as error:
            self._quarantine(delivery, now, str(error))
            return
        past = self._memory.get(envelope.command_id)
        if past is not None:
            self._world.tally.count("command delivered again" if past.request == envelope.request else "command replayed")
            again = past.answer if past.request == envelope.request else self._refuse(envelope, Refusal.REPLAYED_REQUEST)
            self.outbox.add(envelope.reply_to, delivery.waiter, again)
        elif delivery.body in self._poison:
            self._quarantine(delivery, now, "killed the machine too often")
            self.outbox.add(envelope.reply_to, delivery.waiter, self._refuse(envelope, Refusal.QUARANTINED))
        elif now > envelope.deadline:
            self._world.tally.count("command past its deadline")
            self.outbox.add(envelope.reply_to, delivery.waiter, self._refuse(envelope, Refusal.DEADLINE_PASSED))
        else:
            self._do(envelope, delivery, now)

    def _do(self, envelope: Envelope, delivery: Delivery, now: int) -> None:
        source = INBOX if delivery.waiter is None else NETWORK
        self.suspect = Suspect(source, delivery.position, delivery.body)
        outcome = self._machine.apply(envelope.body, At(self.head.seq + 1, now))
        self.suspect = None
        assert outcome.reply is not None, envelope
        self._journal(now, source, delivery.position, delivery.body, Output(tuple(outcome.events), outcome.reply))
        answer = encode(Answer(envelope.request, self._lease.shard, self.head.seq, outcome.reply))
        self._memory.add(envelope.command_id, envelope.request, now, answer)
        self._remembered.append(
            Remembered(self._lease.shard, self.head.seq, envelope.command_id, envelope.request, now, answer)
        )
        self.outbox.add(envelope.reply_to, delivery.waiter, answer)

    def _journal(self, now: int, source: str, source_seq: int, given: bytes, output: Output) -> None:
        seq, shard = self.head.seq + 1, self._lease.shard
        came = encode(output)
        chain = link(self.head.chain, seq, now, source, source_seq, given, came)
        self._entries.append(JournalEntry(shard, seq, self._lease.epoch, now, source, source_seq, given, came, chain))
        self.head = Head(seq, chain, now)
        if output.events or source not in (INBOX, NETWORK):
            self._said.append(Entry(shard, seq, now, source, source_seq, output.events))

    def _refuse(self, envelope: Envelope, code: Refusal) -> bytes:
        return encode(Answer(envelope.request, self._lease.shard, 0, Refused(code)))

    def _quarantine(self, delivery: Delivery, now: int, error: str) -> None:
        self._quarantine_id += 1
        self._world.tally.count("input quarantined")
        self._quarantined.append(
            Quarantined(self._lease.shard, self._quarantine_id, now, INBOX, delivery.position, delivery.body, error)
        )

    def _positions(self) -> list[Position]:
        """Positions that moved since the last commit."""
        now = {reader.feed: reader.position for reader in self.readers} | {INBOX: self.inbox.position}
        shard = self._lease.shard
        return [Position(shard, source, at) for source, at in now.items() if self._committed.get(source, 0) != at]

    async def _commit(self) -> None:
        positions = self._positions()
        changes = self._machine.changes()
        changes += [Change(POSITIONS, list(positions))] if positions else []
        changes += [Change(COMMANDS, list(self._remembered))] if self._remembered else []
        changes += [Change(QUARANTINE, list(self._quarantined))] if self._quarantined else []
        entries, said = self._entries, self._said
        self._entries, self._said, self._remembered, self._quarantined = [], [], [], []
        release = self.outbox.seal()
        if entries or changes:
            assert entries or self.head == self._prev, (self.head, self._prev)
            prev, self._prev = self._prev, self.head
            await self._world.store.commit(self._lease, Commit(prev, self.head, entries, changes))
            self.commit_at = trio.current_time()
            self._committed.update({position.source: position.position for position in positions})
            if entries:
                sources = {reader.feed: self._committed.get(reader.feed, 0) for reader in self.readers}
                self.publisher.say(Batch(prev.seq, self.head.seq, sources, tuple(said)))
        release()

"""The one loop: take a batch of inputs, apply them, commit inputs, outcomes and rows together, then publish and answer.

Any doubt (unknown commit, lost lease, failed assertion) leaves this module as an exception; the host drops the memory and
begins again. There is no other recovery path.
"""

from collections.abc import Callable
from typing import NamedTuple

import trio

from tradewind.messages.codec import Output, Undecodable, decode, encode
from tradewind.messages.commands import Envelope, SettleQuarantine, Tick
from tradewind.messages.events import Batch, Entry
from tradewind.messages.replies import Answer, Discarded, Refused, Reply
from tradewind.ports.errors import Fenced
from tradewind.ports.store import (
    COMMANDS,
    POSITIONS,
    Commit,
    Head,
    JournalEntry,
    Lease,
    Position,
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
CLOCK = "clock"


class Suspect(NamedTuple):
    """The input that is being applied: if the machine dies now, it died of this."""

    source: str
    position: int
    body: bytes


class Past(NamedTuple):
    """What earlier lives of this shard died of. `poison` is shared with them: bytes of commands that are not applied.

    `halted`: until this feed entry has been applied, no command is. `alone`: so many inputs get a commit each, so that those
    before the killer stand, and the killer is known even when it kills only at the commit.
    """

    poison: set[bytes]
    halted: Suspect | None = None
    alone: int = 0


class Shard:
    """One incarnation of one shard: lives from a loaded machine to the first doubt."""

    def __init__(self, lease: Lease, loaded: Loaded, world: World, limits: Limits, past: Past) -> None:
        self.suspect: Suspect | None = None
        self.head: Head = lease.head
        self._prev: Head = lease.head  # as committed
        self.store_at = trio.current_time()  # when the store last said that we are the writer
        self._now = lease.head.at  # given to the machine; what it has been told has passed, has passed
        self._lease = lease
        self._world = world
        self._writes = world.writes
        self._limits = limits
        self._poison = past.poison
        self._halted = past.halted
        self._alone = past.alone
        self._machine = loaded.machine
        self._alarm: Callable[[], int] = getattr(loaded.machine, "alarm", _never)
        self._memory = loaded.memory
        self._quarantine = loaded.quarantine
        self._committed = dict(loaded.positions)
        self._wake = Wake()
        shard = lease.shard
        concern, at = concern_of(loaded.machine), loaded.positions
        followed = frozenset(loaded.sources)
        self.readers = [FeedReader(feed, at.get(feed, 0), world, limits, concern, followed) for feed in loaded.sources]
        for reader in self.readers:
            reader.wake = self._wake
            reader.progress_matters = self._holds_back
        self.inbox = Inbox(f"inbox/{shard}", loaded.positions.get(INBOX, 0), world, limits, self._wake)
        self.outbox = Outbox(world)
        self.publisher = Publisher(shard, lease.head.seq, world, limits)
        # What the commit in the making consists of.
        self._entries: list[JournalEntry] = []
        self._said: list[Entry] = []
        self._remembered: list[Remembered] = []

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

    def has_passed(self, entry: Suspect) -> bool:
        """It has been applied, and that is committed."""
        if entry.source == CLOCK:
            return self._prev.seq >= entry.position
        return self._committed.get(entry.source, 0) >= entry.position

    async def _renew(self) -> None:
        while True:
            await trio.sleep(self._limits.lease_s / 3)
            await self._renew_now()

    async def _renew_now(self) -> None:
        await self._world.store.renew(self._lease, self._limits.lease_s)
        self.store_at = trio.current_time()

    async def _wait_for_input(self) -> None:
        """Or until positions have moved for long enough without an effect, however busy the feeds that move them."""
        enough_at = trio.current_time() + self._limits.position_s
        while not self._has_command() and not any(self._ready(reader) for reader in self.readers):
            left_s = enough_at - trio.current_time()
            if left_s <= 0 and self._positions():
                return
            alarm = self._alarm()
            alarm_s = (alarm - self._time()) / 1e9 if alarm else self._limits.read_wait_s
            if alarm_s <= 0:
                return
            await self._wake.wait(min(alarm_s, left_s if left_s > 0 else self._limits.read_wait_s))

    def _has_command(self) -> bool:
        return len(self.inbox) > 0 and (self._halted is None or self.has_passed(self._halted))

    def _ready(self, reader: FeedReader) -> bool:
        """Its first entry may be applied: what caused it has been heard, wherever we follow the cause as well.

        Entries wait in line behind it, so whatever its writer knew when it spoke, we know before we listen.
        """
        if not len(reader):
            return False
        cause = reader.first
        return all(other.position >= cause.source_seq for other in self.readers if other.feed == cause.source)

    def _holds_back(self) -> bool:
        """Entries wait for their cause, so that it has been heard is news; else only entries are."""
        return any(map(len, self.readers))

    def _hear_feeds(self, left: int, now: int) -> int:
        """In turn. How many of `left` inputs the batch may have after that."""
        progress = True
        while progress and left:
            progress = False
            for reader in self.readers:
                while left and self._ready(reader):
                    progress, left = True, left - 1
                    entry = reader.pop()
                    if entry.events:
                        self._hear_entry(reader, entry, now)
        return left

    def _beware_of_a_successor(self) -> None:
        """Whoever knows more of our journal than we have written has it from our successor: we are a zombie. The commit would
        be fenced anyway, but before that the machine would meet orders that it never accepted."""
        shard = self._lease.shard
        if any(reader.writer_positions.get(shard, 0) > self.head.seq for reader in self.readers):
            raise Fenced(f"{shard} has a successor: others have read it beyond {self.head.seq}")

    def _apply_batch(self) -> None:
        """Feeds first, so that what is settled is free before new orders ask for it."""
        self._beware_of_a_successor()
        now = self._time()
        left = 1 if self._alone else self._limits.batch_max
        if 0 < self._alarm() <= now:
            left -= 1
            self._tick(now)
            if 0 < self._alarm() <= now:
                return  # so much was due that it is not done yet, and nothing may come before it
        left = self._hear_feeds(left, now)
        # What is only answered takes no place in the batch: else a crowd that asks again and again, too late each time, keeps
        # out those who are in time, for as long as it asks.
        while left and self._has_command():
            left -= self._hear_command(self.inbox.pop(), now)

    def _time(self) -> int:
        """For the machine: what it has been told has passed, has passed, whatever the clock says now."""
        self._now = max(self._world.clock.now(), self._now)
        return self._now

    def _tick(self, now: int) -> None:
        """The instant has come that the machine asked for. Journaled like any input, for whoever replays it."""
        seq = self.head.seq + 1
        body = encode(Envelope(seq.to_bytes(16, "big"), "", 0, "", Tick()), self._writes)
        self.suspect = Suspect(CLOCK, seq, body)
        outcome = self._machine.apply(Tick(), At(seq, now))
        self._survived()
        assert outcome.reply is None, outcome
        self._journal(now, CLOCK, 0, body, Output(tuple(outcome.events), None))
        assert not 0 < self._alarm() <= now or outcome.events, "woken for nothing, it would be woken for ever"

    def _hear_entry(self, reader: FeedReader, entry: Entry, now: int) -> None:
        body = encode(entry, self._writes)
        self.suspect = Suspect(reader.feed, entry.seq, body)
        outcome = self._machine.apply(entry, At(self.head.seq + 1, now))
        self._survived()
        assert outcome.reply is None, entry
        self._journal(now, reader.feed, entry.seq, body, Output(tuple(outcome.events), None))

    def _hear_command(self, delivery: Delivery, now: int) -> bool:
        """Whether there is more to it than an answer."""
        try:
            envelope = decode(Envelope, delivery.body)
        except Undecodable as error:
            self._put_aside(delivery, now, str(error))
            return True
        past = self._memory.get(envelope.command_id)
        if past is not None:
            self._world.tally.count("command delivered again" if past.request == envelope.request else "command replayed")
            again = past.answer if past.request == envelope.request else self._refuse(envelope, Refusal.REPLAYED_REQUEST)
            self.outbox.add(envelope.reply_to, delivery.waiter, again)
            return False
        poison = delivery.body in self._poison or delivery.body in self._quarantine
        if not poison and self._world.clock.now() > envelope.deadline:
            # By the clock as it is: the machine's `now` stays where a clock that jumped ahead has taken it.
            # Not remembered: a successor whose clock is behind may do another copy of it. Callers take it for Unknown.
            self._world.tally.count("command past its deadline")
            self.outbox.add(envelope.reply_to, delivery.waiter, self._refuse(envelope, Refusal.DEADLINE_PASSED))
            return False
        if poison:
            self._put_aside(delivery, now, "killed the machine too often")
            answer = self._refuse(envelope, Refusal.QUARANTINED)
        elif isinstance(envelope.body, SettleQuarantine):
            answer = self._answer(envelope, self.head.seq, self._settle(envelope.body, delivery, now))
        else:
            answer = self._do(envelope, delivery, delivery.body, now)
        self.outbox.add(envelope.reply_to, delivery.waiter, answer)
        return True

    def _do(self, envelope: Envelope, delivery: Delivery, body: bytes, now: int) -> bytes:
        """Apply the command in `body`, which `delivery` brought or asked for; its answer."""
        source = _source_of(delivery)
        self.suspect = Suspect(source, delivery.position, delivery.body)
        outcome = self._machine.apply(envelope.body, At(self.head.seq + 1, now))
        self._survived()
        assert outcome.reply is not None, envelope
        self._journal(now, source, delivery.position, body, Output(tuple(outcome.events), outcome.reply))
        answer = self._answer(envelope, self.head.seq, outcome.reply)
        self._memory.add(envelope.command_id, envelope.request, now, answer)
        self._remembered.append(
            Remembered(self._lease.shard, self.head.seq, envelope.command_id, envelope.request, now, answer)
        )
        return answer

    def _survived(self) -> None:
        if not self._alone:  # else it is suspected until it is committed: there is nothing else in the batch
            self.suspect = None

    def _settle(self, asked: SettleQuarantine, delivery: Delivery, now: int) -> Reply:
        """The shard itself does this, so that a row goes in the very commit of what its retry has done: not lost, not twice.

        The wish is not journaled, and not given to the machine. A retry is journaled as the command that it is.
        """
        row = self._quarantine.get(asked.id)
        if row is None or row.at != asked.at:
            return Refused(Refusal.BAD_REQUEST, "there is no such row")
        reply: Reply = Discarded(row.id)
        if asked.retry:
            try:
                envelope = decode(Envelope, row.body)
            except Undecodable as error:
                return Refused(Refusal.BAD_REQUEST, f"still undecodable: {error}")
            if isinstance(envelope.body, SettleQuarantine):
                return Refused(Refusal.BAD_REQUEST, "a wish to settle another row is not retried")
            past = self._memory.get(envelope.command_id)
            reply = decode(Answer, past.answer if past else self._do(envelope, delivery, row.body, now)).reply
        self._world.tally.count("quarantined input retried" if asked.retry else "quarantined input discarded")
        self._quarantine.remove(row)
        self._poison.discard(row.body)
        return reply

    def _journal(self, now: int, source: str, source_seq: int, given: bytes, output: Output) -> None:
        seq, shard = self.head.seq + 1, self._lease.shard
        came = encode(output, self._writes)
        chain = link(self.head.chain, seq, now, source, source_seq, given, came)
        self._entries.append(JournalEntry(shard, seq, self._lease.epoch, now, source, source_seq, given, came, chain))
        self.head = Head(seq, chain, now)
        if output.events or source not in (INBOX, NETWORK, CLOCK):
            self._said.append(Entry(shard, seq, now, source, source_seq, output.events))

    def _refuse(self, envelope: Envelope, code: Refusal) -> bytes:
        return self._answer(envelope, 0, Refused(code))

    def _answer(self, envelope: Envelope, seq: int, reply: Reply) -> bytes:
        return encode(Answer(envelope.request, self._lease.shard, seq, reply), self._writes)

    def _put_aside(self, delivery: Delivery, now: int, error: str) -> None:
        if self._quarantine.add(now, _source_of(delivery), delivery.position, delivery.body, error):
            self._world.tally.count("input quarantined")

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
        changes += self._quarantine.drain()
        entries, said = self._entries, self._said
        self._entries, self._said, self._remembered = [], [], []
        if entries and self._alone:
            self._alone -= 1
        answering, release = len(self.outbox) > 0, self.outbox.seal()
        if entries or changes:
            assert entries or self.head == self._prev, (self.head, self._prev)
            prev, self._prev = self._prev, self.head
            await self._world.store.commit(self._lease, Commit(prev, self.head, entries, changes))
            self.store_at = trio.current_time()
            self._committed.update({position.source: position.position for position in positions})
            if entries:
                sources = {reader.feed: self._committed.get(reader.feed, 0) for reader in self.readers}
                self.publisher.say(Batch(prev.seq, self.head.seq, sources, tuple(said)))
        elif answering:
            await self._renew_now()  # a zombie must not say that nothing happened: the new writer may have done it
        self.suspect = None
        release()


def _never() -> int:
    return 0


def _source_of(delivery: Delivery) -> str:
    return INBOX if delivery.waiter is None else NETWORK

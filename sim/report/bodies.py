"""Bytes on the bus, in calls and in the journal, decoded into words. Each body once, however many hear it."""

from collections.abc import Sequence
from typing import NamedTuple

from sim.report.concern import Concern, together
from sim.report.timeline import NOBODY, About
from sim.report.words import Tongue
from tradewind.messages.codec import Output, Undecodable, decode
from tradewind.messages.commands import Envelope
from tradewind.messages.events import Batch, Entry
from tradewind.messages.replies import Answer, Answers
from tradewind.ports.store import JournalEntry

SHOWN_MAX = 200  # lines of one detail


class Told(NamedTuple):
    """A few words, all of it, and whom it concerns."""

    label: str
    detail: str
    about: About = NOBODY


class Bodies:
    """Learns precisions and names from what it reads, so what comes first is to be read first."""

    def __init__(self) -> None:
        self.tongue = Tongue()
        self.concern = Concern()
        self._batches: dict[bytes, Told] = {}
        self._entries: dict[bytes, Told] = {}

    def learn(self, entries: Sequence[JournalEntry]) -> None:
        for entry in entries:
            for said in _output(entry).events:
                self.tongue.learn(said)
                self.concern.learn(said)

    def batches(self, feed: str, found: Sequence[tuple[int, bytes]]) -> Told:
        """What a reader of a feed got."""
        return _joined([self.batch(feed, body) for _, body in found])

    def batch(self, feed: str, body: bytes) -> Told:
        if body not in self._batches:
            self._batches[body] = self._batch(feed, body)
        return self._batches[body]

    def _batch(self, feed: str, body: bytes) -> Told:
        try:
            batch = decode(Batch, body)
        except Undecodable as error:
            return Told(f"{feed}: undecodable", str(error))
        said = [event for entry in batch.entries for event in entry.events]
        lines = [f"{feed} {batch.prev + 1}..{batch.last}"]
        for entry in batch.entries:
            lines.append(f"{feed} {entry.seq}, caused by {entry.source} {entry.source_seq}:")
            lines += [f"  {self.tongue.event(event)}" for event in entry.events] or ["  nothing said"]
        what = self._gist(said)
        return Told(f"{feed} {batch.last}: {what}", _lines(lines), self.concern.of(said))

    def envelope(self, body: bytes) -> Told:
        try:
            given = decode(Envelope, body)
        except Undecodable as error:
            return Told("an undecodable command", str(error))
        words = self.tongue.command(given.body)
        detail = f"{words}\ncommand {given.command_id.hex()}, request {given.request}, answer to {given.reply_to}"
        return Told(words, detail, self.concern.of(given.body))

    def answers(self, body: bytes) -> Told:
        try:
            told = [decode(Answer, one) for one in decode(Answers, body).answers]
        except Undecodable as error:
            return Told("an undecodable answer", str(error))
        return _joined([self._answer(answer) for answer in told])

    def answer(self, body: bytes) -> Told:
        try:
            return self._answer(decode(Answer, body))
        except Undecodable:
            return Told(f"{len(body)} bytes", body[:200].hex())

    def _answer(self, answer: Answer) -> Told:
        words = self.tongue.reply(answer.reply)
        return Told(
            words, f"{words}\nof {answer.shard} at {answer.seq}, request {answer.request}", self.concern.of(answer.reply)
        )

    def mail(self, mailbox: str, body: bytes) -> Told:
        """Inboxes hold envelopes, callers' mailboxes answers."""
        return self.envelope(body) if mailbox.startswith("inbox/") else self.answers(body)

    def mails(self, mailbox: str, found: Sequence[tuple[int, bytes]]) -> Told:
        return _joined([self.mail(mailbox, body) for _, body in found])

    def entries(self, entries: Sequence[JournalEntry]) -> Told:
        """Journal entries: what was heard, and what came of it."""
        return _joined([self._entry(entry) for entry in entries])

    def _entry(self, entry: JournalEntry) -> Told:
        if entry.chain not in self._entries:
            self._entries[entry.chain] = self._read(entry)
        return self._entries[entry.chain]

    def _read(self, entry: JournalEntry) -> Told:
        output = _output(entry)
        lines = [f"{entry.shard} {entry.seq} (epoch {entry.epoch}), hears {entry.source} {entry.source_seq}"]
        given: list[object] = []
        try:
            heard = decode(Entry, entry.input)
            given = list(heard.events)
            lines += [f"  < {self.tongue.event(event)}" for event in heard.events]
        except Undecodable:
            told = self.envelope(entry.input)
            lines.append(f"  < {told.label}")
            given = [told.about]
        lines += [f"  > {self.tongue.event(event)}" for event in output.events]
        lines += [f"  = {self.tongue.reply(output.reply)}"] if output.reply is not None else []
        if output.events:
            gist = self._gist(output.events)
        else:
            gist = "takes note" if output.reply is None else self.tongue.reply(output.reply)
        abouts = [one for one in given if isinstance(one, About)]
        concern = together([*abouts, self.concern.of(given, output.events, output.reply)])
        return Told(gist, _lines(lines), concern)

    def _gist(self, said: Sequence[object]) -> str:
        """The weightiest event, and how many others there are."""
        if not said:
            return "nothing said"
        first = max(said, key=lambda event: _WEIGHT.get(type(event).__name__, 1))
        return self.tongue.event(first) + (f" (+{len(said) - 1})" if len(said) > 1 else "")


_WEIGHT = {"Traded": 5, "OrderAccepted": 4, "OrderEnded": 3, "LegSettled": 3, "OrderRested": 2, "BalanceChanged": 0}


def _output(entry: JournalEntry) -> Output:
    return decode(Output, entry.output)


def _joined(told: Sequence[Told]) -> Told:
    if len(told) == 1:
        return told[0]
    label = f"{told[0].label} (and {len(told) - 1} more)" if told else "nothing"
    return Told(label, _lines([one.detail for one in told]), together(one.about for one in told))


def _lines(lines: Sequence[str]) -> str:
    shown = list(lines[:SHOWN_MAX])
    return "\n".join(shown + ([f"... and {len(lines) - SHOWN_MAX} lines more"] if len(lines) > SHOWN_MAX else []))

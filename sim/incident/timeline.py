"""A bundle as a timeline: what the page, and whoever else reads timelines, shows of a production incident.

A journal knows when each input was heard, what caused it and what came of it; it does not know when a message left or what
was lost. So an arrow goes from the entry that caused another to that one, at the instants of the two, and from the clients to
the entry of a command at one instant.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from sim.incident.replay import Replayed, Shard, replay
from sim.incident.show import instant
from sim.report.concern import Concern
from sim.report.rows import change_of, changes_of, columns_of
from sim.report.timeline import CommitMark, Fate, Lane, LaneKind, Message, Timeline, Violation
from sim.report.words import Tongue, fields
from tradewind.audit.books import Step
from tradewind.messages.codec import Output
from tradewind.messages.commands import Envelope
from tradewind.ports.tables import Record, Table
from tradewind.runtime.shard import CLOCK

CLIENTS = "clients"
EVENTS_MAX = 100_000  # what a page can show; whoever wants more wants another window


class TooLong(ValueError):
    """The window has more than a page can show."""


class _Telling:
    def __init__(self) -> None:
        self.timeline = Timeline("")
        self._tongue, self._concern = Tongue(), Concern()
        self._ats: dict[tuple[str, int], int] = {}  # the instant of each entry that has been heard
        self._caused: list[tuple[str, int, Message]] = []
        self._begun: set[str] = set()
        self._opening: list[tuple[Table, list[Record]]] = []

    def hear(self, shard: Shard, step: Step, output: Output) -> None:
        if shard.name not in self._begun:
            self._begin(shard)
        entry, told = step.entry, self.timeline
        if told.events >= EVENTS_MAX:
            raise TooLong(f"more than {EVENTS_MAX} events: export a shorter window, or stop earlier")
        for event in output.events:
            self._tongue.learn(event)
            self._concern.learn(event)
        self._ats[shard.name, entry.seq] = entry.at
        said = "\n".join([self._tongue.event(event) for event in output.events])
        about = self._concern.of(*output.events, step.given.body if isinstance(step.given, Envelope) else None)
        label = f"{entry.seq}: " + (said.partition("\n")[0] or "nothing said")
        told.commits.append(CommitMark(shard.name, entry.at, shard.name, entry.seq, entry.seq, label, said, about))
        told.changes += changes_of(entry.at, [change for change in shard.replay.drain() if not change.table.append])
        if isinstance(step.given, Envelope) and entry.source == CLOCK:
            pass  # nobody asked: the commit tells what the instant brought
        elif isinstance(step.given, Envelope):
            asked = self._tongue.command(step.given.body)
            told.messages.append(
                Message(CLIENTS, shard.name, entry.at, entry.at, Fate.DELIVERED, "send", asked, fields(step.given.body), about)
            )
            if output.reply is not None:
                answer = self._tongue.reply(output.reply)
                told.messages.append(
                    Message(
                        shard.name, CLIENTS, entry.at, entry.at, Fate.DELIVERED, "reply", answer, fields(output.reply), about
                    )
                )
        else:
            words = f"{entry.source} {entry.source_seq} -> {entry.seq}"
            arrow = Message(entry.source, shard.name, entry.at, entry.at, Fate.DELIVERED, "cause", words, said, about)
            self._caused.append((entry.source, entry.source_seq, arrow))

    def _begin(self, shard: Shard) -> None:
        """Its first input has been heard, but is not among its rows yet."""
        self._begun.add(shard.name)
        self.timeline.lanes.append(Lane(shard.name, LaneKind.SERVICE))
        for table, kept in shard.replay.kept.items():
            self.timeline.tables[table.name] = columns_of(table)
            if kept:
                self._opening.append((table, list(kept.values())))

    def close(self, replayed: Replayed, repeat: str) -> Timeline:
        told, header = self.timeline, replayed.header
        for name, shard in replayed.shards.items():
            if name not in self._begun:
                self._begin(shard)
        told.lanes.append(Lane(CLIENTS, LaneKind.CLIENT))
        for source, seq, arrow in self._caused:
            at = arrow.arrived_ns
            sent = min(self._ats.get((source, seq), at), at)  # clocks of two processes may disagree
            told.messages.append(msgspec.structs.replace(arrow, sent_ns=sent))
        for shard in replayed.shards.values():
            for what in shard.differences:
                about = self._concern.in_text(what)
                told.violations.append(Violation(shard.at.at, "A16", what, shard.name, about))
        told.title = f"incident {header.asked['from']} to {header.asked['to']}"
        told.repeat = repeat
        told.origin_ns = min(self._ats.values(), default=0)
        told.changes[:0] = [change_of(told.origin_ns, table, rows) for table, rows in self._opening]
        told.facts = {
            "exported": instant(header.exported_at),
            "version": header.versions.tradewind,
            "seal": replayed.seal,
            "stops": ", ".join(f"{shard}:{seq}" for shard, seq in replayed.stops.items()),
        }
        told.sort()
        return told


def timeline(path: Path, stops: Mapping[str, int] | None = None, repeat: str = "") -> Timeline:
    """`repeat` is the line that shows it again. Raises OSError, BadBundle and TooLong."""
    telling = _Telling()
    return telling.close(replay(path, stops, telling.hear), repeat)

"""Moments that are named by what happens, which survive a change of the code better than times do. In a plan:

    when = { on = "commit of clearing", count = 2 }                the 2nd commit of any shard of clearing, after it stands
    when = { on = "commit of clearing/0", before = true }          before it stands
    when = { on = "publish of matching/0 seq 17", before = true }  before the bus has heard of entry 17 of that feed
    when = { on = "OrderAccepted of clearing/0" }                  the first one that is committed
    when = { on = "marked: fenced", count = 3 }                    the third time that anything is tallied so

`count` counts from the world's beginning, with `in_storm` from the storm's. The victim, unless `node` names one, is who did it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from sim.cluster import Cluster
from sim.kernel.incarnation import current
from sim.plan import When
from tradewind.messages.codec import Output, decode
from tradewind.messages.events import Event
from tradewind.messages.topology import FEEDS, service_of
from tradewind.ports.store import Commit

COMMIT, PUBLISH, MARKED = "commit", "publish", "marked"
_EVENTS = frozenset(kind.__name__ for kind in Event.__args__)
_WRITERS = frozenset(feed.writer for feed in FEEDS)


class BadTrigger(ValueError):
    """This names nothing that happens."""


class Trigger(msgspec.Struct, frozen=True):
    """`kind`: commit, publish, marked, or the name of an event. `who`: a shard, a service, or a mark. `seq`: 0 = any."""

    kind: str
    who: str
    seq: int = 0

    def means(self, shard: str) -> bool:
        return self.who in (shard, service_of(shard))


def read(when: When) -> Trigger:
    """Raises BadTrigger."""
    if when.on.startswith(f"{MARKED}: "):
        found = Trigger(MARKED, when.on.removeprefix(f"{MARKED}: "))
    else:
        match when.on.split():
            case ["publish", "of", who, "seq", seq] if seq.isdecimal():
                found = Trigger(PUBLISH, who, int(seq))
            case [kind, "of", who] if kind in (COMMIT, PUBLISH) or kind in _EVENTS:
                found = Trigger(kind, who)
            case _:
                raise BadTrigger(f"nothing is called {when.on!r}")
        if service_of(found.who) not in _WRITERS:
            raise BadTrigger(f"{when.on!r}: there is no shard or service {found.who}")
    if when.before and found.kind not in (COMMIT, PUBLISH):
        raise BadTrigger(f"{when.on!r} cannot be met before it happens")
    if when.count < 1:
        raise BadTrigger(f"{when.on!r} is counted from 1")
    return found


@dataclass
class Watch:
    """Counts one fault's moment, and calls `light(node)` when it has come."""

    when: When
    light: Callable[[str], None]
    counting: bool
    seen: int = 0

    def happens(self, node: str) -> None:
        if not self.counting:
            return
        self.seen += 1
        if self.seen == self.when.count:
            self.light(node)

    def attend(self, cluster: Cluster) -> None:
        trigger, store, bus = read(self.when), cluster.faults.store, cluster.faults.bus

        def committed(shard: str, number: int, node: str) -> None:
            if trigger.means(shard):
                self.happens(node)

        def published(feed: str, seq: int, node: str) -> None:
            # Batches are joined when they pile up, so the one that reaches `seq` may be a later one.
            if trigger.means(feed) and seq >= trigger.seq and not (trigger.seq and self.seen):
                self.happens(node)

        def stood(shard: str, commit: Commit, node: str) -> None:
            if trigger.means(shard):
                for entry in commit.entries:
                    for event in decode(Output, entry.output).events:
                        if type(event).__name__ == trigger.kind:
                            self.happens(node)

        def marked(mark: str) -> None:
            if mark == trigger.who:
                life = current()
                self.happens("" if life is None else life.node)

        match trigger.kind:
            case "commit":
                (store.before if self.when.before else store.after).append(committed)
            case "publish":
                (bus.publishing if self.when.before else bus.published).append(published)
            case "marked":
                cluster.marks.hooks.append(marked)
            case _:
                store.stood.append(stood)

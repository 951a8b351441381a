"""A venue in memory: the machines of admin, clearing and matching hear each other's feeds, as the runtime feeds them."""

from collections.abc import Iterator
from typing import Any

from tests.services.kept import Kept
from tradewind.messages.commands import Command, Tick
from tradewind.messages.events import Entry, Event
from tradewind.messages.replies import Reply
from tradewind.messages.topology import Topology, index_of, service_of
from tradewind.runtime.feeds import concern_of
from tradewind.runtime.machine import At, Outcome
from tradewind.services.admin.machine import AdminMachine
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.services.matching.machine import MatchingMachine

KINDS: dict[str, Any] = {"admin": AdminMachine, "clearing": ClearingMachine, "matching": MatchingMachine}
SECOND_NS = 1_000_000_000


class Node:
    """One shard: its machine, its rows as committed after every input, its feed, and how far it has read the others'."""

    def __init__(self, shard: str, topology: Topology) -> None:
        self.shard, self.topology = shard, topology
        self.service, self.index = service_of(shard), index_of(shard)
        self.kind = KINDS[self.service]
        self.kept = Kept()
        self.feed: list[Entry] = []
        self.positions = {feed: 0 for feed in topology.sources(shard) if service_of(feed) in KINDS}
        self.seq = 0
        self.reload()

    def reload(self) -> None:
        self.machine = self.kind(self.index, self.topology)
        self.machine.load(self.kept.loadable(self.kind))
        self.concerns = concern_of(self.machine)
        self.alarm = getattr(self.machine, "alarm", int)

    def apply(self, item: Command | Entry, now: int) -> Outcome:
        """Apply, commit, say. Even an entry that says nothing takes its place in the feed."""
        self.seq += 1
        outcome: Outcome = self.machine.apply(item, At(self.seq, now))
        self.kept.write(self.machine.changes())
        source, at = (item.feed, item.seq) if isinstance(item, Entry) else ("inbox", self.seq)
        self.feed.append(Entry(self.shard, self.seq, now, source, at, tuple(outcome.events)))
        return outcome


class Venue:
    def __init__(self, clearing: int = 1, matching: int = 2) -> None:
        self.topology = Topology(clearing, matching)
        services = [shard for service in KINDS for shard in self.topology.shards(service)]
        self.nodes = {shard: Node(shard, self.topology) for shard in services}
        self.stopped: set[str] = set()  # services or shards that hear nothing for now
        self.now = SECOND_NS

    def of(self, service: str) -> list[Node]:
        return [node for node in self.nodes.values() if node.service == service]

    def clearing_of(self, account: int) -> Node:
        return self.nodes[f"clearing/{self.topology.clearing_of(account)}"]

    def ask(self, node: Node, command: Command) -> tuple[Reply, list[Event]]:
        self.now += SECOND_NS
        outcome = node.apply(command, self.now)
        assert outcome.reply is not None
        return outcome.reply, outcome.events

    def ticks(self) -> list[Event]:
        """Whoever asked to be woken by now is, as often as it asks."""
        said: list[Event] = []
        for node in self.nodes.values():
            while node.service not in self.stopped and 0 < node.alarm() <= self.now:
                events = node.apply(Tick(), self.now).events
                assert events or not 0 < node.alarm() <= self.now, "woken for nothing, it would be woken for ever"
                said += events
        return said

    def admin(self, command: Command) -> Reply:
        return self.ask(self.nodes["admin/0"], command)[0]

    def ready(self, node: Node) -> Iterator[Entry]:
        """The next entry of each feed whose cause the node has heard, admin's first."""
        for feed in sorted(node.positions):
            entries, position = self.nodes[feed].feed, node.positions[feed]
            if position < len(entries):
                entry = entries[position]
                if node.positions.get(entry.source, entry.source_seq) >= entry.source_seq:
                    yield entry

    def deliver(self, node: Node, entry: Entry) -> tuple[Entry, list[Event]]:
        """What the node heard of it, and what it says to that."""
        node.positions[entry.feed] = entry.seq
        events = tuple(event for event in entry.events if node.concerns(event))
        heard = Entry(entry.feed, entry.seq, entry.at, entry.source, entry.source_seq, events)
        return heard, node.apply(heard, self.now).events if events else []

    def step(self) -> tuple[Node, Entry, list[Event]] | None:
        """Deliver one entry to somebody; None when all is quiet."""
        for node in self.nodes.values():
            if self.stopped.isdisjoint((node.service, node.shard)):
                for entry in self.ready(node):
                    return node, *self.deliver(node, entry)
        return None

    def run(self) -> list[Event]:
        """Until quiet: everything said on the way."""
        said: list[Event] = []
        while (stepped := self.step()) is not None:
            said += stepped[2]
        return said

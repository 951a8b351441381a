"""A matching machine with its rows: events go in, commits happen when told, and it can be dropped and loaded at any point."""

from typing import Any

from tradewind.messages.commands import Tick
from tradewind.messages.events import Entry, Event, SymbolCreated
from tradewind.messages.topology import Topology
from tradewind.ports.tables import Change
from tradewind.runtime.machine import At
from tradewind.services.matching.machine import MatchingMachine
from tradewind.values.symbols import SymbolRules

SYMBOL = "BTCUSDT"
TOPOLOGY = Topology(clearing=1, matching=2)
INDEX = TOPOLOGY.matching_of(SYMBOL)


def rules(symbol: str) -> SymbolRules:
    return SymbolRules(symbol, "BTC", "USDT", 0, 0, 1, 1, 1, 10**9, 0, 0, 0, True)


class Feeding:
    """An input comes at the instant `now`, or else at that of its number."""

    def __init__(self, kind: type[MatchingMachine] = MatchingMachine) -> None:
        self.kind = kind
        self.machine = kind(INDEX, TOPOLOGY)
        self.rows: dict[Any, dict[Any, Any]] = {table: {} for table in MatchingMachine.tables}
        self.seq = 0
        self.machine.load({table: [] for table in MatchingMachine.tables})

    def list_symbol(self, symbol: str = SYMBOL) -> list[Event]:
        return self.hear(SymbolCreated(rules(symbol)))

    def hear(self, *events: Event, now: int = 0) -> list[Event]:
        """One entry with these events."""
        self.seq += 1
        entry = Entry("clearing/0", self.seq, self.seq, "inbox", self.seq, events)
        outcome = self.machine.apply(entry, At(self.seq, now or self.seq))
        assert outcome.reply is None
        return outcome.events

    def tick(self, now: int) -> list[Event]:
        self.seq += 1
        outcome = self.machine.apply(Tick(), At(self.seq, now))
        assert outcome.reply is None
        assert not 0 < self.machine.alarm() <= now or outcome.events, "woken for nothing, it would be woken for ever"
        return outcome.events

    def commit(self) -> list[Change]:
        changes = self.machine.changes()
        for change in changes:
            kept = self.rows[change.table]
            for record in change.put:
                kept[change.table.key_of(record)] = record
            for key in change.removed:
                del kept[key]
        return changes

    def reload(self) -> None:
        """Commit, forget, load; rows come in another order than they were written in."""
        self.commit()
        self.machine = self.kind(INDEX, TOPOLOGY)
        self.machine.load({table: sorted(kept.values(), reverse=True, key=table.key_of) for table, kept in self.rows.items()})

"""A whole exchange in memory: the real machines, a journal and rows for each, and somebody who carries entries between them.

No runtime, no failure: what the auditors must find nothing wrong with. Who hears next is drawn, so snapshots in mid-flight
come in every shape.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tradewind.audit.books import Books
from tradewind.machines import MACHINES
from tradewind.messages.codec import Output, encode
from tradewind.messages.commands import (
    Adjust,
    AmendOrder,
    CancelAll,
    CancelOrder,
    Command,
    CreateAsset,
    CreateSymbol,
    Envelope,
    PlaceOrder,
    SetMarketState,
)
from tradewind.messages.events import Entry
from tradewind.messages.replies import Answer, OrderAck, Reply
from tradewind.messages.topology import Topology, index_of, service_of
from tradewind.ports.store import COMMANDS, POSITIONS, Head, JournalEntry, Position, Remembered
from tradewind.ports.tables import Change, Table
from tradewind.runtime.chain import entry_of, link
from tradewind.runtime.feeds import concern_of
from tradewind.runtime.machine import At
from tradewind.services.clearing.tables import CLEARING_SYMBOLS, HOLDS
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.symbols import SymbolRules

SYMBOLS = ("BTCUSDT", "ETHUSDT", "ETHBTC")
ACCOUNTS = range(1, 8)
TWO_AND_TWO = Topology(clearing=2, matching=2)


@dataclass
class Shard:
    name: str
    machine: Any
    sources: tuple[str, ...]
    head: Head = field(default_factory=Head)
    journal: list[JournalEntry] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)


class Exchange:
    def __init__(self, seed: int, topology: Topology = TWO_AND_TWO) -> None:
        self.draw = Random(seed)
        self.topology = topology
        self.rows: dict[Table, dict[Any, Any]] = {}
        self.answers: list[Answer] = []
        self._now = 1_000_000_000_000_000
        self._commands = 0
        self.shards = {
            name: Shard(name, MACHINES[service_of(name)](index_of(name), topology), topology.sources(name))
            for name in topology.shards()
        }
        for shard in self.shards.values():
            shard.machine.load({table: [] for table in shard.machine.tables})

    # --- the runtime's part, much simplified
    def command(self, shard_name: str, body: Command) -> Reply:
        self._commands += 1
        shard = self.shards[shard_name]
        envelope = Envelope(self._commands.to_bytes(16, "big"), f"request-{self._commands}", self._now * 2, "", body)
        reply = self._apply(shard, body, "inbox", self._commands, encode(envelope)).reply
        assert reply is not None, body
        answer = Answer(envelope.request, shard_name, shard.head.seq, reply)
        self.answers.append(answer)
        remembered = Remembered(
            shard_name, shard.head.seq, envelope.command_id, envelope.request, shard.head.at, encode(answer)
        )
        self._write([Change(COMMANDS, [remembered])])
        return reply

    def _apply(self, shard: Shard, item: Any, source: str, source_seq: int, given: bytes) -> Output:
        self._now += self.draw.randrange(1_000_000_000)
        seq = shard.head.seq + 1
        outcome = shard.machine.apply(item, At(seq, self._now))
        output = Output(tuple(outcome.events), outcome.reply)
        came = encode(output)
        chain = link(shard.head.chain, seq, self._now, source, source_seq, given, came)
        shard.journal.append(JournalEntry(shard.name, seq, 1, self._now, source, source_seq, given, came, chain))
        shard.head = Head(seq, chain, self._now)
        shard.positions[source] = source_seq
        self._write([*shard.machine.changes(), Change(POSITIONS, [Position(shard.name, source, source_seq)])])
        return output

    def _write(self, changes: list[Change]) -> None:
        for change in changes:
            rows = self.rows.setdefault(change.table, {})
            rows.update({change.table.key_of(record): record for record in change.put})
            for key in change.removed:
                rows.pop(key, None)

    def _waiting(self, shard: Shard) -> Iterator[tuple[str, Entry | None, int]]:
        """The next entry of each source that may be heard now, None where only the position moves on."""
        for source in shard.sources:
            journal, at = self.shards[source].journal, shard.positions.get(source, 0)
            if at < len(journal):
                entry = entry_of(journal[at])
                concern = concern_of(shard.machine)
                events = tuple(event for event in entry.events if concern(event))
                # What its writer knew when it spoke, we know before we listen, even where it said nothing of it.
                if entry.source in shard.sources and shard.positions.get(entry.source, 0) < entry.source_seq:
                    continue
                if not events:
                    yield source, None, at + 1
                else:
                    yield source, Entry(entry.feed, entry.seq, entry.at, entry.source, entry.source_seq, events), at + 1

    def hop(self) -> bool:
        """One shard hears one entry; False when everybody has heard everything."""
        names = list(self.shards)
        self.draw.shuffle(names)
        for name in names:
            shard = self.shards[name]
            waiting = list(self._waiting(shard))
            if waiting:
                source, entry, seq = self.draw.choice(waiting)
                if entry is not None:
                    self._apply(shard, entry, source, seq, encode(entry))
                else:
                    shard.positions[source] = seq
                    self._write([Change(POSITIONS, [Position(name, source, seq)])])
                return True
        return False

    def settle(self) -> None:
        while self.hop():
            pass

    def books(self) -> Books:
        return Books(
            self.topology,
            {name: shard.head for name, shard in self.shards.items()},
            {table.name: list(rows.values()) for table, rows in self.rows.items()},
            {name: list(shard.journal) for name, shard in self.shards.items()},
        )

    # --- what people do
    def open(self) -> None:
        for asset, precision in (("BTC", 8), ("ETH", 8), ("USDT", 6)):
            self.command("admin/0", CreateAsset(asset, precision))
        for symbol in SYMBOLS:
            self.list_symbol(symbol, 6 if symbol.endswith("USDT") else 8)
        for account in ACCOUNTS:
            for asset in ("BTC", "ETH", "USDT"):
                self.command("admin/0", Adjust(account, asset, 10**9, f"{asset}-{account}"))
        self.settle()

    def list_symbol(self, symbol: str, quote_precision: int) -> None:
        base, quote, own_trades = symbol[:3], symbol[3:], symbol == "ETHUSDT"
        steps = 10_000, 10_000, 1, 10**12, 2000, 1_000, 2_000
        rules = SymbolRules(symbol, base, quote, 8, quote_precision, *steps, own_trades)
        self.command("admin/0", CreateSymbol(rules))

    def lists(self, account: int, symbol: str) -> bool:
        """Whether the clearing shard of `account` has heard of `symbol`."""
        return (self.topology.clearing_of(account), symbol) in self.rows.get(CLEARING_SYMBOLS, {})

    def trade(self, operations: int, hops: int = 4) -> None:
        """So many random commands, each followed by a few hops: the exchange is seldom quiet in between."""
        for _ in range(operations):
            self._one()
            for _ in range(self.draw.randrange(2 * hops + 1)):
                self.hop()

    def _one(self) -> None:
        draw, account, symbol = self.draw, self.draw.choice(ACCOUNTS), self.draw.choice(SYMBOLS)
        clearing = f"clearing/{self.topology.clearing_of(account)}"
        match draw.choice(["place"] * 12 + ["cancel", "cancel", "amend", "all", "state"]):
            case "place":
                self.command(clearing, self._order(account, symbol))
            case "cancel" if (hold := self._some_hold()) is not None:
                self.command(f"clearing/{hold.shard}", CancelOrder(hold.account, hold.symbol, hold.order_id))
            case "amend" if (hold := self._some_hold()) is not None:
                quantity = hold.quantity - hold.left + draw.randrange(1, 3) * 10_000
                self.command(f"clearing/{hold.shard}", AmendOrder(hold.account, hold.symbol, hold.order_id, "", quantity))
            case "all":
                self.command(clearing, CancelAll(account, draw.choice(["", symbol])))
            case "state":
                states = [MarketState.TRADING] * 6 + list(MarketState)
                self.command("admin/0", SetMarketState(symbol, draw.choice(states), "drawn"))

    def _some_hold(self) -> Any:
        holds = list(self.rows.get(HOLDS, {}).values())
        return self.draw.choice(holds) if holds else None

    def _order(self, account: int, symbol: str) -> PlaceOrder:
        draw = self.draw
        kind = draw.choice([OrderType.LIMIT] * 6 + [OrderType.MARKET, OrderType.LIMIT_MAKER])
        tif = draw.choice([TimeInForce.GTC] * 4 + [TimeInForce.IOC, TimeInForce.FOK])
        if kind is OrderType.MARKET:
            tif = draw.choice([TimeInForce.IOC, TimeInForce.FOK])
        price = 0 if kind is OrderType.MARKET else draw.randrange(95, 106) * 1_000_000
        return PlaceOrder(
            account,
            symbol,
            draw.choice(["", *NAMES]),
            draw.choice(list(Side)),
            kind,
            TimeInForce.GTC if kind is OrderType.LIMIT_MAKER else tif,
            draw.choice([SelfTrade.EXPIRE_TAKER] * 3 + [SelfTrade.NONE]),
            price,
            draw.randrange(1, 10) * 10_000,
        )

    def place(self, account: int, symbol: str, side: Side, price: int, quantity: int, name: str = "") -> int:
        """A plain limit order; returns its id."""
        order = PlaceOrder(
            account, symbol, name, side, OrderType.LIMIT, TimeInForce.GTC, SelfTrade.EXPIRE_TAKER, price, quantity
        )
        reply = self.command(f"clearing/{self.topology.clearing_of(account)}", order)
        assert isinstance(reply, OrderAck), reply
        return reply.order_id


NAMES = [f"name-{number}" for number in range(60)]

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
    CancelAfter,
    CancelAll,
    CancelOrder,
    CancelOrders,
    Command,
    CreateAsset,
    CreateSymbol,
    Envelope,
    PlaceOrder,
    PlaceOrderPair,
    PlaceOrders,
    SetAccountTier,
    SetFeeTiers,
    SetMarketState,
    TestOrder,
    Tick,
    Transfer,
)
from tradewind.messages.events import Entry
from tradewind.messages.replies import Answer, OrderAck, Refused, Reply
from tradewind.messages.topology import Topology, index_of, service_of
from tradewind.ports.store import COMMANDS, POSITIONS, Head, JournalEntry, Position, Remembered
from tradewind.ports.tables import Change, Table
from tradewind.runtime.chain import entry_of, link
from tradewind.runtime.feeds import concern_of
from tradewind.runtime.machine import At
from tradewind.services.clearing.tables import CLEARING_SYMBOLS, HOLDS
from tradewind.values.fees import FeeTier
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
        self.tiers = True  # whether the drawn day has fee tiers
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
        self._tick(shard)
        command_id = (1 << 100 | self._commands).to_bytes(16, "big")
        envelope = Envelope(command_id, f"request-{self._commands}", self._now * 2, "", body)
        reply = self._apply(shard, body, "inbox", self._commands, encode(envelope)).reply
        assert reply is not None, body
        answer = Answer(envelope.request, shard_name, shard.head.seq, reply)
        self.answers.append(answer)
        remembered = Remembered(
            shard_name, shard.head.seq, envelope.command_id, envelope.request, shard.head.at, encode(answer)
        )
        self._write([Change(COMMANDS, [remembered])])
        return reply

    def _tick(self, shard: Shard) -> None:
        """Time passes, and the machine is woken as often as it wants to be."""
        self._now += self.draw.randrange(1_000_000_000)
        alarm = getattr(shard.machine, "alarm", lambda: 0)
        while 0 < alarm() <= self._now:
            seq = shard.head.seq + 1
            given = encode(Envelope(seq.to_bytes(16, "big"), "", 0, "", Tick()))
            self._apply(shard, Tick(), "clock", 0, given)

    def _apply(self, shard: Shard, item: Any, source: str, source_seq: int, given: bytes) -> Output:
        seq = shard.head.seq + 1
        outcome = shard.machine.apply(item, At(seq, self._now))
        output = Output(tuple(outcome.events), outcome.reply)
        came = encode(output)
        chain = link(shard.head.chain, seq, self._now, source, source_seq, given, came)
        shard.journal.append(JournalEntry(shard.name, seq, 1, self._now, source, source_seq, given, came, chain))
        shard.head = Head(seq, chain, self._now)
        positions = [] if source == "clock" else [Position(shard.name, source, source_seq)]
        shard.positions |= {position.source: position.position for position in positions}
        self._write([*shard.machine.changes(), Change(POSITIONS, positions)])
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
                    self._tick(shard)
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
        breaker = (300, 20, 3, 3) if symbol == "ETHUSDT" else (0, 0, 0, 0)
        rules = SymbolRules(symbol, base, quote, 8, quote_precision, *steps, own_trades, 10**9, 150, *breaker)
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
        match draw.choice(["place"] * 12 + ["batch", "pair", "money", "cancel", "cancel", "amend", "all", "state"]):
            case "place":
                self.command(clearing, self._order(account, symbol))
            case "batch":
                orders = tuple(self._order(account, draw.choice(SYMBOLS)) for _ in range(draw.randrange(1, 6)))
                self.command(clearing, PlaceOrders(account, orders))
            case "pair":
                self.command(clearing, self._pair(account, symbol))
            case "money":
                self._other(account, symbol, clearing)
            case "cancel" if (hold := self._some_hold()) is not None:
                self.command(f"clearing/{hold.shard}", CancelOrder(hold.account, hold.symbol, hold.order_id))
            case "amend" if (hold := self._some_hold()) is not None:
                quantity = hold.quantity - hold.left + draw.randrange(1, 3) * 10_000
                self.command(f"clearing/{hold.shard}", AmendOrder(hold.account, hold.symbol, hold.order_id, "", quantity))
            case "all":
                self.command(clearing, CancelAll(account, draw.choice(["", symbol])))
            case "state":
                over = draw.randrange(8) == 0 and symbol == "ETHBTC"  # else nothing would be left to trade in
                states = [MarketState.DELISTED] if over else [MarketState.TRADING] * 6 + list(MarketState)[:-1]
                self.command("admin/0", SetMarketState(symbol, draw.choice(states), "drawn"))

    def _other(self, account: int, symbol: str, clearing: str) -> None:
        draw = self.draw
        match draw.randrange(5):
            case 0:
                asset, to = draw.choice(["BTC", "USDT"]), draw.choice(ACCOUNTS)
                self.command(clearing, Transfer(account, to, asset, draw.randrange(1, 1000), draw.choice(NAMES)))
            case 1:
                self.command(clearing, CancelAfter(account, draw.choice(["", symbol]), draw.choice([0, 10**9, 20 * 10**9])))
            case 2:
                self.command(clearing, TestOrder(account, self._order(account, symbol)))
            case 3:
                tiers = (FeeTier(0, 1000, 900), FeeTier(10**6, 500, 700))[: draw.randrange(3)]
                if self.tiers:
                    self.command("admin/0", SetFeeTiers("USDT", tiers))
                    self.command("admin/0", SetAccountTier(account, draw.randrange(-1, 2)))
            case 4:
                holds = [self._some_hold() for _ in range(3)]
                cancels = [CancelOrder(account, hold.symbol, hold.order_id) for hold in holds if hold is not None]
                self.command(clearing, CancelOrders(account, tuple(cancels)))

    def _pair(self, account: int, symbol: str) -> PlaceOrderPair:
        draw, side = self.draw, self.draw.choice(list(Side))
        away = 1 if side is Side.SELL else -1
        quantity, middle = draw.randrange(1, 10) * 10_000, draw.randrange(97, 104)
        own = side, OrderType.LIMIT_MAKER, TimeInForce.GTC, SelfTrade.EXPIRE_TAKER
        maker = PlaceOrder(account, symbol, "", *own, (middle + away * draw.randrange(1, 4)) * 1_000_000, quantity)
        stop = (middle - away * draw.randrange(1, 4)) * 1_000_000
        kind, price, force = draw.choice(
            [(OrderType.STOP_LOSS, 0, TimeInForce.IOC), (OrderType.STOP_LOSS_LIMIT, stop, TimeInForce.GTC)]
        )
        other = PlaceOrder(account, symbol, "", side, kind, force, SelfTrade.EXPIRE_TAKER, price, quantity, stop)
        return PlaceOrderPair(account, draw.choice(["", "pair"]), maker, other)

    def linger(self) -> None:
        """What waits for long: two stop orders, a pair and a switch."""
        self.command("admin/0", SetMarketState("BTCUSDT", MarketState.TRADING, "drawn"))
        self.settle()
        sell, force, apart = Side.SELL, TimeInForce.GTC, SelfTrade.EXPIRE_TAKER
        size, price = 20_000, 90_000_000
        for account in (1, 2):
            kind = sell, OrderType.STOP_LOSS_LIMIT, force, apart
            stop = PlaceOrder(account, "BTCUSDT", "", *kind, price, size, price)
            maker = PlaceOrder(account, "BTCUSDT", "", sell, OrderType.LIMIT_MAKER, force, apart, 110_000_000, size)
            clearing = f"clearing/{self.topology.clearing_of(account)}"
            replies = [
                self.command(clearing, stop),
                self.command(clearing, PlaceOrderPair(account, "", maker, stop)),
                self.command(clearing, CancelAfter(account, "ETHUSDT", 3_600 * 10**9)),
            ]
            assert not any(isinstance(reply, Refused) for reply in replies), replies
        self.settle()

    def _some_hold(self) -> Any:
        holds = list(self.rows.get(HOLDS, {}).values())
        return self.draw.choice(holds) if holds else None

    def _order(self, account: int, symbol: str) -> PlaceOrder:
        draw = self.draw
        kind = draw.choice([OrderType.LIMIT] * 8 + [OrderType.MARKET] * 2 + list(OrderType))
        tif = draw.choice([TimeInForce.GTC] * 4 + [TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTD])
        if kind is OrderType.MARKET:
            tif = draw.choice([TimeInForce.IOC, TimeInForce.FOK])
        elif not kind.priced:
            tif = TimeInForce.IOC
        elif kind is OrderType.LIMIT_MAKER:
            tif = TimeInForce.GTC
        price = draw.randrange(95, 106) * 1_000_000 if kind.priced else 0
        quantity, amount, display = draw.randrange(1, 10) * 10_000, 0, 0
        if kind is OrderType.MARKET and tif is TimeInForce.IOC and draw.randrange(2):
            quantity, amount = 0, draw.randrange(1, 10**7)
        if kind in (OrderType.LIMIT, OrderType.LIMIT_MAKER) and tif in (TimeInForce.GTC, TimeInForce.GTD):
            display = draw.choice([0, 0, 10_000, 20_000])
        return PlaceOrder(
            account,
            symbol,
            draw.choice(["", *NAMES]),
            draw.choice(list(Side)),
            kind,
            tif,
            draw.choice([SelfTrade.EXPIRE_TAKER] * 3 + list(SelfTrade)),
            price,
            quantity,
            draw.randrange(95, 106) * 1_000_000 if kind.waits else 0,
            display if display < quantity else 0,
            self._now + draw.randrange(2, 60) * 10**9 if tif is TimeInForce.GTD else 0,
            amount,
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

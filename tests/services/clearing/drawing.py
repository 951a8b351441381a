"""Clearing drawn as text. Unless said otherwise the market is BTCUSDT, whole units, no band, no fees.

    fund ann 100 USDT               -> ok
    buy 2 @ 30 ann #first           -> held 60 USDT
    sell 2 @ 20 bob                 -> held 2 BTC; first filled, bob filled, ann buys 2 for 60, bob sells 2 for 60
    cancel #first ann               -> UNKNOWN_ORDER
    ann                             -> 2+0 BTC, 40+0 USDT

An order: SIDE QUANTITY @ PRICE (or `market`) ACCOUNT, then any of: ioc fok gtc maker none, `stop P`, `take P`, `show SLICE`,
`till SECONDS`, `in SYMBOL`, `#name` for a client order id. A quantity like 100$ is an amount. It is spoken of by its name,
without one by its account's: `cancel #name ann` asks by client order id, `cancel name ann` by order id. Balances are
available+held. Behind `;` stands what came of it once everybody had heard all. `pair` takes two orders (wording.pair),
`batch ann` orders with ` | ` between them. `say` is matching's word, of several with ` & ` between them one entry: for drawings
in which matching is stopped, which hears and says nothing else.
A line that ends with a comma, semicolon or bar goes on in the next.
"""

from collections.abc import Iterator
from re import sub

from tests.services.clearing import wording
from tests.services.clearing.sums import Sums, check_quiet
from tests.services.clearing.venue import SECOND_NS, Venue
from tradewind.messages.commands import (
    Adjust,
    AmendOrder,
    CancelAfter,
    CancelAll,
    CancelOrder,
    CancelOrders,
    CreateAsset,
    CreateSymbol,
    PlaceOrders,
    SetAccountTier,
    SetFeeTiers,
    SetMarketState,
    TestOrder,
    Transfer,
)
from tradewind.messages.events import (
    BalanceChanged,
    CancelRequested,
    Entry,
    Event,
    LegSettled,
    OrderArmed,
    OrderEnded,
    OrderReduced,
    OrderSized,
    OrderTriggered,
    RequestRefused,
)
from tradewind.messages.replies import OrderAck, OrderPairAck, OrdersAck, Outcomes, Refused, Reply, TransferAck
from tradewind.services.clearing.tables import BALANCES, HOLDS, Hold
from tradewind.values.fees import FeeTier
from tradewind.values.ids import system_account_kind
from tradewind.values.orders import MarketState, OrderStatus
from tradewind.values.symbols import SymbolRules

SYMBOL = "BTCUSDT"
DEFAULTS = {"tick": 1, "lot": 1, "least": 1, "most": 10**9, "band": 0, "maker": 0, "taker": 0, "selftrade": 0} | {
    "dearest": 0,
    "orders": 0,
}
Came = tuple[Reply | str | None, list[Event]]


class Drawing:
    def __init__(self, clearing: int, assets: str, listed: str) -> None:
        self.venue = Venue(clearing)
        self.matching = wording.Matching()
        self.sums = [Sums(node) for node in self.venue.of("clearing")]
        self.accounts: dict[str, int] = {}
        self.orders: dict[str, int] = {}
        self.precisions: dict[str, int] = {}
        for line in [*assets.split(","), listed]:
            self.play(line)

    def account(self, name: str) -> int:
        return self.accounts.setdefault(name, len(self.accounts) + 1)

    def play(self, line: str) -> str:
        reply, events = self._do(line.split())
        said = [self._answer(line, reply, events)] if reply is not None else []
        heard = self.venue.ticks() + self.venue.run() if reply is not None else events + self.venue.ticks() + self.venue.run()
        came = ", ".join(word for event in heard for word in self._say(event))
        for sums in self.sums:
            sums.check()
        return "; ".join([*said, came] if came else said)

    def _do(self, words: list[str]) -> Came:
        match words:
            case ["asset", asset, precision]:
                self.precisions[asset] = int(precision)
                return self.venue.admin(CreateAsset(asset, int(precision))), []
            case ["list", symbol, base, quote, *pairs]:
                return self._list(symbol, base, quote, pairs)
            case ["state", state, *symbol]:
                return self.venue.admin(SetMarketState("".join(symbol), MarketState[state], "drawn")), []
            case ["fund", name, units, asset, *reference]:
                by = "".join(reference) or f"{len(self.venue.nodes['admin/0'].feed)}"
                return self.venue.admin(Adjust(self.account(name), asset, int(units), by)), []
            case ["tiers", asset, *tiers]:
                schedule = tuple(FeeTier(*map(int, tier.split(":"))) for tier in tiers)
                return self.venue.admin(SetFeeTiers(asset, schedule)), []
            case ["pin", name, level]:
                return self.venue.admin(SetAccountTier(self.account(name), int(level))), []
            case ["buy" | "sell" | "test" | "pair" | "batch", *_]:
                return self._place(words)
            case ["cancel" | "cancels" | "amend", *_]:
                return self._request(words)
            case ["after", seconds, "s", name, *symbol]:
                command = CancelAfter(self.account(name), "".join(symbol), int(seconds) * SECOND_NS)
                return self.venue.ask(self.venue.clearing_of(self.account(name)), command)
            case ["send", units, asset, name, to, reference]:
                move = Transfer(self.account(name), self.account(to), asset, int(units), reference)
                return self.venue.ask(self.venue.clearing_of(self.account(name)), move)
            case ["open", name]:
                holds = self.venue.clearing_of(self.account(name)).kept.of(HOLDS)
                mine = [f"{hold.left}/{hold.quantity} for {hold.held}" for hold in holds if hold.account == self.account(name)]
                return ", ".join(mine), []
            case [_]:
                return self._balances(words[0]), []
        return None, self._let(words)

    def _let(self, words: list[str]) -> list[Event]:
        match words:
            case ["wait", seconds, "s"]:
                self.venue.now += int(seconds) * SECOND_NS
            case ["stop", who]:
                self.venue.stopped.add(who)
            case ["start", who]:
                self.venue.stopped.remove(who)
            case ["say", *said]:
                return self._matching_says([part.split() for part in " ".join(said).split(" & ")])
            case _:
                raise AssertionError(words)
        return []

    def _matching_says(self, parts: list[list[str]]) -> list[Event]:
        """Each word sees the holds as they are after the one before, as matching's own book would be."""
        came: list[Event] = []
        for words in parts:
            event = self.matching.says(words, self._holds())
            for node in self.venue.of("clearing"):
                if type(event) in node.kind.hears and node.concerns(event):
                    came += node.apply(
                        Entry("matching/9", node.seq + 1, self.venue.now, "inbox", 1, (event,)), self.venue.now
                    ).events
        return came

    def _holds(self) -> dict[str, Hold]:
        holds = {hold.order_id: hold for node in self.venue.of("clearing") for hold in node.kept.of(HOLDS)}
        return {name: holds[order_id] for name, order_id in self.orders.items() if order_id in holds}

    def _list(self, symbol: str, base: str, quote: str, pairs: list[str]) -> Came:
        given = DEFAULTS | {name: int(value) for name, value in zip(pairs[::2], pairs[1::2], strict=True)}
        tick, lot, least, most, band, maker, taker, own, dearest, orders = given.values()
        precisions = self.precisions.get(base, 0), self.precisions.get(quote, 0)
        rules = SymbolRules(
            symbol, base, quote, *precisions, tick, lot, least, most, band, maker, taker, bool(own), dearest, orders
        )
        return self.venue.admin(CreateSymbol(rules)), []

    def _place(self, words: list[str]) -> Came:
        verb, *rest = words
        now = self.venue.now + SECOND_NS  # it will have become by the time that clearing hears it
        match verb:
            case "batch":
                number = self.account(rest[0])
                parts = [part.split() for part in " ".join(rest[1:]).split(" | ") if part]
                orders = tuple(wording.order(part, self.account(self._owner(part)), now, SYMBOL) for part in parts)
                return self._ask(number, PlaceOrders(number, orders), [order.client_order_id for order in orders])
            case "pair":
                number = self.account(rest[rest.index("/") + (4 if rest[rest.index("/") + 2] == "@" else 2)])
                command = wording.pair(rest, number, now, SYMBOL)
                names = [leg.client_order_id for leg in (command.maker, command.stop)]
                return self._ask(number, command, names if names[0] else ["m", "s"])
            case "test":
                number = self.account(self._owner(rest))
                return self._ask(number, TestOrder(number, wording.order(rest, number, now, SYMBOL)), [])
        number = self.account(self._owner(words))
        order = wording.order(words, number, now, SYMBOL)
        return self._ask(number, order, [order.client_order_id or self._owner(words)])

    def _owner(self, words: list[str]) -> str:
        return words[4] if words[2] == "@" else words[3]

    def _ask(self, account: int, command: object, names: list[str]) -> Came:
        reply, events = self.venue.ask(self.venue.clearing_of(account), command)  # type: ignore[arg-type]
        acks = reply.outcomes if isinstance(reply, Outcomes) else (reply,)
        acks = (reply.maker, reply.stop) if isinstance(reply, OrderPairAck) else acks
        for name, ack in zip(names, acks, strict=False):
            if isinstance(ack, OrderAck):
                self.orders[name] = ack.order_id
        return reply, events

    def _request(self, words: list[str]) -> Came:
        verb, which, name, *rest = words
        if verb == "cancels":
            account = self.account(which)
            cancels = tuple(self._cancel(account, part, SYMBOL) for part in (name, *rest) if part != "|")
            return self.venue.ask(self.venue.clearing_of(account), CancelOrders(account, cancels))
        quantity = int(rest.pop(0)) if verb == "amend" else 0
        account, symbol = self.account(name), rest[1] if rest else SYMBOL
        node = self.venue.clearing_of(account)
        if which == "all":
            return self.venue.ask(node, CancelAll(account, symbol if rest else ""))
        cancel = self._cancel(account, which, symbol)
        if verb == "cancel":
            return self.venue.ask(node, cancel)
        return self.venue.ask(node, AmendOrder(account, symbol, cancel.order_id, cancel.client_order_id, quantity))

    def _cancel(self, account: int, which: str, symbol: str) -> CancelOrder:
        order_id, client = (0, which[1:]) if which[0] == "#" else (self.orders[which], "")
        return CancelOrder(account, symbol, order_id, client)

    def _answer(self, line: str, reply: Reply | str, events: list[Event]) -> str:
        match reply:
            case Refused():
                assert not events, "a refusal changes nothing"
                return reply.code
            case Outcomes():
                placed = line.split(maxsplit=1)[0] == "batch"
                return " | ".join(self._outcome(one, placed) for one in reply.outcomes)
            case OrderPairAck():
                assert reply.maker.repeated == reply.stop.repeated == (not events)
                return "same" if reply.maker.repeated else f"{self._held(reply.maker)}, {self._held(reply.stop)}"
            case TransferAck(repeated=True):
                assert not events
                return "same"
            case OrdersAck():
                return f"asked {len(reply.orders)}"
            case OrderAck():
                placed = line.split(maxsplit=1)[0] in ("buy", "sell")
                assert reply.repeated == (not events)
                return self._outcome(reply, placed)
        return reply if isinstance(reply, str) else "ok"

    def _outcome(self, outcome: OrderAck | Refused, placed: bool) -> str:
        if isinstance(outcome, Refused):
            return outcome.code
        return "asked" if not placed else "same" if outcome.repeated else self._held(outcome)

    def _held(self, ack: OrderAck) -> str:
        (hold,) = [hold for node in self.venue.of("clearing") for hold in node.kept.of(HOLDS) if hold.order_id == ack.order_id]
        return f"held {hold.held} {hold.asset}"

    def _say(self, event: Event) -> Iterator[str]:
        names = {order_id: name for name, order_id in self.orders.items()}
        match event:
            case LegSettled():
                who = next(name for name, number in self.accounts.items() if number == event.account)
                fee = f" fee {event.fee} {event.fee_asset}" if event.fee else ""
                yield f"{who} {event.side.name.lower()}s {event.quantity} for {event.notional}{fee}"
            case OrderEnded(status=OrderStatus.FILLED):
                yield f"{names[event.order_id]} filled"
            case OrderEnded():
                yield f"{names[event.order_id]} {event.status.name.lower()} {event.left}"
            case OrderReduced():
                yield f"{names[event.order_id]} reduced {event.left}"
            case OrderArmed() | OrderTriggered():
                yield f"{names[event.order_id]} {type(event).__name__.removeprefix('Order').lower()}"
            case OrderSized():
                yield f"{names[event.order_id]} sized {event.quantity}"
            case CancelRequested():
                yield f"{names[event.order_id]} asked for {event.reason}"
            case RequestRefused():
                yield f"{names[event.order_id]} {event.reason}"
            case BalanceChanged(account=account):
                assert account > 0, event

    def _balances(self, name: str) -> str:
        rows = [row for node in self.venue.of("clearing") for row in node.kept.of(BALANCES) if row.available or row.held]
        mine = [
            row
            for row in sorted(rows, key=lambda row: (row.asset, row.shard))
            if (system_account_kind(row.account) == name if row.account < 0 else row.account == self.accounts.get(name))
        ]
        return ", ".join(f"{row.available}+{row.held} {row.asset}" for row in mine)


def check(
    drawn: str, *, clearing: int = 1, assets: str = "asset BTC 0, asset USDT 0", listed: str = "list BTCUSDT BTC USDT"
) -> None:
    """Play every line; what stands behind `->` is what must come of it, a line without it may say what it likes.

    The whole is played a second time with every machine dropped and loaded before every line: it must say the same.
    """
    for crashing in (False, True):
        drawing = Drawing(clearing, assets, listed)
        for line in filter(str.strip, sub(r"([,;|])\s*\n", r"\1 ", drawn).splitlines()):
            if crashing:
                for node in drawing.venue.nodes.values():
                    node.reload()
            heard, arrow, expected = line.partition("->")
            said = drawing.play(heard)
            assert not arrow or said == " ".join(expected.split()), f"{line.strip()}\n  said: {said}"
        if not drawing.venue.stopped:
            check_quiet(drawing.venue)

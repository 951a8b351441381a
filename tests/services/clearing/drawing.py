"""Clearing drawn as text. Unless said otherwise the market is BTCUSDT, whole units, no band, no fees.

    fund ann 100 USDT               -> ok
    buy 2 @ 30 ann #first           -> held 60 USDT
    sell 2 @ 20 bob                 -> held 2 BTC; first filled, bob filled, ann buys 2 for 60, bob sells 2 for 60
    cancel #first ann               -> UNKNOWN_ORDER
    ann                             -> 2+0 BTC, 40+0 USDT

An order: SIDE QUANTITY @ PRICE (or `market`) ACCOUNT, then any of: ioc fok gtc maker none, `in SYMBOL`, `#name` for a
client order id. It is spoken of by its name, without one by its account's: `cancel #name ann` asks by client order id,
`cancel name ann` by order id. Balances are available+held. Behind `;` stands what came of it once everybody had heard all.
A line that ends with a comma or semicolon goes on in the next.
"""

from collections.abc import Iterator
from re import sub

from tests.services.clearing.sums import Sums, check_quiet
from tests.services.clearing.venue import SECOND_NS, Venue
from tradewind.messages.commands import (
    Adjust,
    AmendOrder,
    CancelAll,
    CancelOrder,
    CreateAsset,
    CreateSymbol,
    PlaceOrder,
    SetMarketState,
)
from tradewind.messages.events import BalanceChanged, Event, LegSettled, OrderEnded, OrderReduced, RequestRefused
from tradewind.messages.replies import OrderAck, OrdersAck, Refused, Reply
from tradewind.services.clearing.tables import BALANCES, HOLDS
from tradewind.values.ids import system_account_kind
from tradewind.values.orders import MarketState, OrderStatus, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.symbols import SymbolRules

SYMBOL = "BTCUSDT"
DEFAULTS = {"tick": 1, "lot": 1, "least": 1, "most": 10**9, "band": 0, "maker": 0, "taker": 0, "selftrade": 0}


class Drawing:
    def __init__(self, clearing: int, assets: str, listed: str) -> None:
        self.venue = Venue(clearing)
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
        came = ", ".join(word for event in self.venue.run() for word in self._say(event))
        for sums in self.sums:
            sums.check()
        return "; ".join([*said, came] if came else said)

    def _do(self, words: list[str]) -> tuple[Reply | str | None, list[Event]]:
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
            case ["buy" | "sell" as side, quantity, *rest]:
                return self._order(Side[side.upper()], int(quantity), rest)
            case ["cancel" | "amend", *_]:
                return self._request(words)
            case ["open", name]:
                holds = self.venue.clearing_of(self.account(name)).kept.of(HOLDS)
                mine = [f"{hold.left}/{hold.quantity} for {hold.held}" for hold in holds if hold.account == self.account(name)]
                return ", ".join(mine), []
            case [_]:
                return self._balances(words[0]), []
        self._let(words)
        return None, []

    def _let(self, words: list[str]) -> None:
        match words:
            case ["wait", seconds, "s"]:
                self.venue.now += int(seconds) * SECOND_NS
            case ["stop", who]:
                self.venue.stopped.add(who)
            case ["start", who]:
                self.venue.stopped.remove(who)
            case _:
                raise AssertionError(words)

    def _list(self, symbol: str, base: str, quote: str, pairs: list[str]) -> tuple[Reply, list[Event]]:
        given = DEFAULTS | {name: int(value) for name, value in zip(pairs[::2], pairs[1::2], strict=True)}
        tick, lot, least, most, band, maker, taker, own = given.values()
        precisions = self.precisions.get(base, 0), self.precisions.get(quote, 0)
        rules = SymbolRules(symbol, base, quote, *precisions, tick, lot, least, most, band, maker, taker, bool(own))
        return self.venue.admin(CreateSymbol(rules)), []

    def _order(self, side: Side, quantity: int, words: list[str]) -> tuple[Reply, list[Event]]:
        price, account, *kind = words[1:] if words[0] == "@" else ["0", *words[1:]]
        type_ = OrderType.MARKET if words[0] == "market" else OrderType.LIMIT_MAKER if "maker" in kind else OrderType.LIMIT
        usual = "ioc" if type_ is OrderType.MARKET else "gtc"
        time = TimeInForce[next((word for word in kind if word in ("ioc", "fok", "gtc")), usual).upper()]
        own = SelfTrade.NONE if "none" in kind else SelfTrade.EXPIRE_TAKER
        name = next((word for word in kind if word[0] == "#"), "#")[1:]
        symbol = kind[kind.index("in") + 1] if "in" in kind else SYMBOL
        number = self.account(account)
        command = PlaceOrder(number, symbol, name, side, type_, time, own, int(price), quantity)
        reply, events = self.venue.ask(self.venue.clearing_of(number), command)
        if isinstance(reply, OrderAck):
            self.orders[name or account] = reply.order_id
        return reply, events

    def _request(self, words: list[str]) -> tuple[Reply, list[Event]]:
        verb, which, name, *rest = words
        quantity = int(rest.pop(0)) if verb == "amend" else 0
        account, symbol = self.account(name), rest[1] if rest else SYMBOL
        node = self.venue.clearing_of(account)
        if which == "all":
            return self.venue.ask(node, CancelAll(account, symbol if rest else ""))
        order_id, client = (0, which[1:]) if which[0] == "#" else (self.orders[which], "")
        if verb == "cancel":
            return self.venue.ask(node, CancelOrder(account, symbol, order_id, client))
        return self.venue.ask(node, AmendOrder(account, symbol, order_id, client, quantity))

    def _answer(self, line: str, reply: Reply | str, events: list[Event]) -> str:
        if isinstance(reply, Refused):
            assert not events, "a refusal changes nothing"
            return reply.code
        if isinstance(reply, OrdersAck):
            return f"asked {len(reply.orders)}"
        if isinstance(reply, OrderAck) and line.split(maxsplit=1)[0] in ("buy", "sell"):
            assert reply.repeated == (not events)
            return "same" if reply.repeated else self._held(reply)
        return reply if isinstance(reply, str) else "asked" if isinstance(reply, OrderAck) else "ok"

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
        for line in sub(r"([,;])\s*\n", r"\1 ", drawn).strip().splitlines():
            if crashing:
                for node in drawing.venue.nodes.values():
                    node.reload()
            heard, arrow, expected = line.partition("->")
            said = drawing.play(heard)
            assert not arrow or said == " ".join(expected.split()), f"{line.strip()}\n  said: {said}"
        if not drawing.venue.stopped:
            check_quiet(drawing.venue)

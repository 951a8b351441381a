"""Clearing and matching against money too simple to be wrong, operation by operation, with feeds that lag as they like."""

from collections import Counter
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.clearing.naive import NaiveClearing
from tests.services.clearing.sums import Sums, check_quiet
from tests.services.clearing.venue import SECOND_NS, Node, Venue
from tradewind.messages.commands import (
    Adjust,
    AmendOrder,
    CancelAll,
    CancelOrder,
    CreateAsset,
    CreateSymbol,
    PlaceOrder,
    PlaceOrderPair,
    SetMarketState,
    Transfer,
)
from tradewind.messages.events import AmendRequested, CancelRequested, Event, OrderAccepted, OrderEnded, RequestRefused, Traded
from tradewind.messages.replies import OrderAck, OrderPairAck, OrdersAck, Refused, Reply
from tradewind.services.clearing import placing
from tradewind.services.clearing.client_ids import DEDUP_NS
from tradewind.services.clearing.tables import BALANCES, HOLDS
from tradewind.services.matching.tables import ARMED, RESTING
from tradewind.values.ids import system_account
from tradewind.values.orders import MarketState, OrderStatus, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules

OPS_MIN = 10_000
ORDERS_MAX = 4
ACCOUNTS = (1, 2, 3, 4)
ASSETS = {"USDT": 2, "BTC": 3, "ETH": 2}
FUNDS = {"USDT": 1_500, "BTC": 1_400, "ETH": 60}
RULES = [
    SymbolRules("BTCUSDT", "BTC", "USDT", 3, 2, 10, 100, 98, 1_100, 800, 1_000, 3_000, False),
    SymbolRules("ETHBTC", "ETH", "BTC", 2, 3, 20, 5, 0, 10**9, 0, 0, 100_000, True),
]


class Step(NamedTuple):
    """`twist` makes an order wrong, `pick` chooses an earlier one, `lag` says how many entries come after it (9: all)."""

    what: str
    account: int
    rules: SymbolRules
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    self_trade: SelfTrade
    ticks: int
    lots: int
    name: str
    twist: str
    pick: int
    state: MarketState
    lag: int
    stop_ticks: int
    more: int


STEPS = st.builds(
    Step,
    st.sampled_from(
        ["order"] * 16 + ["pair"] * 3 + ["send", "cancel", "cancel", "amend", "amend", "all", "again", "fund", "state", "wait"]
    ),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(RULES),
    st.sampled_from(Side),
    st.sampled_from([OrderType.LIMIT] * 5 + [OrderType.MARKET] + list(OrderType)[1:]),
    st.sampled_from([TimeInForce.GTC] * 4 + [TimeInForce.IOC] * 2 + [TimeInForce.FOK, TimeInForce.GTD]),
    st.sampled_from([SelfTrade.EXPIRE_TAKER] * 2 + list(SelfTrade)),
    st.integers(97, 103),
    st.integers(1, 8),
    st.sampled_from(["", "", "", "a", "b", "c"]),
    st.sampled_from([""] * 16 + ["tick", "lot", "size", "band"]),
    st.integers(0, 8),
    st.sampled_from([MarketState.TRADING] * 6 + [state for state in MarketState if state is not MarketState.DELISTED]),
    st.sampled_from([9, 9, 9, 0, 1, 2, 3]),
    st.integers(96, 104),
    st.integers(0, 7),
)


class Twins:
    def __init__(self, seen: Counter[str], clearing: int) -> None:
        self.seen, self.venue = seen, Venue(clearing)
        self.naive = {node.shard: NaiveClearing(RULES, ORDERS_MAX) for node in self.venue.of("clearing")}
        self.sums = [Sums(node) for node in self.venue.of("clearing")]
        self.placed: list[tuple[PlaceOrder, int]] = []
        for asset, precision in ASSETS.items():
            self.venue.admin(CreateAsset(asset, precision))
        for rules in RULES:
            self.venue.admin(CreateSymbol(rules))
        for account in ACCOUNTS:
            for asset, units in FUNDS.items():
                self.fund(account, asset, units)
        self.deliver(10**6, 0)

    def fund(self, account: int, asset: str, units: int) -> None:
        self.venue.admin(Adjust(account, asset, units, f"r{len(self.venue.nodes['admin/0'].feed)}"))

    def step(self, step: Step) -> None:
        self.seen["ops"] += 1
        match step.what:
            case "fund":
                self.fund(step.account, step.rules.quote, step.lots)
            case "state":
                self.venue.admin(SetMarketState(step.rules.symbol, step.state, ""))
            case "wait":
                self.venue.now += DEDUP_NS // 2 + step.lots * SECOND_NS
            case "order":
                self.place(order_of(step))
            case "pair":
                self.place_pair(step)
            case "send":
                self.send(step)
            case "again" if self.placed:
                self.place(self.placed[-1 - step.pick % len(self.placed)][0])
            case "cancel" | "amend" if self.placed:
                self.request(step, *self.placed[-1 - step.pick % len(self.placed)])
            case _:
                self.cancel_all(step)
        self.deliver(10**6 if step.lag == 9 else step.lag, step.pick)
        self.compare()

    def place(self, order: PlaceOrder) -> None:
        node = self.venue.clearing_of(order.account)
        naive, now = self.naive[node.shard], self.venue.now + SECOND_NS
        against, known = naive.objections(order, now), naive.named(order.account, order.client_order_id, now)
        reply, events = self.venue.ask(node, order)
        if isinstance(reply, Refused):
            self.seen[reply.code] += 1
            assert reply.code in against and not events, (reply, against)
            return
        assert isinstance(reply, OrderAck) and not against, (reply, against)
        assert reply.repeated == (known is not None)
        if known is not None:
            self.seen["same"] += 1
            assert (reply.order_id, events) == (known[0], [])
            return
        assert isinstance(events[0], OrderAccepted) and events[0].order_id == reply.order_id
        naive.accepted(order, events[0])
        self.placed.append((order, reply.order_id))

    def place_pair(self, step: Step) -> None:
        """A leg has the same objections as alone but for its funds; both are accepted, or none."""
        rules, quantity = step.rules, step.lots * step.rules.lot
        low, high = sorted((step.ticks, step.ticks + 1 + step.more))
        maker, stop = (low, high) if step.side is Side.BUY else (high, low)
        common = TimeInForce.GTC, SelfTrade.EXPIRE_MAKER
        legs = (
            PlaceOrder(step.account, rules.symbol, "", step.side, OrderType.LIMIT_MAKER, *common, maker * rules.tick, quantity),
            PlaceOrder(
                *(step.account, rules.symbol, "", step.side, OrderType.STOP_LOSS_LIMIT, *common, stop * rules.tick, quantity),
                stop_price=stop * rules.tick,
            ),
        )
        node = self.venue.clearing_of(step.account)
        naive, now = self.naive[node.shard], self.venue.now + SECOND_NS
        reply, events = self.venue.ask(node, PlaceOrderPair(step.account, "", *legs))
        against = set().union(*(naive.objections(leg, now) for leg in legs)) - {Refusal.INSUFFICIENT_BALANCE}
        open_orders = sum(order.account == step.account for order in naive.orders.values())
        need, asset = max((naive.order(leg).need, naive.order(leg).asset) for leg in legs)
        against |= {Refusal.TOO_MANY_OPEN_ORDERS} if open_orders + 2 > ORDERS_MAX else set()
        against |= {Refusal.INSUFFICIENT_BALANCE} if naive.free(step.account, asset) < need else set()
        if isinstance(reply, Refused):
            self.seen[f"pair {reply.code}"] += 1
            assert reply.code in against and not events, (reply, against)
            return
        assert isinstance(reply, OrderPairAck) and not against, (reply, against)
        self.seen["pair"] += 1
        for leg, said in zip(legs, events, strict=False):
            assert isinstance(said, OrderAccepted) and said.list_id == reply.list_id == reply.maker.order_id
            naive.accepted(leg, said)
            self.placed.append((leg, said.order_id))

    def send(self, step: Step) -> None:
        other, asset = 1 + (step.account + step.more) % len(ACCOUNTS), step.rules.quote
        node = self.venue.clearing_of(step.account)
        naive, units = self.naive[node.shard], step.lots * 10
        free = naive.free(step.account, asset)
        reply, events = self.venue.ask(node, Transfer(step.account, other, asset, units, f"t{node.seq}"))
        if isinstance(reply, Refused):
            assert reply.code is (Refusal.BAD_REQUEST if other == step.account else Refusal.INSUFFICIENT_BALANCE)
            assert other == step.account or free < units
            return
        self.seen["sent"] += 1
        naive.money[step.account, asset] -= units
        if self.venue.clearing_of(other) is node:
            naive.hear(events[0], self.venue.now)

    def request(self, step: Step, order: PlaceOrder, order_id: int) -> None:
        """By the owner or somebody else, of an order that may be over."""
        account = order.account if step.lots % 4 else step.account
        node = self.venue.clearing_of(account)
        naive = self.naive[node.shard].orders.get(order_id)
        mine = naive is not None and naive.account == account
        who, quantity = (account, order.symbol, order_id), step.lots * step.rules.lot
        if step.what == "cancel":
            self.check(*self.venue.ask(node, CancelOrder(*who)), None if mine else Refusal.UNKNOWN_ORDER, CancelRequested)
            return
        refusal = None
        if naive is None or not mine:
            refusal = Refusal.UNKNOWN_ORDER
        elif quantity % naive.rules.lot:
            refusal = Refusal.QUANTITY_OFF_LOT
        elif not naive.quantity - naive.left < quantity < naive.quantity:
            refusal = Refusal.AMEND_MUST_REDUCE
        self.check(*self.venue.ask(node, AmendOrder(*who, "", quantity)), refusal, AmendRequested)

    def check(self, reply: Reply, events: list[Event], refusal: Refusal | None, event: type[Event]) -> None:
        said = reply.code if isinstance(reply, Refused) else None
        self.seen[said or event.__name__] += 1
        assert said is refusal and [type(one) for one in events] == ([] if refusal else [event]), (reply, refusal)

    def cancel_all(self, step: Step) -> None:
        node = self.venue.clearing_of(step.account)
        orders = self.naive[node.shard].orders
        reply, events = self.venue.ask(node, CancelAll(step.account, step.rules.symbol))
        mine = [one for one, order in orders.items() if (order.account, order.rules) == (step.account, step.rules)]
        assert isinstance(reply, OrdersAck) and [ack.order_id for ack in reply.orders] == mine
        # Of a pair the first leg is asked for, as long as it stands: it takes the other with it.
        asked = [one for one in mine if orders[one].list_id in (0, one) or orders[one].list_id not in orders]
        assert events == [CancelRequested(one, step.account, step.rules.symbol) for one in asked]

    def deliver(self, entries: int, first: int) -> None:
        """So many entries, each to the next shard that can hear one; `first` says where to begin."""
        nodes = list(self.venue.nodes.values())
        nodes = nodes[first % len(nodes) :] + nodes[: first % len(nodes)]
        while entries and (found := next(((node, entry) for node in nodes for entry in self.venue.ready(node)), None)):
            entries -= 1
            heard, said = self.venue.deliver(*found)
            if found[0].shard in self.naive:
                for event in heard.events:
                    self.naive[found[0].shard].hear(event, self.venue.now)
            self.seen.update(type(event).__name__ for event in said if isinstance(event, Traded | RequestRefused))
            self.seen.update(event.status.name for event in said if isinstance(event, OrderEnded))

    def compare(self) -> None:
        for sums in self.sums:
            sums.check()
        for node in self.venue.of("clearing"):
            self.compare_shard(node, self.naive[node.shard])

    def compare_shard(self, node: Node, naive: NaiveClearing) -> None:
        rows = {(row.account, row.asset): (row.available, row.held) for row in node.kept.of(BALANCES)}
        for account in ACCOUNTS:
            for asset in ASSETS:
                expected = naive.free(account, asset), naive.held(account, asset)
                assert rows.get((account, asset), (0, 0)) == expected, (account, asset)
        for asset in ASSETS:
            assert rows.get((system_account("house", node.index), asset), (0, 0)) == (naive.money["house", asset], 0)
        holds = {row.order_id: (row.account, row.price, row.quantity, row.left, row.held) for row in node.kept.of(HOLDS)}
        assert holds == {
            order_id: (order.account, order.price, order.quantity, order.left, naive.held_by(order_id))
            for order_id, order in naive.orders.items()
        }

    def standing(self) -> dict[int, int]:
        """What is left of each order that is in a book, or armed beside it."""
        nodes = self.venue.of("matching")
        armed = {row.order_id: row.quantity for node in nodes for row in node.kept.of(ARMED)}
        return armed | {row.order_id: row.left for node in nodes for row in node.kept.of(RESTING)}

    def finish(self) -> None:
        """Everybody hears everything: what is open stands in a book or is armed, and nothing is between two shards."""
        self.deliver(10**6, 0)
        self.compare()
        check_quiet(self.venue)
        assert self.standing() == {one: order.left for naive in self.naive.values() for one, order in naive.orders.items()}


def order_of(step: Step) -> PlaceOrder:
    rules = step.rules
    price = step.ticks * rules.tick if step.type.priced else 0
    quantity = step.lots * rules.lot
    times = {TimeInForce.GTC: TimeInForce.IOC} if step.type in (OrderType.STOP_LOSS, OrderType.TAKE_PROFIT) else {}
    time = times.get(step.time_in_force, step.time_in_force)
    amount = price_of_amount(step) if step.type is OrderType.MARKET and step.more < 3 else 0
    if step.twist in ("tick", "band") and price:
        price = price + 1 if step.twist == "tick" else price * (2 if step.side is Side.BUY else 0) or 50 * rules.tick
    if step.twist in ("lot", "size"):
        quantity += 1 if step.twist == "lot" else 9 * rules.lot
    kind = step.side, step.type, time, step.self_trade
    return PlaceOrder(
        *(step.account, rules.symbol, step.name, *kind, price, 0 if amount else quantity),
        stop_price=step.stop_ticks * rules.tick if step.type.waits else 0,
        display=step.more // 2 * rules.lot if step.type in (OrderType.LIMIT, OrderType.LIMIT_MAKER) else 0,
        good_till=GOOD_TILL if time is TimeInForce.GTD else 0,
        quote_quantity=amount,
    )


GOOD_TILL = 300 * 86_400 * SECOND_NS  # nobody waits for it here: what ends by it, matching's own tests say


def price_of_amount(step: Step) -> int:
    """Some lots' worth and a little more: what is not spent must come back."""
    return step.rules.notional(step.ticks * step.rules.tick, step.lots * step.rules.lot) + step.more


def test_clearing_agrees_with_naive_money_operation_by_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "ACCOUNT_ORDERS_MAX", ORDERS_MAX)
    seen: Counter[str] = Counter()

    @settings(max_examples=110, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(STEPS, min_size=95, max_size=130), st.integers(1, 2))
    def play(steps: list[Step], clearing: int) -> None:
        twins = Twins(seen, clearing)
        seen[f"{clearing} shards"] += 1
        for step in steps:
            twins.step(step)
        twins.finish()

    play()
    wanted: set[str] = {"same", "CancelRequested", "AmendRequested", "RequestRefused", "Traded"}
    wanted |= {status.name for status in OrderStatus if status.ended}
    wanted |= {"1 shards", "2 shards"} | REFUSALS
    assert seen["ops"] >= OPS_MIN and not wanted - seen.keys(), (seen, wanted - seen.keys())


REFUSALS = {
    Refusal.MARKET_CLOSED,
    Refusal.PRICE_OFF_TICK,
    Refusal.PRICE_OUT_OF_BAND,
    Refusal.NO_REFERENCE_PRICE,
    Refusal.QUANTITY_OFF_LOT,
    Refusal.QUANTITY_OUT_OF_RANGE,
    Refusal.NOTIONAL_TOO_SMALL,
    Refusal.UNSUPPORTED_ORDER,
    Refusal.STP_MODE_NOT_ALLOWED,
    Refusal.INSUFFICIENT_BALANCE,
    Refusal.TOO_MANY_OPEN_ORDERS,
    Refusal.DUPLICATE_CLIENT_ORDER_ID,
    Refusal.UNKNOWN_ORDER,
    Refusal.AMEND_MUST_REDUCE,
}

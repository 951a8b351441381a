"""What a market may hear, drawn: orders of all kinds, pairs, cancels, amends, states, rules, and time that passes."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from hypothesis import strategies as st

from tests.services.matching.feeding import SYMBOL
from tradewind.messages.events import AmendRequested, CancelRequested, Event, MarketStateSet, OrderAccepted, SymbolChanged
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.symbols import SymbolRules

NS = 1_000_000_000
LOT = 2  # so that an amount can come to less than one
OPEN_S, HALT_S, REOPEN_S = 3, 2, 1
CALM = SymbolRules(SYMBOL, "BTC", "USDT", 0, 0, 1, LOT, 1, 40, 150, 0, 0, True)
NERVOUS = SymbolRules(SYMBOL, "BTC", "USDT", 0, 0, 1, LOT, 1, 40, 100, 0, 0, True, 0, 0, 400, OPEN_S, HALT_S, REOPEN_S)


class Step(NamedTuple):
    """`what`: mostly an order; else a pair, a cancel or an amend of the `pick`-th order before, a state, rules, or nothing.

    `wait` passes before it, in ns. `extra` is a distance from the price
    (stops), a slice (icebergs), or a time to live in halves of a second (GTD).
    """

    what: str
    pick: int
    account: int
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    self_trade: SelfTrade
    price: int
    quantity: int
    state: MarketState
    extra: int
    wait: int


STOPS = [OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT]
WHAT = ["order"] * 14 + ["iceberg"] * 4 + ["amount"] * 2 + ["pair"] * 3 + ["cancel"] * 3 + ["reduce"] * 2 + ["state"]
STEPS = st.builds(
    Step,
    st.sampled_from([*WHAT, "rules", "nothing", "nothing"]),
    st.integers(0, 12),
    st.integers(1, 4),
    st.sampled_from(Side),
    st.sampled_from([OrderType.LIMIT] * 6 + [OrderType.MARKET, OrderType.LIMIT_MAKER] + STOPS),
    st.sampled_from([TimeInForce.GTC] * 5 + [TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTD, TimeInForce.GTD]),
    st.sampled_from(SelfTrade),
    st.integers(96, 104),
    st.integers(1, 12),
    # The market is open most of the time: otherwise nothing would rest for long enough to meet anything.
    st.sampled_from([MarketState.TRADING] * 40 + [state for state in MarketState if state is not MarketState.DELISTED] * 2),
    st.integers(0, 4),
    st.sampled_from([0, 1, NS // 2, NS]),
)


def to_order(order_id: int, step: Step, now: int) -> OrderAccepted:
    type_, force, limits = step.type, step.time_in_force, TimeInForce.GTC
    if type_ is OrderType.LIMIT_MAKER or step.what == "iceberg":
        force = TimeInForce.GTD if force is TimeInForce.GTD else limits
    if type_ is OrderType.MARKET and force in (TimeInForce.GTC, TimeInForce.GTD):
        force = TimeInForce.IOC
    if step.what == "iceberg" and type_ is not OrderType.LIMIT_MAKER:
        type_ = OrderType.LIMIT
    if step.what == "amount":
        type_, force = OrderType.MARKET, TimeInForce.IOC
    kind = step.side, type_, force, step.self_trade, step.price, step.quantity * LOT
    order = OrderAccepted(order_id, step.account, SYMBOL, "", *kind)
    given: dict[str, int] = {}
    if force is TimeInForce.GTD:
        given["good_till"] = now + step.extra * NS // 2
    if type_.waits:
        given["stop_price"] = step.price + step.extra - 2
    if step.what == "iceberg":
        given["display"] = step.extra + 1
    if step.what == "amount":
        amount = step.quantity * 100
        surely = amount // step.price if step.side is Side.BUY else -(-amount // step.price)
        given |= {"quote_quantity": amount, "quantity": max(LOT, -(-surely // LOT) * LOT)}
    return msgspec.structs.replace(order, **given)


def to_pair(order_id: int, step: Step, now: int) -> list[OrderAccepted]:
    """Legs on both sides of where prices are; now and then the maker's would take, or the stop's price has come."""
    maker = to_order(order_id, step._replace(type=OrderType.LIMIT_MAKER), now)
    away = step.extra + 1 if step.side is Side.BUY else -step.extra - 1
    stop_type = STOPS[step.pick % 2]
    stop = to_order(order_id + 1, step._replace(type=stop_type, time_in_force=TimeInForce.GTC), now)
    stop = msgspec.structs.replace(stop, stop_price=step.price + away, price=step.price + 2 * away)
    legs = [maker, stop] if step.pick % 3 else [stop, maker]
    return [msgspec.structs.replace(leg, order_id=order_id + number, list_id=order_id) for number, leg in enumerate(legs)]


def heard(step: Step, sent: Sequence[OrderAccepted], now: int) -> list[Event]:
    order_id = len(sent) + 1
    past = sent[-1 - step.pick % len(sent)] if sent else None
    match step.what:
        case "state":
            return [MarketStateSet(SYMBOL, step.state, "drawn")]
        case "rules":
            return [SymbolChanged(NERVOUS if step.pick % 2 else CALM, 2)]
        case "nothing":
            return []
        case "pair":
            return list(to_pair(order_id, step, now))
        case "cancel" if past is not None:
            return [CancelRequested(past.order_id, past.account, SYMBOL, "asked" if step.pick % 2 else "")]
        case "reduce" if past is not None:
            return [AmendRequested(past.order_id, past.account, SYMBOL, step.quantity * LOT)]
    return [to_order(order_id, step, now)]

"""One cancels the other: two orders of which at most one ever trades, so what stands behind them is held once."""

import msgspec

from tradewind.messages.commands import PlaceOrder, PlaceOrderPair
from tradewind.messages.events import Event
from tradewind.messages.replies import OrderAck, OrderPairAck, Refused
from tradewind.runtime.machine import At
from tradewind.services.clearing.desk import Desk
from tradewind.services.clearing.ledger import Ledger
from tradewind.services.clearing.open_orders import OpenOrders
from tradewind.services.clearing.placing import Welcome, accept, check_room, judge, rules_for
from tradewind.services.clearing.rules import check_pair, needed, pair_digest
from tradewind.services.clearing.tables import Hold
from tradewind.values.ids import order_id, second_of_input
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules


def place_pair(desk: Desk, pair: PlaceOrderPair, at: At, events: list[Event]) -> OrderPairAck | Refused:
    """Both legs stand, or none."""
    known = repeated(desk, pair, at.now)
    if known is not None:
        return known
    came = welcome_pair(desk, pair, at.now)
    if isinstance(came, Refused):
        return came
    maker, stop = came
    need = max(maker.terms.need, stop.terms.need)
    if desk.ledger.available(pair.account, maker.terms.asset) < need:
        return Refused(Refusal.INSUFFICIENT_BALANCE)
    desk.ledger.hold(pair.account, maker.terms.asset, need)
    list_id = order_id(at.seq, desk.index)
    legs = accept(desk, maker, at, events, 0, need, list_id), accept(desk, stop, at, events, 1, 0, list_id)
    acks = (OrderAck(leg.order_id, leg.client_order_id, leg.symbol, at.now) for leg in legs)
    return OrderPairAck(list_id, pair.list_client_id or f"tw{list_id}", *acks)


def welcome_pair(desk: Desk, pair: PlaceOrderPair, now: int) -> tuple[Welcome, Welcome] | Refused:
    if pair.maker.account != pair.account:
        return Refused(Refusal.BAD_REQUEST, "the orders are another account's")
    rules = rules_for(desk, pair.maker)
    if isinstance(rules, Refused):
        return rules
    wrong = check_pair(pair.maker, pair.stop)
    if wrong is not None:
        return Refused(wrong)
    again = rules_for(desk, pair.stop)  # the same rules, but another name
    if isinstance(again, Refused):
        return again
    maker = judge(desk, pair.maker, rules, pair_digest(pair.maker, pair.stop, pair.list_client_id), now)
    if isinstance(maker, Refused):
        return maker
    stop = judge(desk, pair.stop, rules, pair_digest(pair.stop, pair.maker, pair.list_client_id), now)
    if isinstance(stop, Refused):
        return stop
    return check_room(desk, rules, pair.account, 2) or (maker, stop)


def repeated(desk: Desk, pair: PlaceOrderPair, now: int) -> OrderPairAck | Refused | None:
    """By the legs' names: those that are given must all be free, or all stand for this very pair."""
    legs = ((pair.maker, pair.stop), (pair.stop, pair.maker))
    firsts: list[int] = []  # the pair's id as each name has it, 0 = the name is free
    accepted_at = 0
    for leg, other in legs:
        known = desk.known(pair.account, leg.client_order_id, now)
        if known is not None:
            if known.digest != pair_digest(leg, other, pair.list_client_id):
                return Refused(Refusal.DUPLICATE_CLIENT_ORDER_ID)
            firsts.append(known.order_id - (0 if leg is pair.maker else second_of_input(0)))
            accepted_at = known.accepted_at
        elif leg.client_order_id:
            firsts.append(0)
    if not any(firsts):
        return None
    list_id = firsts[0]
    if firsts != [list_id] * len(firsts):
        return Refused(Refusal.DUPLICATE_CLIENT_ORDER_ID)
    ids = (pair.maker, list_id), (pair.stop, second_of_input(list_id))
    acks = (_known_ack(leg, made, accepted_at) for leg, made in ids)
    return OrderPairAck(list_id, pair.list_client_id or f"tw{list_id}", *acks)


def _known_ack(leg: PlaceOrder, made: int, accepted_at: int) -> OrderAck:
    return OrderAck(made, leg.client_order_id or f"tw{made}", leg.symbol, accepted_at, True)


def share(open_orders: OpenOrders, ledger: Ledger, rules: SymbolRules, legs: list[Hold], held: int) -> None:
    """`legs` of one pair are what is left of it, and `held` is held for them: from now on exactly what they need, by the first.

    A need never grows, and an end or a cut takes nothing from the others' need: so there is always enough.
    """
    need = max(needed(rules, leg.side, leg.price, leg.left)[1] for leg in legs)
    ledger.release(legs[0].account, legs[0].asset, held - need)
    for number, leg in enumerate(legs):
        open_orders.put(msgspec.structs.replace(leg, held=0 if number else need))

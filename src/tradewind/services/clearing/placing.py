"""Taking orders: one, or a batch of which each stands or falls by itself."""

import re
from typing import NamedTuple

from tradewind.messages.commands import ORDERS_PER_BATCH_MAX, PlaceOrder, PlaceOrders, TestOrder
from tradewind.messages.events import Event, OrderAccepted
from tradewind.messages.replies import OrderAck, Outcomes, Refused, Reply, Tested
from tradewind.runtime.machine import At
from tradewind.services.clearing.desk import Desk
from tradewind.services.clearing.rules import ACCOUNT_ORDERS_MAX, Terms, digest, terms_of
from tradewind.services.clearing.tables import FinishedOrder, Hold
from tradewind.values.ids import ORDERS_PER_INPUT, order_id
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules

assert ORDERS_PER_BATCH_MAX <= ORDERS_PER_INPUT
GIVEN_HERE = re.compile(r"tw\d+")  # the rest of MADE_CLIENT_ORDER_ID comes from the edge, which refuses it to clients


class Welcome(NamedTuple):
    """An order to which there are no objections but perhaps its account's funds. `content` is its digest."""

    order: PlaceOrder
    rules: SymbolRules
    terms: Terms
    content: bytes


def same_again(known: Hold | FinishedOrder, content: bytes) -> OrderAck | Refused:
    """What becomes of a name that was used before."""
    if known.digest != content:
        return Refused(Refusal.DUPLICATE_CLIENT_ORDER_ID)
    return OrderAck(known.order_id, known.client_order_id, known.symbol, known.accepted_at, True)


def rules_for(desk: Desk, order: PlaceOrder) -> SymbolRules | Refused:
    rules = desk.symbols.for_order(order.symbol)
    if isinstance(rules, Refusal):
        return Refused(rules)
    if GIVEN_HERE.fullmatch(order.client_order_id):
        return Refused(Refusal.BAD_REQUEST, "client order ids of this form are given by the exchange")
    return rules


def judge(desk: Desk, order: PlaceOrder, rules: SymbolRules, content: bytes, now: int) -> Welcome | Refused:
    """By rules and state of its market, as they are known here."""
    terms = terms_of(rules, desk.symbols.state(order.symbol), order, desk.symbols.last_price(order.symbol), now)
    return Refused(terms) if isinstance(terms, Refusal) else Welcome(order, rules, terms, content)


def check_room(desk: Desk, rules: SymbolRules, account: int, orders: int) -> Refused | None:
    """Whether the account may have so many more open orders, here and in all."""
    here = desk.open.count(account, rules.symbol) + orders
    if desk.open.count(account) + orders > ACCOUNT_ORDERS_MAX or (rules.open_orders_max and here > rules.open_orders_max):
        return Refused(Refusal.TOO_MANY_OPEN_ORDERS)
    return None


def consider(desk: Desk, order: PlaceOrder, now: int) -> Welcome | OrderAck | Refused:
    """Everything but the effect. An OrderAck: it stands already."""
    rules = rules_for(desk, order)
    if isinstance(rules, Refused):
        return rules
    content = digest(order)
    known = desk.known(order.account, order.client_order_id, now)
    if known is not None:
        return same_again(known, content)
    welcome = judge(desk, order, rules, content, now)
    if isinstance(welcome, Refused):
        return welcome
    full = check_room(desk, rules, order.account, 1)
    if full is not None:
        return full
    if desk.ledger.available(order.account, welcome.terms.asset) < welcome.terms.need:
        return Refused(Refusal.INSUFFICIENT_BALANCE)
    return welcome


def place(desk: Desk, order: PlaceOrder, at: At, events: list[Event], number: int = 0) -> OrderAck | Refused:
    """`number` counts the orders of this input."""
    welcome = consider(desk, order, at.now)
    if not isinstance(welcome, Welcome):
        return welcome
    desk.ledger.hold(order.account, welcome.terms.asset, welcome.terms.need)
    hold = accept(desk, welcome, at, events, number, welcome.terms.need)
    return OrderAck(hold.order_id, hold.client_order_id, hold.symbol, at.now)


def accept(desk: Desk, welcome: Welcome, at: At, events: list[Event], number: int, held: int, list_id: int = 0) -> Hold:
    """The order stands; `held` is held already."""
    order, rules, terms, content = welcome
    made = order_id(at.seq, desk.index, number)
    who = made, order.account, order.symbol, order.client_order_id or f"tw{made}"
    what = order.side, order.type
    size = terms.quantity, terms.quantity
    fees = rules.maker_fee_ppm, rules.taker_fee_ppm
    much = terms.asset, held
    hold = Hold(desk.index, *who, content, *what, terms.price, *size, *much, *fees, at.now, order.quote_quantity, list_id)
    desk.open.put(hold)
    later = order.stop_price, order.display, order.good_till, order.quote_quantity, list_id
    events.append(OrderAccepted(*who, *what, order.time_in_force, order.self_trade, terms.price, terms.quantity, *later))
    return hold


def place_batch(desk: Desk, batch: PlaceOrders, at: At, events: list[Event]) -> Reply:
    """In one input, so in one commit: a later order finds held what an earlier one has taken."""
    if len(batch.orders) > ORDERS_PER_BATCH_MAX:
        return Refused(Refusal.BATCH_TOO_LARGE)
    if not batch.orders or any(order.account != batch.account for order in batch.orders):
        return Refused(Refusal.BAD_REQUEST, "a batch has orders, and all are of one account")
    return Outcomes(tuple(place(desk, order, at, events, number) for number, order in enumerate(batch.orders)))


def test(desk: Desk, asked: TestOrder, now: int) -> Reply:
    if asked.order.account != asked.account:
        return Refused(Refusal.BAD_REQUEST, "the order is another account's")
    came = consider(desk, asked.order, now)
    return came if isinstance(came, Refused) else Tested()

"""A10 idempotency, A11 durability: one command, one effect, one answer, and the journal knows all three."""

from collections import Counter
from typing import Any

from tradewind.audit.books import Auditor, Case, Step, Witnessed
from tradewind.messages.codec import Undecodable, decode
from tradewind.messages.commands import CancelOrders, Envelope, PlaceOrder, PlaceOrderPair, PlaceOrders, TestOrder
from tradewind.messages.events import CancelRequested, OrderAccepted, OrderEnded
from tradewind.messages.replies import Answer, OrderAck, OrderPairAck, Outcomes, Refused

DEDUP_NS = 24 * 3_600 * 1_000_000_000  # a client order id is free again this long after its order's end


class Name:
    """A client order id in use: whose order, what it asked for, and when that order ended (0 = it is open)."""

    __slots__ = ("content", "ended_at", "order_id")

    def __init__(self, order_id: int, content: tuple[Any, ...]) -> None:
        self.order_id, self.content, self.ended_at = order_id, content, 0


class Idempotency(Auditor):
    """A10."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._commands: dict[tuple[str, bytes], int] = {}
        self._names: dict[tuple[int, str], Name] = {}
        self._named: dict[int, Name] = {}
        self.heard = {("clearing", OrderEnded): self._ended}

    def step(self, step: Step) -> None:
        if not isinstance(step.given, Envelope):
            return
        key = step.entry.shard, step.given.command_id
        if key in self._commands:
            self.found("A10", f"{step}: command {key[1].hex()} had its effect at seq {self._commands[key]} already")
        self._commands[key] = step.entry.seq
        accepted = [event for event in step.output.events if isinstance(event, OrderAccepted)]
        reply = step.output.reply
        match step.given.body:
            case PlaceOrder() as order:
                self._placed(step, order, _content(order), reply, accepted)
            case PlaceOrders() as batch:
                self._batch(step, batch, reply, accepted)
            case PlaceOrderPair() as pair:
                self._pair(step, pair, reply, accepted)
            case CancelOrders() as batch:
                self._cancelled(step, batch, reply)
            case TestOrder() if step.output.events:
                self.found("A10", f"{step}: an order is tested, and has effects: {step.output.events}")
        if accepted:
            self.found("A10", f"{step}: accepts {accepted[0]}, and no answer says so")

    def _batch(self, step: Step, batch: PlaceOrders, reply: Any, accepted: list[OrderAccepted]) -> None:
        """Each by itself, and in its order: partial failure is exactly what the answers say."""
        if not isinstance(reply, Outcomes):
            return
        if len(reply.outcomes) != len(batch.orders):
            self.found("A10", f"{step}: a batch of {len(batch.orders)} is answered by {len(reply.outcomes)} outcomes")
        for order, outcome in zip(batch.orders, reply.outcomes, strict=False):
            self._placed(step, order, _content(order), outcome, accepted)

    def _pair(self, step: Step, pair: PlaceOrderPair, reply: Any, accepted: list[OrderAccepted]) -> None:
        legs = pair.maker, pair.stop
        if not isinstance(reply, OrderPairAck):
            return
        contents = [("pair", *_content(leg), *_content(other), pair.list_client_id) for leg, other in (legs, legs[::-1])]
        ids = {event.list_id for event in accepted}
        if accepted and ids != {reply.list_id}:
            self.found("A10", f"{step}: a pair is answered as {reply.list_id}, its legs say {sorted(ids)}")
        for leg, content, ack in zip(legs, contents, (reply.maker, reply.stop), strict=True):
            if leg.client_order_id or not ack.repeated:
                self._placed(step, leg, content, ack, accepted)

    def _cancelled(self, step: Step, batch: CancelOrders, reply: Any) -> None:
        if isinstance(reply, Outcomes):
            asked = [event.order_id for event in step.output.events if isinstance(event, CancelRequested)]
            told = [outcome.order_id for outcome in reply.outcomes if isinstance(outcome, OrderAck)]
            if len(reply.outcomes) != len(batch.cancels) or asked != told:
                self.found("A10", f"{step}: {len(batch.cancels)} cancels are answered {reply}, under way are {asked}")

    def _placed(
        self, step: Step, order: PlaceOrder, content: tuple[Any, ...], reply: Any, accepted: list[OrderAccepted]
    ) -> None:
        """Takes the order that was accepted for it, if there must be one, off the front of `accepted`."""
        known = self._names.get((order.account, order.client_order_id)) if order.client_order_id else None
        name = f"account {order.account} client order id {order.client_order_id!r}"
        fresh = isinstance(reply, OrderAck) and not reply.repeated
        if fresh and not accepted:
            self.found("A10", f"{step}: {name} is answered {reply}, but no order was accepted")
        same = (known.order_id, known.content) if known is not None else None
        if isinstance(reply, OrderAck) and reply.repeated and same != (reply.order_id, content):
            self.found("A10", f"{step}: {name} is answered as known order {reply.order_id}, which is not this order")
        if not fresh or not accepted:
            return
        event = accepted.pop(0)
        if known is not None and not (known.ended_at and known.ended_at < step.entry.at - DEDUP_NS):
            self.found("A10", f"{step}: {name} becomes order {event.order_id} though order {known.order_id} has that name")
        self._compare(step, order, event, reply)
        self._named[event.order_id] = self._names[event.account, event.client_order_id] = Name(event.order_id, content)

    def _compare(self, step: Step, order: PlaceOrder, event: OrderAccepted, reply: Any) -> None:
        """A price that is not the client's, and what an amount comes to, are made by clearing; all else is as it was asked."""
        asked = (order.account, order.client_order_id or event.client_order_id, *_content(order))
        price = event.price if order.type.priced else order.price
        quantity = order.quantity if order.quote_quantity else event.quantity
        kind = event.symbol, event.side, event.type, event.time_in_force, event.self_trade
        later = event.stop_price, event.display, event.good_till, event.quote_quantity
        got = (event.account, event.client_order_id, *kind, price, quantity, *later)
        if asked != got or reply.order_id != event.order_id:
            self.found("A10", f"{step}: asked for {asked}, accepted {got} as order {event.order_id}, answered {reply}")

    def _ended(self, step: Step, event: OrderEnded) -> None:
        name = self._named.pop(event.order_id, None)
        if name is not None:
            name.ended_at = step.entry.at


def _content(order: PlaceOrder) -> tuple[Any, ...]:
    kind = order.symbol, order.side, order.type, order.time_in_force, order.self_trade
    later = order.stop_price, order.display, order.good_till, order.quote_quantity
    return (*kind, order.price, order.quantity, *later)


class Durability(Auditor):
    """A11. `witnessed` is what the world outside was told; it must stand in the journal, word for word."""

    def __init__(self, case: Case, witnessed: Witnessed) -> None:
        super().__init__(case)
        self._answers: dict[tuple[str, int], list[Answer]] = {}
        for answer in witnessed.answers:
            self._witness(answer)
        self._events: Counter[Any] = Counter(witnessed.events)
        self._kinds = {type(event) for event in self._events}
        self._remembered = {(row.shard, row.seq): row for row in case.rows("commands")}

    def _witness(self, answer: Answer) -> None:
        if answer.seq:
            self._answers.setdefault((answer.shard, answer.seq), []).append(answer)
        elif not isinstance(answer.reply, Refused):
            self.found("A11", f"{answer.shard} answered {answer.reply} without a place in its journal")

    def step(self, step: Step) -> None:
        for event in step.output.events:
            if type(event) in self._kinds:
                self._events.pop(event, None)
        if not isinstance(step.given, Envelope):
            return
        key = step.entry.shard, step.entry.seq
        for answer in self._answers.pop(key, ()):
            if (answer.request, answer.reply) != (step.given.request, step.output.reply):
                self.found("A11", f"{step}: answered {answer.reply} to {answer.request}, the journal says {step.output.reply}")
        row = self._remembered.pop(key, None)
        if row is not None and (row.command_id, row.request) != (step.given.command_id, step.given.request):
            self.found("A11", f"{step}: remembered is command {row.command_id.hex()}, journaled another")
        elif row is not None and _reply(row.answer) != step.output.reply:
            self.found("A11", f"{step}: remembers to have answered {_reply(row.answer)}, the journal says {step.output.reply}")

    def close(self) -> None:
        for (shard, seq), answers in self._answers.items():
            for answer in answers:
                self.found("A11", f"{shard} seq {seq}: {answer.reply} was answered to {answer.request}, and is not journaled")
        for event in self._events:
            self.found("A11", f"this was pushed, and stands in no journal: {event}")
        for shard, seq in self._remembered:
            self.found("A11", f"{shard} seq {seq}: a command is remembered, and not journaled")


def _reply(answer: bytes) -> Any:
    try:
        return decode(Answer, answer).reply
    except Undecodable as error:
        return f"what cannot be decoded ({error})"

"""A10 idempotency, A11 durability: one command, one effect, one answer, and the journal knows all three."""

from collections import Counter
from typing import Any

from tradewind.audit.books import Auditor, Case, Step, Witnessed
from tradewind.messages.codec import Undecodable, decode
from tradewind.messages.commands import Envelope, PlaceOrder
from tradewind.messages.events import OrderAccepted, OrderEnded
from tradewind.messages.replies import Answer, OrderAck, Refused
from tradewind.values.orders import OrderType

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
        body = step.given.body
        if isinstance(body, PlaceOrder):
            self._placed(step, body, accepted)
        elif accepted:
            self.found("A10", f"{step}: accepts an order though nobody placed one")

    def _placed(self, step: Step, order: PlaceOrder, accepted: list[OrderAccepted]) -> None:
        reply = step.output.reply
        known = self._names.get((order.account, order.client_order_id)) if order.client_order_id else None
        name = f"account {order.account} client order id {order.client_order_id!r}"
        fresh = isinstance(reply, OrderAck) and not reply.repeated
        if len(accepted) != fresh:
            self.found("A10", f"{step}: {name} is answered {reply}, but {len(accepted)} orders were accepted")
        same = (known.order_id, known.content) if known is not None else None
        if isinstance(reply, OrderAck) and reply.repeated and same != (reply.order_id, _content(order)):
            self.found("A10", f"{step}: {name} is answered as known order {reply.order_id}, which is not this order")
        for event in accepted:
            if known is not None and not (known.ended_at and known.ended_at < step.entry.at - DEDUP_NS):
                self.found("A10", f"{step}: {name} becomes order {event.order_id} though order {known.order_id} has that name")
            self._compare(step, order, event, reply)
            self._named[event.order_id] = self._names[event.account, event.client_order_id] = Name(
                event.order_id, _content(order)
            )

    def _compare(self, step: Step, order: PlaceOrder, event: OrderAccepted, reply: Any) -> None:
        """A MARKET order's price is made by clearing; all else is as it was asked for."""
        asked = (order.account, order.client_order_id or event.client_order_id, *_content(order))
        price = order.price if order.type is OrderType.MARKET else event.price
        kind = event.symbol, event.side, event.type, event.time_in_force, event.self_trade
        got = (event.account, event.client_order_id, *kind, price, event.quantity)
        if asked != got or (isinstance(reply, OrderAck) and reply.order_id != event.order_id):
            self.found("A10", f"{step}: asked for {asked}, accepted {got} as order {event.order_id}, answered {reply}")

    def _ended(self, step: Step, event: OrderEnded) -> None:
        name = self._named.pop(event.order_id, None)
        if name is not None:
            name.ended_at = step.entry.at


def _content(order: PlaceOrder) -> tuple[Any, ...]:
    kind = order.symbol, order.side, order.type, order.time_in_force, order.self_trade
    return (*kind, order.price, order.quantity)


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

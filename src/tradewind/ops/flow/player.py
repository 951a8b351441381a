"""Plays a tape through the public API: one signed request after the other, each until its outcome is known."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import trio

from tradewind.client.rest import ApiError, Client, NoAnswer
from tradewind.ops.flow.orders import Action, Asked
from tradewind.values.money import format_units
from tradewind.values.orders import Side

PATIENCE_S = 60.0  # for one request, over all its tries
PAUSES_S = (0.02, 0.05, 0.1, 0.2)  # between tries; the last one again and again
PRICE_PLACES = 4  # a recording's prices are dollars * 10 000
DOUBTFUL = frozenset((429, 503, 504))  # not done, or nobody knows: ask again
TOO_LATE = frozenset(("UNKNOWN_ORDER", "AMEND_MUST_REDUCE"))  # the order has ended, or has too little left

Before = Callable[[int], Awaitable[None]]  # hears the number of each request before it is made
Words = tuple[str, str, dict[str, Any] | None, dict[str, Any] | None]  # method, path, query, body


class FlowFailed(Exception):
    """The exchange said something that no tape asks for, or nothing at all for too long."""


async def insist(client: Client, words: Words, tally: "Tally") -> Any:
    """The answer, or the ApiError that is one; again while the outcome is in doubt, which every request here survives:
    an order has its client order id, and cancelling or reducing to a quantity twice is the same as once."""
    deadline, tries = time.monotonic() + PATIENCE_S, 0
    while True:
        try:
            return await client.call(*words)
        except ApiError as error:
            if error.status not in DOUBTFUL:
                return error
            doubt: Exception = error
        except NoAnswer as error:
            doubt = error
        if time.monotonic() > deadline:
            raise FlowFailed(f"{words[0]} {words[1]} for {PATIENCE_S:.0f} s: {doubt}") from doubt
        tally.retries += 1
        await trio.sleep(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
        tries += 1


@dataclass
class Tally:
    """`latencies_ns`: from the first byte asked to the answer, tries included."""

    latencies_ns: list[int] = field(default_factory=list)
    retries: int = 0
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    def latency_ms(self, share: float) -> float:
        ordered = sorted(self.latencies_ns)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1e6 if ordered else 0.0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies_ns) / max(self.seconds, 1e-9)


class Player:
    """`makers` and `takers` share the orders in turn. `run` begins every client order id, so that no two runs meet."""

    def __init__(self, symbol: str, run: str, makers: Sequence[Client], takers: Sequence[Client]) -> None:
        self.tally = Tally()
        self.acknowledged: dict[str, int] = {}  # order ids, by name
        self._symbol = symbol
        self._run = run
        self._makers = makers
        self._takers = takers
        self._owner: dict[str, Client] = {}
        self._placed = 0

    async def play(self, tape: Sequence[Asked], before: Before) -> None:
        """`before` hears the number of each request before it is made. Raises FlowFailed."""
        self.tally.began = time.monotonic()
        for number, asked in enumerate(tape):
            await before(number)
            client, words = self._owner_of(asked), self._words(asked)
            began = time.perf_counter_ns()
            answer = await insist(client, words, self.tally)
            self.tally.latencies_ns.append(time.perf_counter_ns() - began)
            placing = asked.action in (Action.PLACE, Action.TAKE)
            if isinstance(answer, ApiError) and (placing or answer.code not in TOO_LATE):
                raise FlowFailed(f"request {number}, {words}: {answer}") from answer
            if placing:
                self.acknowledged[asked.name] = answer["orderId"]
        self.tally.seconds = time.monotonic() - self.tally.began

    def _owner_of(self, asked: Asked) -> Client:
        if asked.action in (Action.AMEND, Action.CANCEL):
            return self._owner[asked.name]
        owners = self._makers if asked.action is Action.PLACE else self._takers
        self._placed += 1
        client = self._owner[asked.name] = owners[self._placed % len(owners)]
        return client

    def _words(self, asked: Asked) -> Words:
        params = params_of(asked, self._symbol, self._run)
        if asked.action is Action.CANCEL:
            return "DELETE", "/v1/order", params, None
        if asked.action is Action.AMEND:
            return "PUT", "/v1/order/amend", None, params
        return "POST", "/v1/order", None, params


def params_of(asked: Asked, symbol: str, run: str) -> dict[str, Any]:
    """What the API is asked for. `run` begins every client order id."""
    action, name, side, price, size, _ = asked
    named = {"symbol": symbol, "origClientOrderId": f"{run}-{name}"}
    if action is Action.CANCEL:
        return named
    if action is Action.AMEND:
        return named | {"quantity": str(size)}
    return {
        "symbol": symbol,
        "side": Side(side).name,
        "type": "LIMIT",
        "timeInForce": "IOC" if action is Action.TAKE else "GTC",
        "price": format_units(price, PRICE_PLACES),
        "quantity": str(size),
        "clientOrderId": f"{run}-{name}",
        "selfTradePreventionMode": "NONE",
    }

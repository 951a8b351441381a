"""Orders, typed, each with a known outcome: a lost answer is found out about, and nothing is sent twice before it is.

The exchange does a command before its deadline (seconds) or not at all. So an order that it does not know by its client order
id SURELY_NOT_S after it was sent was not done, and only then it is sent again; under the same id, so that even a clock that
lies could not make two orders of it.
"""

import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
import trio

from tradewind.client.failures import ApiError, NoAnswer, OutcomeUnknown
from tradewind.client.patience import Patience
from tradewind.client.shapes import Amend, Named, NewOrder, Order
from tradewind.client.transport import Transport

PATIENCE_S = 60.0
SURELY_NOT_S = 12.0  # a gateway gives a command 5 s; the rest is for clocks that differ and a history that lags
BATCH_MAX = 50
UNKNOWN_ORDER = "UNKNOWN_ORDER"
TOO_LATE = frozenset((UNKNOWN_ORDER, "AMEND_MUST_REDUCE"))


def named(order: NewOrder) -> NewOrder:
    """With a client order id, so that it can be asked for whatever happens."""
    return order if order.client_order_id else msgspec.structs.replace(order, client_order_id=f"c{secrets.token_hex(10)}")


class _Attempt:
    """One request that goes on until its outcome is known. `doubts`: how often nobody knew."""

    def __init__(self, patience_s: float, asked_by: dict[str, Any]) -> None:
        self.doubts = 0
        self.asked_by = asked_by
        self._patience = Patience(patience_s)

    async def again_after(self, error: ApiError | NoAnswer) -> bool:
        """Wait before another try; True when the failed one may have been done. Raises what cannot be helped by trying."""
        doubt = error.unknown if isinstance(error, ApiError) else error.sent
        self.doubts += doubt
        if isinstance(error, ApiError) and not (doubt or error.retryable):
            raise error
        if self._patience.over:
            raise OutcomeUnknown(self.asked_by, error) if self.doubts else error
        await self._patience.pause()
        return doubt


class Trader:
    """Over REST or over the socket. Every method raises ApiError (it was not done), NoAnswer (nobody was reached, surely
    nothing was done), OutcomeUnknown (nobody has told within `patience_s`)."""

    def __init__(self, transport: Transport, *, patience_s: float = PATIENCE_S, surely_not_s: float = SURELY_NOT_S) -> None:
        self.resolved = 0  # outcomes that had to be asked for
        self._transport = transport
        self._patience_s = patience_s
        self._surely_not_s = surely_not_s

    async def place(self, order: NewOrder) -> Order:
        """The acknowledgement, or the order's state when that was lost."""
        order = named(order)
        by = Named(symbol=order.symbol, orig_client_order_id=order.client_order_id)
        attempt = _Attempt(self._patience_s, by.fields())
        while True:
            sent_at = trio.current_time()
            try:
                return msgspec.convert(await self._transport.ask("order.place", order.fields()), Order)
            except (ApiError, NoAnswer) as error:
                if not await attempt.again_after(error):
                    continue
            found = await self._find(by, attempt, sent_at)
            if found is not None:
                return found

    async def place_many(self, orders: Sequence[NewOrder]) -> list[Order | ApiError]:
        """What came of each, in their order; in batches of 50, one after the other."""
        given = [named(order) for order in orders]
        found: list[Order | ApiError] = []
        for start in range(0, len(given), BATCH_MAX):
            found += await self._place_batch(given[start : start + BATCH_MAX])
        return found

    async def _place_batch(self, orders: list[NewOrder]) -> list[Order | ApiError]:
        found: list[Order | ApiError | None] = [None] * len(orders)
        attempt = _Attempt(self._patience_s, {"clientOrderIds": [order.client_order_id for order in orders]})
        while True:
            missing = [place for place, one in enumerate(found) if one is None]
            sent_at = trio.current_time()
            try:
                asked = {"orders": [orders[place].fields() for place in missing]}
                answer = await self._transport.ask("batch.place", asked)
                for place, shown in zip(missing, answer["results"], strict=True):
                    found[place] = ApiError(400, shown) if "orderId" not in shown else msgspec.convert(shown, Order)
            except (ApiError, NoAnswer) as error:
                if await attempt.again_after(error):
                    for place in missing:
                        by = Named(symbol=orders[place].symbol, orig_client_order_id=orders[place].client_order_id)
                        found[place] = await self._find(by, attempt, sent_at)
            done = [one for one in found if one is not None]
            if len(done) == len(orders):
                return done

    async def _find(self, by: Named, attempt: _Attempt, sent_at: float) -> Order | None:
        """The order that may have been placed; None when it surely was not."""
        self.resolved += 1
        while True:
            asked_at = trio.current_time()
            try:
                return await self.order(by)
            except OutcomeUnknown as unknown:
                raise OutcomeUnknown(attempt.asked_by, unknown.doubt) from unknown
            except ApiError as error:
                if error.code != UNKNOWN_ORDER:
                    raise
                if asked_at - sent_at > self._surely_not_s:
                    return None
                await trio.sleep(min(0.5, self._surely_not_s / 8))

    async def order(self, by: Named) -> Order:
        """As the history shows it."""
        return msgspec.convert(await self._insist("order.status", by.fields()), Order)

    async def cancel(self, by: Named) -> Order:
        """Asked for, or ended by then: to ask twice is the same as once."""
        return await self._once_more("order.cancel", by, lambda order: order.ended)

    async def amend(self, change: Amend) -> Order:
        """Reduce; to ask twice is the same as once."""
        return await self._once_more("order.amend", change, lambda order: _equal(order.orig_qty, change.quantity))

    async def _once_more(self, method: str, by: Named, is_done: Any) -> Order:
        """`by` asked for until an answer comes; a refusal that only our own lost request explains is none."""
        attempt = _Attempt(self._patience_s, by.fields())
        while True:
            try:
                return msgspec.convert(await self._transport.ask(method, by.fields()), Order)
            except (ApiError, NoAnswer) as error:
                if attempt.doubts and isinstance(error, ApiError) and error.code in TOO_LATE:
                    shown = await self.order(
                        Named(symbol=by.symbol, order_id=by.order_id, orig_client_order_id=by.orig_client_order_id)
                    )
                    if is_done(shown):
                        return shown
                await attempt.again_after(error)

    async def cancel_all(self, symbol: str = "") -> list[Order]:
        """The orders whose end is now under way."""
        shown = await self._insist("openOrders.cancelAll", {"symbol": symbol} if symbol else {})
        return msgspec.convert(shown, list[Order])

    async def cancel_after(self, timeout_ms: int, symbol: str = "") -> Any:
        """The dead man's switch; 0 takes it away."""
        return await self._insist("cancelAfter", {"timeout": timeout_ms} | ({"symbol": symbol} if symbol else {}))

    async def _insist(self, method: str, params: dict[str, Any]) -> Any:
        """For what may be asked any number of times."""
        attempt = _Attempt(self._patience_s, params)
        while True:
            try:
                return await self._transport.ask(method, params)
            except (ApiError, NoAnswer) as error:
                await attempt.again_after(error)


def _equal(one: str, other: str) -> bool:
    """The same decimal number, however many zeros it ends in."""

    def bare(text: str) -> str:
        return text.rstrip("0").rstrip(".") if "." in text else text

    return bare(one) == bare(other)

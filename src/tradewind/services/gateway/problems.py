"""What a client is told when it does not get what it asked for. One table gives every refusal its HTTP status."""

from typing import Any

from tradewind.messages.replies import Refused
from tradewind.values.refusals import Refusal

STATUS: dict[Refusal, int] = {
    Refusal.BAD_REQUEST: 400,
    Refusal.UNKNOWN_SYMBOL: 400,
    Refusal.INVALID_SYMBOL_CONFIG: 400,
    Refusal.MARKET_CLOSED: 400,
    Refusal.PRICE_OFF_TICK: 400,
    Refusal.PRICE_OUT_OF_BAND: 400,
    Refusal.NO_REFERENCE_PRICE: 400,
    Refusal.QUANTITY_OFF_LOT: 400,
    Refusal.QUANTITY_OUT_OF_RANGE: 400,
    Refusal.NOTIONAL_TOO_SMALL: 400,
    Refusal.NOTIONAL_TOO_LARGE: 400,
    Refusal.UNSUPPORTED_ORDER: 400,
    Refusal.STOP_WOULD_TRIGGER: 400,
    Refusal.STOP_OFF_TICK: 400,
    Refusal.ICEBERG_INVALID: 400,
    Refusal.GOOD_TILL_INVALID: 400,
    Refusal.BATCH_TOO_LARGE: 400,
    Refusal.ORDER_PAIR_INVALID: 400,
    Refusal.NOT_SAME_FAMILY: 403,
    Refusal.INVALID_FEE_TIERS: 400,
    Refusal.STP_MODE_NOT_ALLOWED: 400,
    Refusal.INSUFFICIENT_BALANCE: 400,
    Refusal.TOO_MANY_OPEN_ORDERS: 400,
    Refusal.DUPLICATE_CLIENT_ORDER_ID: 409,
    Refusal.UNKNOWN_ORDER: 404,
    Refusal.AMEND_MUST_REDUCE: 400,
    Refusal.UNKNOWN_ACCOUNT: 404,
    Refusal.UNKNOWN_ASSET: 400,
    Refusal.ALREADY_EXISTS: 409,
    Refusal.REPLAYED_REQUEST: 409,
    Refusal.DEADLINE_PASSED: 504,  # by one clock; runtime.caller makes an unknown outcome of it
    Refusal.UNKNOWN_NETWORK: 400,
    Refusal.OFF_CHAIN: 409,
    Refusal.UNKNOWN_WITHDRAWAL: 404,
    Refusal.INVALID_WITHDRAW_STATE: 409,
    Refusal.WITHDRAWALS_FROZEN: 409,
    Refusal.SELF_APPROVAL: 403,
    Refusal.TOO_MANY_WITHDRAWALS: 400,
    Refusal.DUPLICATE_IDEMPOTENCY_KEY: 409,
    Refusal.QUARANTINED: 500,  # the fault is ours: the command killed the machine that heard it
}
assert set(STATUS) == set(Refusal), "a refusal without a status"

RETRYABLE = frozenset((429, 503))


class Problem(Exception):
    """Ends a call. 4xx: the caller's, nothing happened; 503: surely not done; 504: the outcome is unknown.

    `extra` are further fields of the body (a 504 names the clientOrderId to ask with); `retry_after_s` becomes a header.
    """

    def __init__(self, status: int, code: str, message: str, retry_after_s: int = 0, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s
        self.extra = extra

    def body(self) -> dict[str, Any]:
        retryable = self.status in RETRYABLE
        return {"code": self.code, "message": self.message, "retryable": retryable, **self.extra}


def bad(message: str) -> Problem:
    """The request is not one that we can read."""
    return Problem(400, "BAD_REQUEST", message)


def refused(code: Refusal, message: str = "") -> Problem:
    return Problem(STATUS[code], code.value, message or code.value.replace("_", " ").lower())


def refusal_of(reply: Refused) -> Problem:
    return refused(reply.code, reply.message)


def unavailable(message: str = "not available now; nothing was done") -> Problem:
    return Problem(503, "UNAVAILABLE", message, retry_after_s=1)

"""Binance's error codes and texts. Clients classify by them, by the text more than by the code, so the texts are exact."""

import re
from collections.abc import Mapping
from typing import Any

from tradewind.services.gateway.problems import Problem

FILTER = "Filter failure: "
ILLEGAL = "Illegal characters found in parameter '{0}'."
INVALID_SYMBOL = "Invalid symbol."
UNKNOWN_OUTCOME = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
WOULD_TAKE = "Order would immediately match and take."
MARKET_CLOSED = "Market is closed."
DUPLICATE = "Duplicate order sent."
NOT_FOUND = "Order does not exist."
NOT_OPEN = "Unknown order sent."

# Native code -> (Binance's code, text; empty = the native message).
CODES: Mapping[str, tuple[int, str]] = {
    "UNKNOWN_SYMBOL": (-1121, INVALID_SYMBOL),
    "MARKET_CLOSED": (-2010, MARKET_CLOSED),
    "PRICE_OFF_TICK": (-1013, FILTER + "PRICE_FILTER"),
    "STOP_OFF_TICK": (-1013, FILTER + "PRICE_FILTER"),
    "PRICE_OUT_OF_BAND": (-1013, FILTER + "PERCENT_PRICE_BY_SIDE"),
    "NO_REFERENCE_PRICE": (-2010, "Market has no price to bound a market order by."),
    "QUANTITY_OFF_LOT": (-1013, FILTER + "LOT_SIZE"),
    "QUANTITY_OUT_OF_RANGE": (-1013, FILTER + "LOT_SIZE"),
    "NOTIONAL_TOO_SMALL": (-1013, FILTER + "NOTIONAL"),
    "NOTIONAL_TOO_LARGE": (-1013, FILTER + "NOTIONAL"),
    "TOO_MANY_OPEN_ORDERS": (-1013, FILTER + "MAX_NUM_ORDERS"),
    "UNSUPPORTED_ORDER": (-2010, "Unsupported order combination."),
    "STOP_WOULD_TRIGGER": (-2010, "Stop price would trigger immediately."),
    "ICEBERG_INVALID": (-1013, FILTER + "ICEBERG_PARTS"),
    "GOOD_TILL_INVALID": (-1130, "Data sent for parameter 'goodTillDate' is not valid."),
    "ORDER_PAIR_INVALID": (-2010, "The relationship of the prices for the orders is not correct."),
    "STP_MODE_NOT_ALLOWED": (-2010, "This symbol does not allow the specified self-trade prevention mode."),
    "INSUFFICIENT_BALANCE": (-2010, "Account has insufficient balance for requested action."),
    "DUPLICATE_CLIENT_ORDER_ID": (-2010, DUPLICATE),
    "UNKNOWN_ORDER": (-2013, NOT_FOUND),
    "AMEND_MUST_REDUCE": (-2038, "Order amend (quantity increase) is not supported."),
    "REPLAYED_REQUEST": (-1021, "Timestamp for this request has been used: a signed request works once."),
    "NOT_SIGNED": (-1102, "Mandatory parameter 'signature' was not sent, was empty/null, or malformed."),
    "BAD_SIGNATURE": (-1022, "Signature for this request is not valid."),
    "KEY_EXPIRED": (-2015, "Invalid API-key, IP, or permissions for action."),
    # Not -2015: ccxt takes that for a ban, once the key has worked.
    "FORBIDDEN": (-1002, "You are not authorized to execute this request."),
    "OUTCOME_UNKNOWN": (-1007, UNKNOWN_OUTCOME),
    "RATE_LIMIT": (-1003, "Too many requests."),
    "BANNED": (-1003, "Way too many requests; IP banned for a while."),
    "ORDER_RATE_LIMIT": (-1015, "Too many new orders."),
    "UNAVAILABLE": (-1001, "Internal error; unable to process your request. Please try again."),
    "REQUEST_ENTITY_TOO_LARGE": (-1101, "Too many parameters sent for this endpoint."),
    "NOT_FOUND": (-1000, "This path is not known here."),
    "METHOD_NOT_ALLOWED": (-1000, "This method is not known here."),
}
# What matching said of an order that it did not take.
REASONS: Mapping[str, tuple[int, str]] = {
    "POST_ONLY_WOULD_TAKE": (-2010, WOULD_TAKE),
    "MARKET_CLOSED": (-2010, MARKET_CLOSED),
    "PRICE_OUT_OF_BAND": (-1013, FILTER + "PERCENT_PRICE_BY_SIDE"),
}
CANCELS = frozenset(("order.cancel", "DELETE"))
UNKNOWN, BAD_PARAMETER, MISSING, UNREAD = -1000, -1130, -1102, -1104

# Names of native fields, where Binance has another.
_NAMES = {"clientOrderId": "newClientOrderId"}
_FIELD = re.compile(r"([A-Za-z0-9]+)(?: is required|: | must )")
_WORDS = {
    "side": (-1117, "Invalid side."),
    "type": (-1116, "Invalid orderType."),
    "timeInForce": (-1115, "Invalid timeInForce."),
}


class Fault(Problem):
    """A problem whose Binance code and text are known already."""

    def __init__(self, status: int, number: int, text: str, **extra: Any) -> None:
        super().__init__(status, str(number), text, **extra)
        self.number = number


def fault(number: int, text: str, status: int = 400) -> Fault:
    return Fault(status, number, text)


def missing(name: str) -> Fault:
    return fault(MISSING, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def invalid(name: str) -> Fault:
    return fault(BAD_PARAMETER, f"Data sent for parameter '{name}' is not valid.")


def of_reason(reason: str) -> Fault:
    """Matching ended the order as REJECTED, and said why."""
    number, text = REASONS.get(reason, (-2010, "Order was rejected."))
    return fault(number, text)


def code_of(problem: Problem) -> tuple[int, str]:
    """Binance's code and text."""
    if isinstance(problem, Fault):
        return problem.number, problem.message
    known = CODES.get(problem.code)
    if known is not None:
        return known
    if problem.code == "BAD_REQUEST":
        return _bad(problem.message)
    return (UNKNOWN, problem.message) if problem.status < 500 else CODES["UNAVAILABLE"]


def _bad(message: str) -> tuple[int, str]:
    found = _FIELD.match(message)
    if found is None:
        return (UNREAD, "Not all sent parameters were read.") if message.startswith("unknown field") else (-1100, message)
    name = _NAMES.get(found[1], found[1])
    if message.endswith("is required"):
        return missing(name).number, missing(name).message
    if name in _WORDS:
        return _WORDS[name]
    if "decimal places" in message:
        return -1111, f"Parameter '{name}' has too much precision."
    return invalid(name).number, invalid(name).message


def body_of(problem: Problem) -> dict[str, Any]:
    """{"code", "msg"}; a lost outcome names what to ask with, and a failed cancelReplace says what came of its halves."""
    number, text = code_of(problem)
    more = {"data": problem.extra["data"]} if "data" in problem.extra else {}
    return {"code": number, "msg": text, **more}

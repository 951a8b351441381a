"""From a compatible call to a native one: by the same caller, with the same effect."""

from typing import Any, TypeVar

from tradewind.services.gateway.asked import Asked
from tradewind.services.gateway.call import Call

A = TypeVar("A", bound=Asked)


def native(call: Call[Any], asked: A) -> Call[A]:
    return Call(call.request_id, call.account, call.permissions, call.command_id, asked)

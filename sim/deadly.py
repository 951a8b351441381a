"""A bug of ours that one command brings out: each time that clearing applies the order of a certain name, it dies."""

from collections.abc import Mapping
from typing import Any

from tradewind.messages.commands import PlaceOrder
from tradewind.runtime.machine import At, Machine, Outcome


class Deadly(Exception):
    """The scenario's own crash, so that the run does not count it as found."""


def with_deadly(machines: Mapping[str, type[Machine]], name: str) -> Mapping[str, type[Machine]]:
    """`name`: the client order id."""
    make: Any = machines["clearing"]

    class Dies(make):  # type: ignore[misc]
        def apply(self, item: Any, at: At) -> Outcome:
            if isinstance(item, PlaceOrder) and item.client_order_id == name:
                raise Deadly(name)
            outcome: Outcome = super().apply(item, at)
            return outcome

    return {**machines, "clearing": Dies}

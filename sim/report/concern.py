"""Whom something concerns, found by the names of fields, however deep; an order is also known by its client's name for it."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from sim.report.timeline import NOBODY, About
from tradewind.messages.events import OrderAccepted
from tradewind.values.symbols import SymbolRules

ORDERS = frozenset(("order_id", "maker_order", "taker_order", "orderId"))
ACCOUNTS = frozenset(("account", "maker_account", "taker_account", "to_account"))
NAMES = frozenset(("client_order_id", "clientOrderId", "origClientOrderId"))
IN_TEXT = {
    "orders": re.compile(r"\b(?:order|maker_order|taker_order|order_id)[ =](\d+)"),
    "accounts": re.compile(r"\baccount[ =](\d+)"),
}


class Concern:
    """Learns the names of orders from their acceptance."""

    def __init__(self) -> None:
        self._named: dict[str, dict[int, None]] = {}
        self._accepted: dict[int, tuple[int, str]] = {}  # account and symbol

    def learn(self, said: object) -> None:
        if isinstance(said, OrderAccepted):
            self._accepted[said.order_id] = said.account, said.symbol
        if isinstance(said, OrderAccepted) and said.client_order_id:
            self._named.setdefault(said.client_order_id, {})[said.order_id] = None

    def named(self, name: str) -> tuple[int, ...]:
        return tuple(self._named.get(name, ()))

    def of(self, *said: Any) -> About:
        """Messages, mappings (JSON bodies, query strings), and sequences of them."""
        orders: set[int] = set()
        accounts: set[int] = set()
        symbols: set[str] = set()
        waiting: list[Any] = list(said)
        while waiting:
            for name, value in _parts(waiting.pop()):
                if name in ORDERS and value:
                    orders.add(int(value))
                elif name in ACCOUNTS and value:
                    accounts.add(int(value))
                elif name in NAMES and value:
                    orders.update(self.named(value))
                elif name == "symbol" and value:
                    symbols.add(value)
                elif not isinstance(value, (int, str, bytes)):
                    waiting.append(value)
        return about(orders, accounts, symbols)

    def in_text(self, text: str) -> About:
        """What a finding's sentence names: `order 130`, `account 4`, a client's name for an order, an order's bare number."""
        orders = {int(found) for found in IN_TEXT["orders"].findall(text)}
        for name, known in self._named.items():
            if re.search(rf"(?<![\w/-]){re.escape(name)}(?![\w/-])", text):
                orders.update(known)
        orders = orders or {int(found) for found in re.findall(r"\b\d{2,16}\b", text) if int(found) in self._accepted}
        return about(orders, {int(found) for found in IN_TEXT["accounts"].findall(text)}, set())


def _parts(one: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(one, (tuple, list)):
        return [("", part) for part in one]
    if isinstance(one, dict):
        return list(one.items())
    if isinstance(one, msgspec.Struct):
        return [(name, getattr(one, name)) for name in one.__struct_fields__]
    return [("symbol", one.symbol)] if isinstance(one, SymbolRules) else []


def about(orders: Iterable[int], accounts: Iterable[int], symbols: Iterable[str]) -> About:
    told = About(tuple(sorted(orders)), tuple(sorted(accounts)), tuple(sorted(symbols)))
    return told if told != NOBODY else NOBODY


def together(abouts: Iterable[About]) -> About:
    """Everybody whom any of these concerns."""
    told = list(abouts)
    if len(told) == 1:
        return told[0]
    return about(
        {order for one in told for order in one.orders},
        {account for one in told for account in one.accounts},
        {symbol for one in told for symbol in one.symbols},
    )

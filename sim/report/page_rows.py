"""The tables that the page shows at an instant, with amounts as decimal text."""

from collections.abc import Callable
from typing import Any

from sim.report.timeline import Plain, Row, Timeline
from tradewind.values.money import format_units

# By table of the exchange: the page's name of it, its columns there, and ours for each; the key comes first in its own order.
SHOWN: dict[str, tuple[str, dict[str, str]]] = {
    "resting_orders": (
        "book",
        {
            "shard": "shard",
            "order": "order_id",
            "account": "account",
            "symbol": "symbol",
            "side": "side",
            "price": "price",
            "left": "left",
            "priority": "priority",
        },
    ),
    "balances": (
        "balances",
        {"shard": "shard", "account": "account", "asset": "asset", "free": "available", "held": "held"},
    ),
    "orders": (
        "orders",
        {
            "order": "order_id",
            "account": "account",
            "symbol": "symbol",
            "side": "side",
            "price": "price",
            "quantity": "quantity",
            "executed": "executed",
            "status": "status",
        },
    ),
    "positions": ("positions", {"shard": "shard", "source": "source", "position": "position"}),
}
BASE, QUOTE, ASSET = ("left", "quantity", "executed"), ("price",), ("free", "held")


class PageRows:
    """Precisions are read from clearing's own tables in the timeline; what has none is shown in units."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._names = [name for name in SHOWN if name in timeline.tables]
        self._assets: dict[Plain, int] = {}
        self._symbols: dict[Plain, tuple[int, int]] = {}
        for change in timeline.changes:
            if change.table in ("clearing_assets", "clearing_symbols"):
                columns = timeline.tables[change.table].names
                for row in change.put:
                    self._learn(dict(zip(columns, row, strict=True)))

    def _learn(self, row: dict[str, Any]) -> None:
        if "precision" in row:
            self._assets[row["asset"]] = row["precision"]
        else:
            self._symbols[row["symbol"]] = row["base_precision"], row["quote_precision"]

    def tables(self) -> list[dict[str, Any]]:
        made = []
        for name in self._names:
            title, columns = SHOWN[name]
            key = [list(columns.values()).index(column) for column in self._timeline.tables[name].key]
            made.append({"name": title, "columns": list(columns), "key": key})
        return made

    def changes(self) -> dict[str, list[Any]]:
        """In the order of commits; `at` as differences."""
        made: dict[str, list[Any]] = {"at": [], "table": [], "put": [], "removed": []}
        before_ns = self._timeline.origin_ns
        for change in self._timeline.changes:
            if change.table in self._names:
                telling = self._telling(change.table)
                made["at"].append(change.at_ns - before_ns)
                made["table"].append(self._names.index(change.table))
                made["put"].append([telling(row) for row in change.put])
                made["removed"].append([list(key) for key in change.removed])
                before_ns = change.at_ns
        return made

    def _telling(self, table: str) -> Callable[[Row], list[Plain]]:
        names = self._timeline.tables[table].names
        columns = {title: names.index(column) for title, column in SHOWN[table][1].items()}
        return lambda row: self._told({title: row[place] for title, place in columns.items()})

    def _told(self, row: dict[str, Plain]) -> list[Plain]:
        base, quote = self._symbols.get(row.get("symbol", ""), (None, None))
        precisions = dict.fromkeys(BASE, base) | dict.fromkeys(QUOTE, quote)
        precisions |= dict.fromkeys(ASSET, self._assets.get(row.get("asset", "")))
        return [_amount(value, precisions.get(title)) for title, value in row.items()]


def _amount(value: Plain, precision: int | None) -> Plain:
    if precision is None or not isinstance(value, int):
        return value
    text = format_units(value, precision)
    return text.rstrip("0").rstrip(".") if "." in text else text

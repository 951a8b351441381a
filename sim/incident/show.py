"""Where the replay has stopped, as tables for the terminal: a book, an order, balances, positions."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.table import Column
from rich.table import Table as Drawn

from sim.incident.replay import Replayed, replay
from tradewind.audit.books import Step
from tradewind.messages.codec import Output
from tradewind.values.ids import system_account_kind
from tradewind.values.money import format_units
from tradewind.values.orders import Side

KINDS = ("book", "order", "balance", "positions")


def instant(at: int) -> str:
    """ISO-8601, UTC, to the microsecond; "-" for none."""
    return datetime.fromtimestamp(at // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{at % 10**9 // 1000:06}Z" if at else "-"


class Shown:
    """Reads the rows of a replay that has stopped."""

    def __init__(self, replayed: Replayed) -> None:
        self._replayed = replayed
        self._symbols: dict[str, Any] = {row.symbol: row for row in replayed.rows("clearing_symbols")}
        self._precisions: dict[str, int] = {row.asset: row.precision for row in replayed.rows("clearing_assets")}

    def _amount(self, units: int, asset: str) -> str:
        return format_units(units, self._precisions[asset]) if asset in self._precisions else f"{units} units"

    def _price(self, units: int, symbol: str) -> str:
        return self._amount(units, self._symbols[symbol].quote) if symbol in self._symbols else f"{units} units"

    def _quantity(self, units: int, symbol: str) -> str:
        return self._amount(units, self._symbols[symbol].base) if symbol in self._symbols else f"{units} units"

    def book(self, symbol: str) -> Drawn:
        """Every resting order: sells from the highest price down, then buys; at one price the first to trade stands first."""
        table = Drawn("side", "price", "left", "order", "account", title=f"book of {symbol}")
        rows = [row for row in self._replayed.rows("resting_orders") if row.symbol == symbol]
        for side in (Side.SELL, Side.BUY):
            for row in sorted((row for row in rows if row.side == side), key=lambda row: (-row.price, row.priority)):
                left = self._quantity(row.left, symbol)
                table.add_row(Side(side).name, self._price(row.price, symbol), left, str(row.order_id), str(row.account))
        return table

    def balance(self, account: int) -> Drawn:
        """Negative accounts are the exchange's own, one of each kind per clearing shard."""
        own = f" ({system_account_kind(account)})" if account < 0 else ""
        table = Drawn("asset", "available", "held", "shard", title=f"balances of account {account}{own}")
        for row in self._replayed.rows("balances"):
            if row.account == account:
                shown = self._amount(row.available, row.asset), self._amount(row.held, row.asset)
                table.add_row(row.asset, *shown, f"clearing/{row.shard}")
        return table

    def positions(self) -> Drawn:
        table = Drawn("shard", "seq", "of", Column("at", no_wrap=True), "has heard", title="positions")
        for shard in self._replayed.shards.values():
            heard = ", ".join(f"{source}:{seq}" for source, seq in shard.positions.items())
            table.add_row(shard.name, str(shard.at.seq), str(shard.end.seq), instant(shard.at.at), heard)
        return table

    def order(self, order_id: int) -> Drawn:
        """Its rows, wherever it has some at this place."""
        table = Drawn("table", "row", title=f"order {order_id}")
        for name in ("orders", "holds", "resting_orders"):
            for row in self._replayed.rows(name):
                if row.order_id == order_id:
                    fields = msgspec.structs.asdict(row).items()
                    table.add_row(name, ", ".join(f"{field} {_word(value)}" for field, value in fields))
        return table


def _word(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(getattr(value, "name", value))


class OrderLife:
    """Every event about one order, as the entries pass."""

    def __init__(self, order_id: int) -> None:
        self.order_id = order_id
        self._events: list[tuple[int, str, str]] = []

    def hear(self, step: Step, output: Output) -> None:
        for event in output.events:
            if self.order_id in orders_of(event):
                self._events.append((step.entry.at, str(step), str(event)))

    def table(self) -> Drawn:
        drawn = Drawn("at", "entry", "said", title=f"what was said of order {self.order_id} in the window")
        for at, place, said in sorted(self._events, key=lambda event: event[0]):
            drawn.add_row(instant(at), place, said)
        return drawn


def orders_of(event: Any) -> tuple[int, ...]:
    """The orders that an event is about."""
    event = getattr(event, "fill", event)
    found = [getattr(event, name, 0) for name in ("order_id", "maker_order", "taker_order")]
    return tuple(order for order in found if order)


def show(path: Path, stops: dict[str, int] | None, words: list[list[str]]) -> tuple[Replayed, list[Drawn]]:
    """The replay and a table for each of `words` ([kind, of what]). Raises OSError, BadBundle, and ValueError for bad words."""
    lives = {int(word[1]): OrderLife(int(word[1])) for word in words if word[0] == "order"}

    def hear(_: object, step: Step, output: Output) -> None:
        for life in lives.values():
            life.hear(step, output)

    replayed = replay(path, stops, hear if lives else None)
    return replayed, [table for word in words for table in _tables(Shown(replayed), lives, *word)]


def _tables(shown: Shown, lives: dict[int, OrderLife], kind: str, of: str = "") -> Iterator[Drawn]:
    match kind:
        case "book":
            yield shown.book(of)
        case "order":
            yield shown.order(int(of))
            yield lives[int(of)].table()
        case "balance":
            yield shown.balance(int(of))
        case "positions":
            yield shown.positions()


def checked(words: list[list[str]]) -> list[list[str]]:
    """Raises ValueError when `words` are not what --show takes."""
    for word in words:
        if word[0] not in KINDS or len(word) != (1 if word[0] == "positions" else 2):
            raise ValueError(f"--show {' '.join(word)}: say book SYMBOL, order ID, balance ACCOUNT, or positions")
        if word[0] in ("order", "balance"):
            int(word[1])
    return words

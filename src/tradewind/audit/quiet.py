"""A15 liveness: when nothing is under way, nothing is stuck. Lag itself is found where feeds are compared."""

from typing import Any

from tradewind.audit.books import Auditor


class Stuck(Auditor):
    def close(self) -> None:
        if not self.case.quiet:
            return
        resting = {row.order_id for row in self.case.rows("resting_orders")}
        for row in self.case.rows("holds"):
            if row.order_id not in resting:
                self.found(
                    "A15",
                    f"clearing/{row.shard}: {row.held} {row.asset} of account {row.account} stay held for order "
                    f"{row.order_id}, which does not rest",
                )
        for row in self.case.rows("orders"):
            if not row.status.ended and row.order_id not in resting:
                self.found("A15", f"order {row.order_id} of account {row.account} stays {row.status.name}, and does not rest")
        self._compare_states()
        self._compare_versions()

    def _compare_versions(self) -> None:
        """Everybody has heard of the last change of a symbol."""
        asked: dict[str, Any] = {row.symbol: row.version for row in self.case.rows("symbols")}
        for row in self.case.rows("clearing_symbols"):
            if row.version != asked.get(row.symbol):
                where = f"clearing_symbols row of {row.symbol} in shard {row.shard}"
                self.found("A15", f"{where}: version {row.version} of its rules, operators are at {asked.get(row.symbol)}")

    def _compare_states(self) -> None:
        """Everybody has heard of the last halt, and of the last resumption."""
        asked: dict[str, Any] = {row.symbol: row.state for row in self.case.rows("symbols")}
        for table in ("clearing_symbols", "markets", "book_channels"):
            for row in self.case.rows(table):
                if row.state != asked.get(row.symbol):
                    self.found(
                        "A15", f"{table} row of {row.symbol}: {row.state!r}, operators asked for {asked.get(row.symbol)!r}"
                    )

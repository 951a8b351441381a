"""A15 liveness: when nothing is under way, nothing is stuck. Lag itself is found where feeds are compared."""

from typing import Any

from tradewind.audit.books import Auditor


class Stuck(Auditor):
    def close(self) -> None:
        if not self.case.quiet:
            return
        resting = {row.order_id for table in ("resting_orders", "armed_stops") for row in self.case.rows(table)}
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
        """Matching has heard of the last halt, and of the last resumption; everybody else, of what holds there."""
        asked: dict[str, Any] = {row.symbol: row.state for row in self.case.rows("symbols")}
        holds: dict[str, Any] = {row.symbol: row.state for row in self.case.rows("markets")}
        self._compare_state("markets", "operator_state", asked, "operators asked for")
        for table in ("clearing_symbols", "book_channels"):
            self._compare_state(table, "state", holds, "in matching holds")

    def _compare_state(self, table: str, column: str, right: dict[str, Any], who: str) -> None:
        for row in self.case.rows(table):
            has = getattr(row, column)
            if has != right.get(row.symbol):
                self.found("A15", f"{table} row of {row.symbol}: {has!r}, {who} {right.get(row.symbol)!r}")

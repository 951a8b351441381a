"""Orders that are not over, by id, by account, and by the name their client gave them."""

from collections.abc import Iterable

from tradewind.runtime.rows import Rows
from tradewind.services.clearing.tables import HOLDS, Hold
from tradewind.values.ids import second_of_input


class OpenOrders:
    def __init__(self) -> None:
        self._holds = Rows(HOLDS)
        self._by_account: dict[int, dict[int, None]] = {}
        self._by_market: dict[tuple[int, str], int] = {}  # how many
        self._by_name: dict[tuple[int, str], int] = {}
        self.rows = (self._holds,)

    def load(self, rows: list[Hold]) -> None:
        self._holds.load(sorted(rows, key=lambda hold: hold.order_id))
        for hold in self._holds:
            self._index(hold)

    def _index(self, hold: Hold) -> None:
        self._by_account.setdefault(hold.account, {})[hold.order_id] = None
        market = hold.account, hold.symbol
        self._by_market[market] = self._by_market.get(market, 0) + 1
        self._by_name[hold.account, hold.client_order_id] = hold.order_id

    def get(self, order_id: int) -> Hold | None:
        hold: Hold | None = self._holds.get(order_id)
        return hold

    def __getitem__(self, order_id: int) -> Hold:
        hold: Hold = self._holds[order_id]
        return hold

    def named(self, account: int, client_order_id: str) -> Hold | None:
        order_id = self._by_name.get((account, client_order_id))
        return None if order_id is None else self._holds[order_id]

    def of(self, account: int) -> Iterable[Hold]:
        """In the order in which they were accepted."""
        return [self._holds[order_id] for order_id in self._by_account.get(account, ())]

    def count(self, account: int, symbol: str = "") -> int:
        """In one market, or in all when that is empty."""
        return self._by_market.get((account, symbol), 0) if symbol else len(self._by_account.get(account, ()))

    def partner(self, hold: Hold) -> Hold | None:
        """The other leg of its pair, as long as it stands."""
        if not hold.list_id:
            return None
        return self.get(second_of_input(hold.list_id) if hold.order_id == hold.list_id else hold.list_id)

    def put(self, hold: Hold) -> None:
        if hold.order_id not in self._holds:
            self._index(hold)
        self._holds.put(hold)

    def remove(self, hold: Hold) -> None:
        self._holds.remove(hold.order_id)
        del self._by_name[hold.account, hold.client_order_id]
        market = hold.account, hold.symbol
        self._by_market[market] -= 1
        if not self._by_market[market]:
            del self._by_market[market]
        mine = self._by_account[hold.account]
        del mine[hold.order_id]
        if not mine:
            del self._by_account[hold.account]

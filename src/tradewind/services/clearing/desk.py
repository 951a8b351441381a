"""What stands on the desk of a clearing shard: its money, open orders, their clients' names, and the symbols it knows."""

from dataclasses import dataclass

from tradewind.services.clearing.client_ids import ClientIds
from tradewind.services.clearing.ledger import Ledger
from tradewind.services.clearing.open_orders import OpenOrders
from tradewind.services.clearing.symbols import Symbols
from tradewind.services.clearing.tables import FinishedOrder, Hold


@dataclass(slots=True)
class Desk:
    index: int
    ledger: Ledger
    open: OpenOrders
    client_ids: ClientIds
    symbols: Symbols

    def known(self, account: int, client_order_id: str, now: int) -> Hold | FinishedOrder | None:
        """The order, open or over, whose name this still is."""
        if not client_order_id:
            return None
        return self.open.named(account, client_order_id) or self.client_ids.get(account, client_order_id, now)


def new_desk(index: int) -> Desk:
    return Desk(index, Ledger(index), OpenOrders(), ClientIds(index), Symbols(index))

"""Which machine each service's shards run."""

from tradewind.runtime.machine import Machine
from tradewind.services.admin.machine import AdminMachine
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.services.marketdata.machine import MarketDataMachine
from tradewind.services.matching.machine import MatchingMachine
from tradewind.services.order.machine import OrderMachine
from tradewind.services.user.machine import UserMachine
from tradewind.services.wallet.machine import WalletMachine

MACHINES: dict[str, type[Machine]] = {
    "clearing": ClearingMachine,
    "matching": MatchingMachine,
    "order": OrderMachine,
    "marketdata": MarketDataMachine,
    "user": UserMachine,
    "wallet": WalletMachine,
    "admin": AdminMachine,
}

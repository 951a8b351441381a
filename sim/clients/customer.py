"""Those who move money in and out: customers with deposits and withdrawals, reviewers who approve, reject, and thaw."""

from sim.clients.doors import NOT_DONE, DirectDoor, Heard
from sim.clients.trader import Trader
from sim.cluster import Cluster
from sim.kernel.incarnation import Incarnation
from sim.markets import MOVED
from sim.models.chain import BROKEN, NETWORK
from sim.plan import Client, Op
from tradewind.messages.commands import CancelWithdrawal, Command, FreezeWithdrawals, RequestWithdrawal, ReviewWithdrawal
from tradewind.ports.errors import PortError
from tradewind.ports.tables import Query
from tradewind.services.wallet.tables import WITHDRAWALS

NAMES = ("customer/", "reviewer/")
WALLET = "wallet/0"
REVIEWERS_BEGIN = 10**9  # accounts of reviewers, far from everybody else's
UNKNOWN_WITHDRAWAL = Heard("UNKNOWN_WITHDRAWAL")
IN_VAIN = 1  # Op.type of a withdrawal that the chain will not let through


def is_customer(client: Client) -> bool:
    return client.name.startswith(NAMES)


def address_of(account: int) -> str:
    """Where the account of that number in the plan is paid to."""
    return f"ours-{account}"


def named(account: int, number: int) -> str:
    """The idempotency key of a customer's withdrawal."""
    return f"customer/{account}-{number}"


class Customer(Trader):
    """Like a trader, but what it wants of the wallet goes past the gateways, straight to the shards."""

    async def _live(self, life: Incarnation) -> None:
        self.open_door = self._wallet_door
        await super()._live(life)

    def _wallet_door(self, life: Incarnation, client: Client) -> "WalletDoor":
        return WalletDoor(self.cluster, life, client, self.account)


class WalletDoor(DirectDoor):
    def __init__(self, cluster: Cluster, life: Incarnation, client: Client, account: int) -> None:
        super().__init__(life.node, life.number, account, cluster.ports(life), cluster.topology, cluster.limits)
        self._cluster = cluster
        self._client = client
        self._reviewer = REVIEWERS_BEGIN + int(client.name.rpartition("/")[2])

    async def ask(self, op: Op, name: str, about: int) -> Heard:
        match op.do:
            case "deposit":
                assert self._cluster.chain is not None
                self._cluster.chain.pay(name, address_of(self._client.account), op.symbol, op.quantity)
                return Heard("")
            case "withdraw":
                address = f"{BROKEN if op.type == IN_VAIN else 'theirs'}-{self._client.account}"
                fee = MOVED[op.symbol].fee_units
                key = named(self._client.account, op.id)
                request = RequestWithdrawal(self._account, op.symbol, NETWORK, address, "", op.quantity, fee, key)
                return await self.command(self._shard, request)
            case "thaw":
                return await self.command(WALLET, FreezeWithdrawals(NETWORK, False, name))
        return await self._decide(op)

    async def _decide(self, op: Op) -> Heard:
        """About a withdrawal that stands in the wallet's rows by now, or is unknown."""
        key = named(op.whose or self._client.account, op.of)
        try:
            [rows] = await self._world.store.read([Query(WITHDRAWALS, (("idempotency_key", "=", key),))])
        except PortError:
            return NOT_DONE
        if not rows:
            return UNKNOWN_WITHDRAWAL
        asked: Command = ReviewWithdrawal(rows[0].withdrawal_id, op.do == "approve", self._reviewer, op.do)
        if op.do == "recall":
            asked = CancelWithdrawal(self._account, rows[0].withdrawal_id)
        return await self.command(WALLET, asked)

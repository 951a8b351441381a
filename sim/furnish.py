"""Before the storm: assets, markets, accounts with keys and money. Insists, because faults may strike already."""

import trio

from sim.clients.customer import address_of
from sim.clients.doors import DirectDoor
from sim.cluster import Cluster
from sim.front import VAULT, Credentials
from sim.kernel import draws
from sim.kernel.incarnation import Incarnation
from sim.markets import ASSETS, MARKETS, MOVED, PURSE
from sim.models.chain import GENESIS, NETWORK
from sim.plan import Client, Plan
from tradewind.messages.commands import (
    Adjust,
    AssignAddress,
    Command,
    CreateAccount,
    CreateApiKey,
    CreateAsset,
    CreateSymbol,
    OpenNetwork,
)
from tradewind.services.clearing.tables import ADJUSTMENTS, CLEARING_SYMBOLS
from tradewind.services.user.tables import ACCOUNTS

LOOK_NS = 20_000_000
AGAIN_S = 0.1


async def furnish(cluster: Cluster, plan: Plan) -> dict[int, Credentials]:
    """Returns, by the plan's number of each account, who it is, once clearing knows of everything."""
    known: dict[int, Credentials] = {}
    done = trio.Event()

    async def live(life: Incarnation) -> None:
        door = DirectDoor(life.node, life.number, 0, cluster.ports(life), cluster.topology, cluster.limits)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(door.run)
            for command in _markets(plan):
                await _insist(door, "admin/0", command)
            for client in plan.clients:
                if client.account and client.account not in known:
                    known[client.account] = await _account(cluster, door, client)
            for command in _chain(plan, known):
                await _insist(door, "wallet/0", command)
            nursery.cancel_scope.cancel()
        done.set()

    cluster.kernel.node("furnisher").start(live)
    await done.wait()
    while not _heard(cluster, plan):
        await cluster.kernel.sleep(LOOK_NS)
    return known


def _markets(plan: Plan) -> list[Command]:
    assets: list[Command] = [CreateAsset(asset, precision) for asset, precision in ASSETS.items()]
    return assets + [CreateSymbol(MARKETS[symbol][0]) for symbol in plan.markets]


def _chain(plan: Plan, known: dict[int, Credentials]) -> list[Command]:
    if plan.chain is None:
        return []
    opened: Command = OpenNetwork(NETWORK, plan.chain.confirmations, 0, GENESIS, tuple(MOVED.values()))
    return [opened, *(AssignAddress(who.account, NETWORK, address_of(number)) for number, who in known.items())]


async def _account(cluster: Cluster, door: DirectDoor, client: Client) -> Credentials:
    email = f"{client.account}@example.com"
    await _insist(door, "user/0", CreateAccount(email, ""))
    rows = cluster.database.tables[ACCOUNTS].values()
    account = next(row.account for row in rows if row.email == email)
    draw = draws.keyed(cluster.kernel.seed, "keys", client.account)
    key, secret, nonce = draw.randbytes(16).hex(), draw.randbytes(32).hex(), draw.randbytes(12)
    sealed = VAULT.seal(secret.encode(), nonce)
    await _insist(door, "user/0", CreateApiKey(account, client.name, key, sealed, client.permissions, "", 0))
    for asset, units in () if client.poor else PURSE.items():
        await _insist(door, "admin/0", Adjust(account, asset, units, f"purse {account} {asset}"))
    return Credentials(account, key, secret)


async def _insist(door: DirectDoor, shard: str, command: Command) -> None:
    """Every one of these commands may be repeated: the second time it is refused, or does nothing.

    What one clock finds late is no answer (the caller says Unknown): clocks may jump while the world is furnished.
    """
    while True:
        heard = await door.command(shard, command)
        if heard.conclusive:
            return
        await trio.sleep(AGAIN_S)


def _heard(cluster: Cluster, plan: Plan) -> bool:
    purses = len(PURSE) * len({client.account for client in plan.clients if client.account and not client.poor})
    tables = cluster.database.tables
    markets = len(plan.markets) * plan.clearing
    return len(tables.get(ADJUSTMENTS, {})) >= purses and len(tables.get(CLEARING_SYMBOLS, {})) >= markets

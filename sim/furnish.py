"""Before the storm: assets, markets, accounts with money in them. Insists, because faults may strike already."""

import trio

from sim.cluster import Cluster
from sim.doors import DirectDoor
from sim.kernel.incarnation import Incarnation
from sim.markets import ASSETS, MARKETS, PURSE
from sim.plan import Plan
from tradewind.messages.commands import Adjust, Command, CreateAsset, CreateSymbol
from tradewind.services.clearing.tables import ADJUSTMENTS, CLEARING_SYMBOLS

LOOK_NS = 20_000_000


async def furnish(cluster: Cluster, plan: Plan) -> None:
    """Returns once clearing knows of everything."""
    done = trio.Event()

    async def live(life: Incarnation) -> None:
        door = DirectDoor(life.node, life.number, 0, cluster.ports(life), cluster.topology, cluster.limits)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(door.run)
            for command in _commands(plan):
                while not (await door.command(command)).conclusive:
                    await trio.sleep(0.1)
            nursery.cancel_scope.cancel()
        done.set()

    cluster.kernel.node("furnisher").start(live)
    await done.wait()
    while not _heard(cluster, plan):
        await cluster.kernel.sleep(LOOK_NS)


def _commands(plan: Plan) -> list[Command]:
    assets: list[Command] = [CreateAsset(asset, precision) for asset, precision in ASSETS.items()]
    markets: list[Command] = [CreateSymbol(MARKETS[symbol][0]) for symbol in plan.markets]
    purses: list[Command] = [
        Adjust(client.account, asset, units, f"purse {client.account} {asset}")
        for client in plan.clients
        if client.account
        for asset, units in PURSE.items()
    ]
    return assets + markets + purses


def _heard(cluster: Cluster, plan: Plan) -> bool:
    purses = sum(len(PURSE) for client in plan.clients if client.account)
    tables = cluster.database.tables
    markets = len(plan.markets) * plan.clearing
    return len(tables.get(ADJUSTMENTS, {})) >= purses and len(tables.get(CLEARING_SYMBOLS, {})) >= markets

"""What depends on something that was taken away goes with it, so that a candidate makes sense more often."""

import msgspec

from sim.plan import Client, Fault, Op, Plan
from tradewind.messages.topology import Topology

ABOUT_ACCOUNTS = ("credit",)  # all others are about an earlier operation of the same client
replace = msgspec.structs.replace


def nodes(plan: Plan) -> dict[str, str]:
    """Every node of a plan, and a shard of it, "" for those that serve none."""
    if plan.processes:
        served = {process.name: process.shards[0] for process in plan.processes}
    else:
        served = {shard: shard for shard in shards(plan)}
    gateways = {f"gateway/{index}": "" for index in range(plan.gateways)}
    return served | gateways | {client.name: "" for client in plan.clients}


def shards(plan: Plan) -> tuple[str, ...]:
    """Of a plan's topology."""
    return Topology(plan.clearing, plan.matching).shards()


def mended(plan: Plan, before: Plan) -> Plan:
    """`plan` came out of `before` by taking something away: here its loose ends are taken away too."""
    there, were = nodes(plan), nodes(before)
    homes = {shard: name for name, shard in there.items() if shard}
    moved = {name: homes.get(shard, "") for name, shard in were.items() if name not in there}
    faults = tuple(kept for fault in plan.faults if (kept := _moved(fault, moved)) is not None)
    accounts = {client.account for client in plan.clients}
    clients = tuple(_mended(client, plan.gateways, accounts) for client in plan.clients)
    return replace(plan, faults=faults, clients=clients)


def _moved(fault: Fault, moved: dict[str, str]) -> Fault | None:
    """Its victim may have another name now, or be gone."""
    for name in ("node", "peer"):
        now = getattr(fault, name)
        if now in moved:
            if not moved[now]:
                return None
            fault = replace(fault, **{name: moved[now]})
    several = {name: value for name, value in msgspec.structs.asdict(fault).items() if isinstance(value, tuple)}
    return replace(fault, **{name: tuple(_renamed(value, moved)) for name, value in several.items()})


def _renamed(names: tuple[str, ...], moved: dict[str, str]) -> list[str]:
    return [now for name in names if (now := moved.get(name, name))]


def _mended(client: Client, gateways: int, accounts: set[int]) -> Client:
    known: set[int] = set()
    ops: list[Op] = []
    for op in client.ops:
        if not op.of or op.of in (accounts if op.do in ABOUT_ACCOUNTS else known):
            ops.append(op)
            known.add(op.id)
    place = client.gateway
    if not gateways:
        place = ""
    elif place not in {f"gateway/{index}" for index in range(gateways)}:
        place = "gateway/0"
    return replace(client, ops=tuple(ops), gateway=place)

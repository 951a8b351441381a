"""What depends on something that was taken away goes with it, so that a candidate makes sense more often."""

from functools import partial

import msgspec

from sim.plan import Client, Fault, Op, Plan
from tradewind.messages.topology import Topology

ABOUT_ACCOUNTS = ("credit", "revoke", "transfer", "tier")  # all others are about an earlier operation of the same client
replace = msgspec.structs.replace


def nodes(plan: Plan) -> dict[str, str]:
    """Every node of a plan, and a shard of it, "" for those that serve none."""
    if plan.processes:
        served = {process.name: process.shards[0] for process in plan.processes}
    else:
        served = {shard: shard for shard in shards(plan)}
    gateways = {f"gateway/{index}": "" for index in range(plan.gateways)}
    customers = {client.name: "" for client in plan.clients} | {watch.name: "" for watch in plan.watches}
    return served | gateways | customers


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
    clients = tuple(_mended(plan, client, plan.gateways, accounts) for client in plan.clients)
    watches = tuple(
        replace(watch, gateway=_place(watch.gateway, plan.gateways))
        for watch in plan.watches
        if plan.gateways and (not watch.account or watch.account in accounts)
    )
    return replace(plan, faults=faults, clients=clients, watches=watches)


def _place(gateway: str, gateways: int) -> str:
    """One that is there; none, if there is none."""
    if not gateways:
        return ""
    return gateway if gateway in {f"gateway/{index}" for index in range(gateways)} else "gateway/0"


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


def within(op: Op) -> bool:
    """Whether it is about an account: `of` is one's number."""
    return op.do in ABOUT_ACCOUNTS


def about(plan: Plan, client: Client, op: Op) -> tuple[str, int] | None:
    """The client and the operation that this one is about: its own, or that of whose account it names."""
    if not op.of or within(op):
        return None
    if not op.whose:
        return client.name, op.of
    theirs = (one.name for one in plan.clients if one.account == op.whose and any(map(partial(_is_it, op), one.ops)))
    return next(theirs, ""), op.of


def _is_it(said: Op, one: Op) -> bool:
    """What others have a say about are withdrawals; an account's trader has operations of the same numbers."""
    return one.do == "withdraw" and one.id == said.of


def _mended(plan: Plan, client: Client, gateways: int, accounts: set[int]) -> Client:
    known: set[int] = set()
    ops: list[Op] = []
    for op in client.ops:
        target = about(plan, client, op)
        if op.of in accounts if within(op) else target is None or (bool(target[0]) if op.whose else op.of in known):
            ops.append(op)
            known.add(op.id)
    return replace(client, ops=tuple(ops), gateway=_place(client.gateway, gateways))

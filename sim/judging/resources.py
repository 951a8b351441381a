"""Resource oracles: retries hide bugs, and so do queues that grow and tasks that nobody ends.

When all is quiet the exchange must be as it is after a cold start: nothing queued, the same tasks. And it must be well again,
not only right: a few orders in the calm are answered at once, and nothing has to be tried twice for them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.campaigns.marks import OF_SMALL_KNOBS, RETRIES
from sim.clients.trader import CALM, Trader
from sim.cluster import Cluster
from sim.kernel import schedule
from sim.kernel.world import World
from sim.markets import MARKETS
from sim.models.links import MILLISECOND_NS
from sim.models.network import SimNetwork
from sim.plan import Client, Op, Plan
from tradewind.values.orders import OrderType, Side, TimeInForce

PROBES = 2
SERVING = {f"{call.__qualname__}.<locals>.handle" for call in (World.call, SimNetwork._exchange)}
ANSWERED_WITHIN_MS = 150  # of virtual time, after everything is healed: eight hops, of which one may be slow


def queued(cluster: Cluster) -> Iterator[str]:
    """What still waits inside the living hosts when nothing should."""
    for host in cluster.living():
        shard = host.current
        if shard is None:
            continue
        depths = {reader.feed: len(reader) for reader in shard.readers}
        depths |= {"inbox": len(shard.inbox), "outbox": len(shard.outbox), "publications": len(shard.publisher)}
        for name, depth in depths.items():
            if depth:
                yield f"{depth} in {name} of {host.shard}"


def tasks() -> Counter[str]:
    """Living tasks of living nodes by what they run; not by node, because a standby may have taken over. Who still serves a
    caller that has gone is not among them: that ends by itself after a while."""
    running = [task.coro.__qualname__ for who, task in schedule.tasks_by_age() if who is not None and who.alive]
    return Counter(name for name in running if name not in SERVING)


def grown(before: Counter[str], after: Counter[str]) -> str:
    """How the tasks after a long day differ from those after a cold start; "" if they do not."""
    more, fewer = before - after, after - before
    return ", ".join(
        [f"{count} more of {name}" for name, count in sorted(more.items())]
        + [f"{count} fewer of {name}" for name, count in sorted(fewer.items())]
    )


def retried(plan: Plan, before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """What was tried again between two moments of the calm, beyond what the plan's own small limits cause."""
    excused = [mark for knob in plan.knobs for mark in OF_SMALL_KNOBS.get(knob, ())]
    counts = {mark: after.get(mark, 0) - before.get(mark, 0) for mark in RETRIES if mark not in excused}
    return {mark: count for mark, count in counts.items() if count}


def probes(plan: Plan) -> list[Client]:
    """For some of the accounts, another client, who places an order far from the market in the calm and cancels it."""
    if not plan.markets:
        return []
    symbol = plan.markets[0]
    rules, middle = MARKETS[symbol]
    price = middle * 99 // 100 // rules.tick * rules.tick
    content: dict[str, Any] = {"symbol": symbol, "side": Side.BUY, "type": OrderType.LIMIT, "time_in_force": TimeInForce.GTC}
    place = Op(id=1, do="place", price=price, quantity=100 * rules.lot, **content)
    cancel = Op(id=2, do="cancel", at_ms=2 * ANSWERED_WITHIN_MS, of=1, symbol=symbol, by_name=True)
    traders = [client for client in plan.clients if client.account][:PROBES]
    return [Client(name=f"{one.name}{CALM}", account=one.account, gateway=one.gateway, ops=(place, cancel)) for one in traders]


def slow_answers(asked: Sequence[Trader]) -> Iterator[str]:
    """What was not answered at the first try, or not soon."""
    for trader in asked:
        for told in trader.told:
            took_ms = told.took_ns // MILLISECOND_NS
            if not told.sure or took_ms > ANSWERED_WITHIN_MS:
                yield f"{told.client}: {told.op.do} took {took_ms} ms and {trader.tries[told.op.id]} tries in the calm"

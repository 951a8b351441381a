"""From a seed to a plan. Swarm testing: each seed draws which kinds of fault exist at all, and how small the limits are."""

from random import Random

from msgspec.structs import replace

from sim.drawing.alone import ALONE
from sim.drawing.awkward import draw_accepts_loss, draw_sites, draw_version
from sim.drawing.clientele import with_clientele
from sim.drawing.faults import MORE, Stage, draw_faults
from sim.drawing.further import draw_further, draw_rolling_upgrade
from sim.drawing.operations import operator_ops, trader_ops, with_looks
from sim.drawing.pacing import spread, thinned
from sim.drawing.strangers import draw_strangers
from sim.drawing.trading import with_trading
from sim.drawing.wallet import with_wallet
from sim.kernel import draws
from sim.markets import MARKETS
from sim.plan import Client, Fault, Plan, Process
from tradewind.messages.codec import PLAIN
from tradewind.messages.topology import Topology

PROFILES = ("swarm", "calm", "direct", *MORE, *ALONE, "short", "smoke", "soak", "upgrade", "wallet", "clientele")
DIRECT = ("direct", "wallet", *MORE, *ALONE)  # without gateways
NEVER_CALM = ("upgrade", *MORE, *ALONE)
SMOKE_OPS = 48  # and looks, strangers, the operator: about 60
SOAK_OPS, SOAK_STORMS, SOAK_SILENCE_MS = 1_000, 4, (10_000, 40_000)
CALM_PER_CENT = 15
STANDBY = ".standby"

# What a knob may be instead of production's value. Small ones make rare branches common.
KNOBS: dict[str, tuple[int | float, ...]] = {
    "batch_max": (1, 2, 3, 8, 64),
    "feed_buffer_max": (64, 128),
    "inbox_buffer_max": (64, 128),
    "journal_page": (1, 2, 7, 50),
    "publish_pending_max": (1, 5, 40),
    "lease_s": (1.0, 2.0),
    "read_wait_s": (0.2, 0.5),
    "poll_s": (0.02, 0.2),
    "retry_s": (0.03, 0.2),
    "position_s": (0.05, 0.5),
    "hedge_s": (0.1, 0.3, 1.0),
}


def draw_plan(seed: int, profile: str = "swarm") -> Plan:
    """Profiles: "swarm"; "calm" without any fault; "direct" as swarm, but without gateways; "zombie" is direct,
    with a standby, and pauses that let it take over; "doubts" is direct, with commits of money that fail; those of
    sim.drawing.alone are direct and have one kind of fault each; "short" is small, calm, direct; "smoke" is a swarm of short
    days with few faults, half of them direct: many seeds in a minute; "soak" is a quarter of an hour of bursts and long
    silences; "upgrade" is a swarm whose nodes begin with the old version of messages and are upgraded one by one; "wallet" is
    direct, with a chain; "clientele" is a short day with every kind of client and few faults."""
    assert profile in PROFILES, profile
    whole = {"short": _short, "soak": _soak, "clientele": _clientele}.get(profile)
    day = with_trading(seed, whole(seed) if whole else _draw_day(seed, profile))
    return with_wallet(seed, with_clientele(seed, day))


def _draw_day(seed: int, profile: str) -> Plan:
    smoke = profile == "smoke"
    draw = draws.keyed(seed, "plan")
    topology = Topology(1 + draws.below(draw, 2), 2)
    calm = profile == "calm" or (profile not in NEVER_CALM and draws.chance(draw, CALM_PER_CENT, 100))
    processes = _processes(draws.keyed(seed, "plan", "processes"), topology, profile == "zombie")
    storm_ms = draws.between(draw, 1_000, 2_500) if smoke else draws.between(draw, 2_000, 5_000)
    gateways = 0 if profile in DIRECT else draws.below(draw, 2) if smoke else draws.between(draw, 1, 2)
    traders = draws.between(draw, 2, 5)
    busy = SMOKE_OPS // traders if smoke else draws.pick(draw, (20, 60, 120))
    clients = _clients(seed, gateways, traders, busy, storm_ms)
    nodes = [process.name for process in processes] + [f"gateway/{index}" for index in range(gateways)]
    backed = [name for name in nodes if f"{name}{STANDBY}" in nodes]
    lossy = draw_accepts_loss(seed)
    stage = Stage(topology, nodes, [client.name for client in clients], storm_ms, backed, processes, lossy)
    faults = () if calm else _faults(seed, stage, profile)
    plan = Plan(
        profile=profile,
        clearing=topology.clearing,
        matching=topology.matching,
        gateways=gateways,
        processes=processes,
        schedule=_schedule(draws.keyed(seed, "plan", "schedule"), nodes),
        knobs=_knobs(draws.keyed(seed, "plan", "knobs"), bool(backed)),
        markets=tuple(MARKETS),
        storm_ms=storm_ms,
        clients=clients + draw_strangers(seed, gateways, storm_ms),
        faults=faults,
        sites={} if calm else draw_sites(seed),
        writes=PLAIN if profile == "upgrade" else draw_version(seed),
        accepts_loss=any(fault.do == "store_failover_lossy" for fault in faults),
    )
    if not smoke:
        return plan
    pace = draws.keyed(seed, "plan", "pace")
    return spread(pace, thinned(pace, plan, draws.between(pace, 2, 9)))


def _soak(seed: int) -> Plan:
    """A swarm's day, with the operations and faults of others that have the same stage after it."""
    day = _draw_day(seed, "swarm")
    nodes = [process.name for process in day.processes] + [f"gateway/{index}" for index in range(day.gateways)]
    backed = [name for name in nodes if f"{name}{STANDBY}" in nodes]
    storm_ms, traders = 20_000, len(day.clients) - 1
    stage = Stage(
        Topology(day.clearing, day.matching), nodes, [client.name for client in day.clients], storm_ms, backed, day.processes
    )
    parts = [seed * 1_000 + part for part in range(SOAK_STORMS)]
    faults = [fault for part in parts for fault in (*draw_faults(part, stage), *draw_further(part, stage))]
    long = replace(day, profile="soak", storm_ms=storm_ms, faults=tuple(faults))
    long = replace(long, clients=_clients(seed, day.gateways, traders, SOAK_OPS // traders, storm_ms))
    return spread(draws.keyed(seed, "plan", "pace"), long, SOAK_SILENCE_MS)


def _faults(seed: int, stage: Stage, profile: str) -> tuple[Fault, ...]:
    if profile in ALONE:
        return ALONE[profile](seed, stage)
    faults = draw_faults(seed, stage) + draw_further(seed, stage)
    if profile == "upgrade":
        alone = draws.chance(draws.keyed(seed, "plan", "faults", "upgrade alone"), 1, 2)
        return (() if alone else faults) + draw_rolling_upgrade(seed, stage)
    more = MORE.get(profile)
    return faults + more(seed, stage) if more else faults


def _short(seed: int) -> Plan:
    """Every machine, four traders, a third of a second: no machine commits less than eight times."""
    topology, storm_ms = Topology(1, 2), 300
    return Plan(
        profile="short",
        clearing=topology.clearing,
        matching=topology.matching,
        processes=tuple(Process(name=shard, shards=(shard,)) for shard in topology.shards()),
        markets=tuple(MARKETS),
        storm_ms=storm_ms,
        clients=_clients(seed, 0, 4, 6, storm_ms),
    )


def _clientele(seed: int) -> Plan:
    """The stage for them; readers of feeds look often, so that keys die soon."""
    draw = draws.keyed(seed, "plan")
    topology, storm_ms = Topology(1 + draws.below(draw, 2), 2), draws.between(draw, 1_500, 2_500)
    gateways, traders = draws.between(draw, 1, 2), draws.between(draw, 2, 3)
    clients = _clients(seed, gateways, traders, 75 // traders, storm_ms)
    processes = tuple(Process(name=shard, shards=(shard,)) for shard in topology.shards())
    nodes = [*topology.shards(), *(f"gateway/{index}" for index in range(gateways))]
    stage = Stage(topology, nodes, [client.name for client in clients], storm_ms, [], processes)
    plan = Plan(
        profile="clientele",
        clearing=topology.clearing,
        matching=topology.matching,
        gateways=gateways,
        processes=processes,
        knobs={"read_wait_s": 0.2},
        markets=tuple(MARKETS),
        storm_ms=storm_ms,
        clients=clients,
        faults=draw_faults(seed, stage),
    )
    return thinned(draw, plan, draws.between(draw, 0, 4))


def _schedule(draw: Random, nodes: list[str]) -> str:
    roll = draws.below(draw, 100)
    if roll < 60:
        return "shuffled"
    if roll < 75:
        return "pct"
    return f"starve:{draws.pick(draw, nodes)}" if roll < 90 else "fifo"


def _processes(draw: Random, topology: Topology, backed: bool) -> tuple[Process, ...]:
    """One per shard, or all in one; sometimes with standbys."""
    shards = topology.shards()
    shape = draws.below(draw, 10)
    if shape == 0:
        together = [Process(name="all", shards=shards)]
    elif shape == 1:
        money = topology.shards("clearing") + topology.shards("matching")
        together = [
            Process(name="money", shards=money),
            Process(name="rest", shards=tuple(shard for shard in shards if shard not in money)),
        ]
    else:
        together = [Process(name=shard, shards=(shard,)) for shard in shards]
    if draws.chance(draw, 3, 10) or backed:
        # The money path's machines have the most to lose to a zombie.
        spare = draws.pick(draw, [process for process in together if process.shards[0].startswith(("clearing", "matching"))])
        together.append(Process(name=spare.name + STANDBY, shards=spare.shards))
    return tuple(together)


def _knobs(draw: Random, backed: bool) -> dict[str, int | float]:
    lease: dict[str, int | float] = {"lease_s": draws.pick(draw, (0.5, 1.0, 1.5))} if backed else {}
    if draws.chance(draw, 3, 10):
        return lease
    drawn = {knob: draws.pick(draw, values) for knob, values in KNOBS.items() if draws.chance(draw, 1, 3)}
    if "feed_buffer_max" in drawn or "inbox_buffer_max" in drawn:
        drawn.setdefault("batch_max", 64)  # a batch fits into every buffer
    return drawn | lease


def _clients(seed: int, gateways: int, traders: int, busy: int, storm_ms: int) -> tuple[Client, ...]:
    draw = draws.keyed(seed, "plan", "clients")
    clients = [
        Client(
            name=f"client/{number}",
            account=number,
            gateway=_gateway(draw, gateways),
            ops=with_looks(
                draws.keyed(seed, "plan", "looks", number),
                trader_ops(draws.keyed(seed, "plan", "ops", number), busy, storm_ms),
            ),
        )
        for number in range(1, traders + 1)
    ]
    operator = operator_ops(draws.keyed(seed, "plan", "ops", "operator"), traders, storm_ms)
    return (*clients, Client(name="operator", gateway=_gateway(draw, gateways), ops=operator))


def _gateway(draw: Random, gateways: int) -> str:
    return f"gateway/{draws.below(draw, gateways)}" if gateways else ""

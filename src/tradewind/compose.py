"""Any set of services in one process: the only place that names both a service and what stands behind its ports."""

from __future__ import annotations

import gc
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trio

from tradewind.adapters.http_network import HttpNetwork
from tradewind.adapters.metrics import Metrics
from tradewind.adapters.postgres import open_store
from tradewind.adapters.redis import RedisBus, open_bus
from tradewind.adapters.system import SystemClock, SystemEntropy
from tradewind.machines import MACHINES
from tradewind.messages.topology import Topology, service_of
from tradewind.ops.settings import Settings
from tradewind.ports.world import World
from tradewind.runtime.gauges import GaugedBus, GaugedStore
from tradewind.runtime.host import Host, Phase
from tradewind.runtime.limits import Limits
from tradewind.runtime.readiness import Probe
from tradewind.runtime.vault import Vault
from tradewind.services.wallet.attendant import Attendant, Doors

if TYPE_CHECKING:
    # The web stack is half of a start, and most processes have no gateway: those that do import it below.
    from tradewind.adapters.ws_server import Admit, Guest
    from tradewind.services.gateway.gateway import Gateway

GATEWAY = "gateway"
NO_NETWORKS: Mapping[str, Doors] = {}
log = logging.getLogger("tradewind")


@dataclass(frozen=True)
class Running:
    """What a started process offers. `public`, `admin` and `feed` are the gateway's addresses, empty without one."""

    world: World
    internal: str
    public: str = ""
    admin: str = ""
    feed: str = ""


Then = Callable[[Running], Awaitable[None]]


def topology_of(settings: Settings) -> Topology:
    return Topology(settings.clearing_shards, settings.matching_shards)


def parts_of(names: Sequence[str], topology: Topology) -> tuple[list[str], bool]:
    """Shards to serve, and whether to be a gateway. A name is a service, one of its shards ("clearing/0"), or "all".

    Raises ValueError for a name that the shard map does not have.
    """
    shards: dict[str, None] = {}
    for name in names:
        if name == "all":
            shards |= dict.fromkeys(topology.shards())
        elif name in MACHINES:
            shards |= dict.fromkeys(topology.shards(name))
        elif name in topology.shards():
            shards[name] = None
        elif name != GATEWAY:
            raise ValueError(f"there is no service {name!r}")
    return list(shards), GATEWAY in names or "all" in names


async def run_process(
    settings: Settings, names: Sequence[str], then: Then, networks: Mapping[str, Doors] = NO_NETWORKS
) -> None:
    """Serve `names` until `then(running)` returns, which is called when everything accepts work; then shut down in order.

    `networks`: the chains that the wallet follows and pays on, if it is served here.
    """
    topology, limits = topology_of(settings), Limits()
    shards, with_gateway = parts_of(names, topology)
    network = HttpNetwork(settings.internal_token, host=settings.internal_host, port=settings.internal_port)
    metrics = Metrics()
    bus = RedisBus(settings.redis)
    async with open_store(settings.postgres) as store, trio.open_nursery() as nursery:
        gauged_store, gauged_bus = GaugedStore(store), GaugedBus(bus)
        world = World(SystemClock(), SystemEntropy(), gauged_store, gauged_bus, network, metrics, settings.message_version)
        hosts = [Host(name, MACHINES[service_of(name)], topology, world, limits, report) for name in shards]
        gateway = make_gateway(settings, world, topology, limits) if with_gateway else None
        probe = Probe(hosts, gateway, gauged_store, gauged_bus, limits)
        probes = {"/live": probe.live, "/ready": probe.ready, "/health": probe.ready, "/metrics": metrics.page}
        for path, answer in probes.items():
            network.get(path, answer)
        await nursery.start(bus.run)
        await nursery.start(network.run)
        async with trio.open_nursery() as services:
            for host in hosts:
                services.start_soon(host.run)
                if service_of(host.shard) == "wallet":
                    attend(host, networks, world, limits, services)
            if gateway is None:
                await then(Running(world, network.address))
            else:
                await services.start(gateway.run)
                await serve_gateway(gateway, settings, network.address, then)
            services.cancel_scope.cancel()  # each host gives its lease back on the way out
        nursery.cancel_scope.cancel()


def attend(host: Host, networks: Mapping[str, Doors], world: World, limits: Limits, services: trio.Nursery) -> None:
    """The wallet's hands. Without a chain there is nothing to do for them, and whoever expects deposits should know."""
    if not networks:
        log.warning("%s serves without a chain: nothing is scanned, signed or broadcast", host.shard)
        return
    name = f"attendant.{world.entropy.token(8).hex()}"
    services.start_soon(Attendant(name, networks, world, limits, lambda: host.phase is Phase.RUNNING).run)


async def run_tool(settings: Settings, work: Callable[[World], Awaitable[None]]) -> None:
    """Do `work` with the doors of the exchange, as an operator's tool that serves nothing."""
    network = HttpNetwork(settings.internal_token)
    async with open_store(settings.postgres) as store, open_bus(settings.redis) as bus:
        await work(World(SystemClock(), SystemEntropy(), store, bus, network, Metrics(), settings.message_version))


async def serve_gateway(gateway: Gateway, settings: Settings, internal: str, then: Then) -> None:
    """All listeners, until `then` returns; requests under way are finished first."""
    from tradewind.adapters.web_server import serve  # noqa: PLC0415
    from tradewind.adapters.ws_server import serve_feed  # noqa: PLC0415
    from tradewind.services.gateway.app import make_admin_app, make_app  # noqa: PLC0415

    stop = trio.Event()

    async def public(task_status: trio.TaskStatus[list[str]]) -> None:
        await serve(make_app(gateway), [settings.public_bind], shutdown=stop, task_status=task_status)

    async def admin(task_status: trio.TaskStatus[list[str]]) -> None:
        app = make_admin_app(gateway, settings.admin_token)
        await serve(app, [settings.admin_bind], shutdown=stop, task_status=task_status)

    async def feed(task_status: trio.TaskStatus[str]) -> None:
        await serve_feed(feed_door(gateway), settings.feed_bind, shutdown=stop, task_status=task_status)

    async with trio.open_nursery() as listeners:
        [public_address], [admin_address] = await listeners.start(public), await listeners.start(admin)
        feed_address = await listeners.start(feed)
        # Long-lived records would be scanned again and again, in the longest pauses of all.
        gc.collect()
        gc.freeze()
        await then(Running(gateway.world, internal, public_address, admin_address, feed_address))
        stop.set()


def feed_door(gateway: Gateway) -> Admit:
    """The gateway's way in to public market data, in the words of the server that stands before it."""
    from tradewind.adapters.ws_handshake import Refused, Upgrade  # noqa: PLC0415
    from tradewind.services.gateway.call import Raw, encode_json  # noqa: PLC0415
    from tradewind.services.gateway.limits import Standing  # noqa: PLC0415
    from tradewind.services.gateway.problems import Problem  # noqa: PLC0415
    from tradewind.services.gateway.public_door import enter  # noqa: PLC0415
    from tradewind.services.gateway.respond import request_id_of  # noqa: PLC0415

    async def admit(upgrade: Upgrade) -> Guest:
        raw = Raw("GET", upgrade.path, upgrade.query, upgrade.headers, b"", upgrade.peer)
        request_id, standing = request_id_of(raw.headers, gateway.world.entropy), Standing()
        try:
            return await enter(gateway, raw, request_id, standing)
        except Problem as problem:
            again = (("Retry-After", str(problem.retry_after_s)),) if problem.retry_after_s else ()
            used = ((name.decode(), value.decode()) for name, value in standing.headers())
            body = encode_json(problem.body() | {"requestId": request_id})
            raise Refused(problem.status, body, (("X-Request-ID", request_id), *again, *used)) from None

    return admit


def make_gateway(settings: Settings, world: World, topology: Topology, limits: Limits) -> Gateway:
    from tradewind.services.gateway.access import networks_of  # noqa: PLC0415
    from tradewind.services.gateway.gateway import Gateway  # noqa: PLC0415
    from tradewind.services.gateway.options import PRIVATE_NETWORKS, Options  # noqa: PLC0415

    options = Options(
        origins=settings.feed_origins,
        subscriptions_max=settings.feed_subscriptions_max,
        sockets_max=settings.feed_sockets_max,
        sockets_per_address_max=settings.feed_sockets_per_address_max,
        address_weight_1m=settings.limit_address_1m,
        account_weight_1m=settings.limit_account_1m,
        orders_10s=settings.limit_orders_10s,
        orders_1d=settings.limit_orders_1d,
        proxies=networks_of(",".join(settings.trusted_proxies)) or PRIVATE_NETWORKS,
        docs=settings.docs,
    )
    vault = Vault(settings.vault_keys, settings.vault_key_id)
    return Gateway(world.entropy.token(8).hex(), world, topology, vault, limits, options)


def report(shard: str, error: BaseException) -> None:
    log.error("%s crashed; it drops its memory and begins again", shard, exc_info=error)

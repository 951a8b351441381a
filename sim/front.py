"""The gateways of a simulated exchange: the real ASGI applications, each with its caches, on nodes of their own."""

from dataclasses import replace
from typing import NamedTuple

import trio

from sim.cluster import Cluster
from sim.kernel.incarnation import Incarnation
from sim.web.server import AsgiServer
from tradewind.runtime.vault import Vault
from tradewind.services.gateway.app import make_admin_app, make_app
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.options import UNLIMITED
from tradewind.services.gateway.session import FRAMES_MAX

VAULT = Vault({"k1": bytes(range(32))}, "k1")
OPERATORS = "operators"  # the node of the operators' listener
TOKEN = "the token of a simulated operator"
ASK_TIMEOUT_S = 3.0


class Credentials(NamedTuple):
    """What a client signs with; `account` as the exchange numbers it."""

    account: int
    api_key: str = ""
    secret: str = ""


class Front:
    def __init__(self, cluster: Cluster, gateways: int, frames_max: int = FRAMES_MAX) -> None:
        self.nodes = (*(f"gateway/{index}" for index in range(gateways)), OPERATORS) if gateways else ()
        self._cluster = cluster
        cluster.fronts = self.nodes
        self._frames_max = frames_max
        self._gateways: dict[str, tuple[Incarnation, Gateway]] = {}

    def start(self) -> None:
        for name in self.nodes:
            self._cluster.kernel.node(name).start(self._serve)

    async def _serve(self, life: Incarnation) -> None:
        cluster = self._cluster
        options = replace(UNLIMITED, ask_timeout_s=ASK_TIMEOUT_S, frames_max=self._frames_max)
        gateway = Gateway(life.node, cluster.ports(life), cluster.topology, VAULT, cluster.limits, options)
        self._gateways[life.node] = life, gateway
        app = make_admin_app(gateway, TOKEN) if life.node == OPERATORS else make_app(gateway)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(gateway.run)
            nursery.start_soon(AsgiServer(cluster.kernel, cluster.kernel.node(life.node), app).serve)

    def complaint(self) -> str:
        """Why some gateway is not ready; "" when all are."""
        for name in self.nodes:
            life, gateway = self._gateways.get(name, (None, None))
            if life is None or gateway is None or not life.alive:
                return f"{name} is down"
            for told in gateway.complaints() + gateway.degraded():
                if not told.startswith("nonces"):  # said until the next request proves otherwise
                    return f"{name}: {told}"
        return ""

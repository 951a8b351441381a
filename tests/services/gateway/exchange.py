"""A whole exchange in the simulator, with the gateway's real applications and a client that signs. For tests."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import trio

from sim.cluster import Cluster
from sim.kernel.incarnation import Incarnation
from sim.kernel.result import RunResult
from sim.kernel.world import World
from sim.web.client import AsgiClient, Response, WebSocket
from sim.web.server import AsgiServer
from tradewind.messages.topology import Topology
from tradewind.runtime.limits import Limits
from tradewind.runtime.vault import Vault
from tradewind.services.gateway.answers import Fault
from tradewind.services.gateway.app import make_admin_app, make_app
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.options import Options
from tradewind.services.gateway.signature import Signed, canonical, sign
from tradewind.services.gateway.table import OPERATORS, PUBLIC

S = 10**9
TOKEN = "an operator's token of the tests"
VAULT = Vault({"k1": bytes(range(32))}, "k1")
SYMBOL = {
    "symbol": "BTCUSDT",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "tickSize": "0.01",
    "stepSize": "0.0001",
    "minNotional": "1",
    "maxQty": "1000",
    "makerFeePpm": 1000,
    "takerFeePpm": 2000,
}


ANSWERS = {route.name: route.answers for route in (*PUBLIC, *OPERATORS)}


def held(method: str, target: str, answer: Response) -> tuple[int, Any]:
    """What was answered, when it is of the shape that its route declares: nothing lacks and nothing is undeclared."""
    shown = json.loads(answer.body)
    declared = ANSWERS.get(f"{method} {target.partition('?')[0]}")
    msgspec.convert(shown, declared if answer.status == 200 and declared is not None else Fault)
    return answer.status, shown


@dataclass
class Trader:
    """A client with one key. `sent` counts its requests, and so makes its nonces."""

    exchange: "Exchange"
    account: int
    api_key: str
    secret: str
    sent: int = 0

    def headers(
        self, method: str, target: str, body: bytes = b"", *, nonce: str = "", at_ms: int = 0, secret: str = ""
    ) -> list[tuple[str, str]]:
        self.sent += 1
        path, _, query = target.partition("?")
        now_ms = at_ms or self.exchange.kernel.node("client").wall.now() // 1_000_000
        signed = Signed(self.api_key, str(now_ms).encode(), (nonce or f"{self.api_key}-{self.sent}").encode(), b"")
        signature = sign((secret or self.secret).encode(), canonical(signed, method, path.encode(), query.encode(), body))
        return [
            ("X-API-KEY", self.api_key),
            ("X-API-TIMESTAMP", signed.timestamp.decode()),
            ("X-API-NONCE", signed.nonce.decode()),
            ("X-API-SIGNATURE", signature.decode()),
        ]

    async def raw(self, method: str, target: str, body: bytes = b"", kind: str = "application/json") -> Response:
        headers = [*self.headers(method, target, body), ("Content-Type", kind)]
        return await self.exchange.public.request(method, target, headers, body)

    async def ask(self, method: str, target: str, fields: object = None) -> tuple[int, Any]:
        return held(method, target, await self.raw(method, target, b"" if fields is None else json.dumps(fields).encode()))

    async def place(self, side: str, price: str, quantity: str, **more: object) -> tuple[int, Any]:
        fields = {"symbol": "BTCUSDT", "side": side, "type": "LIMIT", "price": price, "quantity": quantity, **more}
        return await self.ask("POST", "/v1/order", fields)

    async def private(self, query: str = "") -> WebSocket:
        target = f"/ws/private{query}"
        return await self.exchange.public.websocket(target, self.headers("GET", target))


@dataclass
class Exchange:
    kernel: World
    cluster: Cluster
    options: Options
    public: AsgiClient = field(init=False)
    operators: AsgiClient = field(init=False)
    gateways: dict[str, Gateway] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.public = AsgiClient(self.kernel, self.kernel.node("gateway/0"))
        self.operators = AsgiClient(self.kernel, self.kernel.node("operators/0"))

    async def _serve(self, life: Incarnation) -> None:
        world = self.cluster.ports(life)
        gateway = Gateway(life.node, world, self.cluster.topology, VAULT, self.cluster.limits, self.options)
        self.gateways[life.node] = gateway
        app = make_app(gateway) if life.node == "gateway/0" else make_admin_app(gateway, TOKEN)
        async with trio.open_nursery() as nursery:
            await nursery.start(gateway.run)
            nursery.start_soon(AsgiServer(self.kernel, self.kernel.node(life.node), app).serve)

    async def start(self) -> None:
        self.cluster.start()
        for name in ("gateway/0", "operators/0"):
            self.kernel.node(name).start(self._serve)
        await self.kernel.sleep(5 * S)

    async def operate(self, method: str, path: str, fields: object = None, token: str = TOKEN) -> tuple[int, Any]:
        body = b"" if fields is None else json.dumps(fields).encode()
        return held(method, path, await self.operators.request(method, path, [("X-Admin-Token", token)], body))

    async def made(self, path: str, fields: object) -> Any:
        status, shown = await self.operate("POST", path, fields)
        assert status == 200, shown
        return shown

    async def furnish(self) -> None:
        """Two assets and a market."""
        await self.made("/admin/assets", {"asset": "BTC", "precision": 8})
        await self.made("/admin/assets", {"asset": "USDT", "precision": 6})
        await self.made("/admin/symbols", SYMBOL)

    async def trader(self, name: str, permissions: int = 3, btc: str = "10", usdt: str = "100000") -> Trader:
        """An account with a key and money."""
        account = (await self.made("/admin/accounts", {"email": f"{name}@example.com"}))["account"]
        key = await self.key(account, permissions)
        for asset, amount in (("BTC", btc), ("USDT", usdt)):
            credit = {"account": account, "asset": asset, "amount": amount, "reference": f"{name}-{asset}"}
            await self.made("/admin/adjustments", credit)
        await self.kernel.sleep(S)
        return key

    async def key(self, account: int, permissions: int, **more: object) -> Trader:
        made = await self.made("/admin/apiKeys", {"account": account, "label": "test", "permissions": permissions, **more})
        return Trader(self, account, made["apiKey"], made["secret"])

    async def get(self, target: str) -> tuple[int, Any]:
        return held("GET", target, await self.public.request("GET", target))

    def inputs(self) -> int:
        """How many inputs all shards have journalled: a refused request must not add one."""
        return sum(len(entries) for entries in self.cluster.database.journals.values())


Scenario = Callable[[Exchange], Awaitable[None]]


def play(scenario: Scenario, *, seed: int = 1, options: Options | None = None, furnished: bool = True) -> RunResult:
    """Run `scenario` against a running exchange; a crash or finding fails the test."""
    kernel = World(seed)
    exchange = Exchange(kernel, Cluster(kernel, Topology(), Limits()), options or Options())

    async def director() -> None:
        await exchange.start()
        if furnished:
            await exchange.furnish()
        await scenario(exchange)

    ran = kernel.run(director)
    assert not ran.crashes and not ran.findings, (ran.crashes, ran.findings)
    return ran

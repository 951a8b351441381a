"""How a client reaches the exchange through a gateway: signed requests to its real ASGI application."""

import json
from typing import Any

import trio

from sim.clients.doors import NOT_DONE, TIMEOUT_S, UNKNOWN, Heard
from sim.cluster import Cluster
from sim.front import OPERATORS, TOKEN, Credentials
from sim.kernel import draws
from sim.kernel.incarnation import Incarnation
from sim.markets import ASSETS, MARKETS
from sim.models.ways import Way
from sim.plan import Client, Op
from sim.web.client import AsgiClient, Response
from tradewind.services.gateway.signature import Signed, canonical, sign
from tradewind.values.money import format_units
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce

ACTIONS = {MarketState.HALT: "HALT", MarketState.CANCEL_ONLY: "CANCEL_ONLY", MarketState.TRADING: "RESUME"}
REPLAYED_ONE_IN = 25  # a signed request is sent twice, to the byte


class FrontDoor:
    """For one life of a client's node. The operator has no key; its requests go to the operators' listener."""

    def __init__(self, cluster: Cluster, life: Incarnation, client: Client, credentials: Credentials | None) -> None:
        self._cluster = cluster
        self._kernel = cluster.kernel
        self._life = life
        self._credentials = credentials
        self._server = self._kernel.node(client.gateway if credentials else OPERATORS)
        way = Way(self._kernel, cluster.faults.network, life.node, life.number, self._server.name)
        self._http = AsgiClient(
            self._kernel, self._server, f"192.0.2.{1 + client.account}", way.delay_ns, way.passes, way.breaks
        )
        self._draws = draws.keyed(self._kernel.seed, "replays", life.node, life.number)
        self._sent = 0

    async def run(self) -> None:
        await trio.sleep_forever()

    @property
    def server_life(self) -> int:
        life = self._server.incarnation
        return 0 if life is None else life.number

    async def ask(self, op: Op, name: str, about: int) -> Heard:
        if self._credentials is None:
            return await self._operate(op, name)
        method, target, fields = _request_of(op, name, about)
        return await self._signed(method, target, fields)

    async def find(self, op: Op, name: str) -> Heard:
        heard = await self._signed("GET", f"/v1/order?symbol={op.symbol}&origClientOrderId={name}", None)
        return NOT_DONE if heard.code == "UNKNOWN_ORDER" else heard._replace(found=True)

    async def _operate(self, op: Op, name: str) -> Heard:
        if op.do == "state":
            where = {"symbol": op.symbol} if op.symbol else {"scope": "ALL"}
            said = {"action": ACTIONS[MarketState(op.state)], "reason": name, **where}
            return await self._send("POST", "/admin/killSwitch", [("X-Admin-Token", TOKEN)], said)
        amount = format_units(op.quantity, ASSETS[op.symbol])
        fields: dict[str, Any] = {"account": op.of, "asset": op.symbol, "amount": amount, "reference": name}
        return await self._send("POST", "/admin/adjustments", [("X-Admin-Token", TOKEN)], fields)

    async def _signed(self, method: str, target: str, fields: dict[str, Any] | None) -> Heard:
        assert self._credentials is not None
        self._sent += 1
        body = b"" if fields is None else json.dumps(fields).encode()
        path, _, query = target.partition("?")
        now_ms = self._kernel.node(self._life.node).wall.now() // 1_000_000
        nonce = f"{self._life.node.replace('/', '-')}.{self._life.number}.{self._sent}"
        signed = Signed(self._credentials.api_key, str(now_ms).encode(), nonce.encode(), b"")
        message = canonical(signed, method, path.encode(), query.encode(), body)
        headers = [
            ("X-API-KEY", signed.api_key),
            ("X-API-TIMESTAMP", signed.timestamp.decode()),
            ("X-API-NONCE", nonce),
            ("X-API-SIGNATURE", sign(self._credentials.secret.encode(), message).decode()),
        ]
        heard = await self._send(method, target, headers, fields)
        if draws.chance(self._draws, 1, REPLAYED_ONE_IN) and heard.conclusive and heard.code != "NOT_SIGNED":
            again = await self._send(method, target, headers, fields)
            self._cluster.marks.count(f"request replayed: {again.code or 'yes'}")
            if again.yes and not self._cluster.lost.entries:
                self._kernel.report("A13 access", f"{method} {target} of {self._life.node} worked twice with one nonce")
        return heard

    async def _send(self, method: str, target: str, headers: list[tuple[str, str]], fields: dict[str, Any] | None) -> Heard:
        body = b"" if fields is None else json.dumps(fields).encode()
        headers = [*headers, ("Content-Type", "application/json")] if body else headers
        try:
            with trio.move_on_after(TIMEOUT_S):
                return self._heard(await self._http.request(method, target, headers, body))
        except ConnectionRefusedError:
            return NOT_DONE
        except ConnectionResetError:
            return UNKNOWN
        self._cluster.marks.count("client's patience ended")
        return UNKNOWN

    def _heard(self, answer: Response) -> Heard:
        shown = json.loads(answer.body) if answer.body else {}
        if answer.status == 200:
            shown = shown if isinstance(shown, list) else [shown]
            return Heard("", tuple(one["orderId"] for one in shown if "orderId" in one))
        if answer.status in (503, 429):
            return NOT_DONE
        if answer.status >= 500:
            return UNKNOWN
        return Heard(str(shown["code"]))


def _request_of(op: Op, name: str, about: int) -> tuple[str, str, dict[str, Any] | None]:
    which = f"orderId={about}" if about else f"origClientOrderId={name}"
    match op.do:
        case "place" | "repeat" | "twist":
            return "POST", "/v1/order", _order(op, name)
        case "cancel":
            return "DELETE", f"/v1/order?symbol={op.symbol}&{which}", None
        case "amend":
            quantity = format_units(op.quantity, MARKETS[op.symbol][0].base_precision)
            meant = {"orderId": about} if about else {"origClientOrderId": name}
            return "PUT", "/v1/order/amend", {"symbol": op.symbol, "quantity": quantity, **meant}
        case "cancel_all":
            return "DELETE", f"/v1/openOrders?symbol={op.symbol}" if op.symbol else "/v1/openOrders", None
        case "look":
            return "GET", f"/v1/order?symbol={op.symbol}&{which}", None
    raise AssertionError(op)


def _order(op: Op, name: str) -> dict[str, Any]:
    rules, _ = MARKETS[op.symbol]
    type = OrderType(op.type)
    price = {} if type is OrderType.MARKET else {"price": format_units(op.price, rules.quote_precision)}
    return {
        "symbol": op.symbol,
        "side": Side(op.side).name,
        "type": type.name,
        "timeInForce": TimeInForce(op.time_in_force).name,
        "quantity": format_units(op.quantity, rules.base_precision),
        "clientOrderId": name,
        "selfTradePreventionMode": SelfTrade(op.self_trade).name,
        **price,
    }

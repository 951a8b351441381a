"""How a client reaches the exchange through a gateway: signed requests to its real ASGI application."""

import json
from collections.abc import Mapping
from typing import Any

import trio

from sim.clients.doors import NOT_DONE, Heard
from sim.clients.harass import harass
from sim.clients.line import Line
from sim.clients.signing import Headers
from sim.clients.stormy import together
from sim.cluster import Cluster
from sim.front import OPERATORS, TOKEN, Credentials
from sim.judging.revoked import within_ns
from sim.kernel import draws
from sim.kernel.incarnation import Incarnation
from sim.markets import ASSETS, MARKETS
from sim.models.links import MILLISECOND_NS
from sim.plan import Client, Op
from tradewind.values.money import format_units
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce

ACTIONS = {MarketState.HALT: "HALT", MarketState.CANCEL_ONLY: "CANCEL_ONLY", MarketState.TRADING: "RESUME"}
REPLAYED_ONE_IN = 25  # a signed request is sent twice, to the byte


class FrontDoor:
    """For one life of a client's node. The operator has no key; its requests go to the operators' listener."""

    def __init__(self, cluster: Cluster, life: Incarnation, client: Client, known: Mapping[int, Credentials]) -> None:
        credentials = known.get(client.account)
        self._keys = {who.account: who for who in known.values()}
        self._cluster = cluster
        self._kernel = cluster.kernel
        self._life = life
        self._credentials = credentials
        self._server = self._kernel.node(client.gateway if credentials else OPERATORS)
        self._line = Line(cluster, life, self._server, f"192.0.2.{1 + client.account}")
        self._draws = draws.keyed(self._kernel.seed, "replays", life.node, life.number)

    async def run(self) -> None:
        await trio.sleep_forever()

    @property
    def server_life(self) -> int:
        life = self._server.incarnation
        return 0 if life is None else life.number

    async def ask(self, op: Op, name: str, about: int) -> Heard:
        if self._credentials is None:
            return await self._operate(op, name)
        if op.do == "hostile":
            return await harass(self._line, self._credentials, op.what)
        method, target, fields = _request_of(op, name, about)
        return await self._signed(method, target, fields)

    async def find(self, op: Op, name: str) -> Heard:
        heard = await self._signed("GET", f"/v1/order?symbol={op.symbol}&origClientOrderId={name}", None)
        return NOT_DONE if heard.code == "UNKNOWN_ORDER" else heard._replace(found=True)

    async def _operate(self, op: Op, name: str) -> Heard:
        if op.do == "state":
            where = {"symbol": op.symbol} if op.symbol else {"scope": "ALL"}
            said = {"action": ACTIONS[MarketState(op.state)], "reason": name, **where}
            return await self._line.send("POST", "/admin/killSwitch", [("X-Admin-Token", TOKEN)], said)
        if op.do == "change":
            return await self._line.send("PATCH", "/admin/symbols", [("X-Admin-Token", TOKEN)], _change(op))
        if op.do == "revoke":
            return await self._revoke(self._keys[op.of])
        amount = format_units(op.quantity, ASSETS[op.symbol])
        fields: dict[str, Any] = {"account": op.of, "asset": op.symbol, "amount": amount, "reference": name}
        return await self._line.send("POST", "/admin/adjustments", [("X-Admin-Token", TOKEN)], fields)

    async def _revoke(self, who: Credentials) -> Heard:
        fields = {"account": who.account, "apiKey": who.api_key}
        heard = await self._line.send("DELETE", "/admin/apiKeys", [("X-Admin-Token", TOKEN)], fields)
        if heard.yes:
            self._cluster.faults.clients.revoked.setdefault(who.account, self._kernel.now_ns)
        return heard

    async def _signed(self, method: str, target: str, fields: dict[str, Any] | None) -> Heard:
        assert self._credentials is not None
        body = b"" if fields is None else json.dumps(fields).encode()
        headers = self._line.signature(self._credentials, method, target, body)
        copies = self._cluster.faults.clients.replays.get(self._life.node, 0)
        asked_ns, heard = self._kernel.now_ns, await self._copied(copies, method, target, headers, fields)
        if draws.chance(self._draws, 1, REPLAYED_ONE_IN) and heard.conclusive and heard.code != "NOT_SIGNED":
            again = await self._line.send(method, target, headers, fields)
            self._cluster.marks.count(f"request replayed: {again.code or 'yes'}")
            if again.yes and not self._cluster.lost.entries:
                self._kernel.report("A13 access", f"{method} {target} of {self._life.node} worked twice with one nonce")
        revoked_ns = self._cluster.faults.clients.revoked.get(self._credentials.account)
        if heard.yes and revoked_ns is not None and asked_ns > revoked_ns + within_ns(self._cluster):
            what = f"{method} {target} of {self._life.node} at {asked_ns}, its key was revoked at {revoked_ns}"
            self._kernel.report("A13 access", what)
        return heard

    async def _copied(self, copies: int, method: str, target: str, headers: Headers, fields: dict[str, Any] | None) -> Heard:
        """The request and so many copies, all at once: one of them at most may work."""
        if not copies:
            return await self._line.send(method, target, headers, fields)
        heard: list[Heard] = []

        async def once() -> None:
            heard.append(await self._line.send(method, target, headers, fields))

        async with trio.open_nursery() as nursery:
            for _ in range(1 + copies):
                nursery.start_soon(once)
        self._cluster.marks.count("request duplicated", copies)
        if sum(one.yes for one in heard) > 1 and not self._cluster.lost.entries:
            self._kernel.report("A13 access", f"{method} {target} of {self._life.node} worked twice with one nonce: {heard}")
        return together(heard)


def _request_of(op: Op, name: str, about: int) -> tuple[str, str, dict[str, Any] | None]:
    which = f"orderId={about}" if about else f"origClientOrderId={name}"
    match op.do:
        case "place" | "repeat" | "twist":
            return "POST", "/v1/order", _order(op, name)
        case "test":
            return "POST", "/v1/order/test", _order(op, name)
        case "batch":
            orders = [_order(one, f"{name}.{place}") for place, one in enumerate(op.several)]
            return "POST", "/v1/batchOrders", {"orders": orders}
        case "pair":
            return "POST", "/v1/orderList/oco", _pair(op, name)
        case "switch":
            where = {"symbol": op.symbol} if op.symbol else {}
            return "POST", "/v1/cancelAfter", {"timeout": op.quantity, **where}
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


def _change(op: Op) -> dict[str, Any]:
    """The fields of PATCH /admin/symbols that say `op.terms`."""
    rules, _ = MARKETS[op.symbol]
    fields: dict[str, Any] = {"symbol": op.symbol}
    for term, value in op.terms.items():
        name, precision = {
            "tick": ("tickSize", rules.quote_precision),
            "lot": ("stepSize", rules.base_precision),
            "notional_min": ("minNotional", rules.quote_precision),
            "quantity_max": ("maxQty", rules.base_precision),
            "band_bps": ("bandBps", None),
            "maker_fee_ppm": ("makerFeePpm", None),
            "taker_fee_ppm": ("takerFeePpm", None),
            "breaker_bps": ("breakerBps", None),
            "breaker_window_s": ("breakerWindowS", None),
            "breaker_halt_s": ("breakerHaltS", None),
            "breaker_reopen_s": ("breakerReopenS", None),
        }[term]
        fields[name] = value if precision is None else format_units(value, precision)
    return fields


def _order(op: Op, name: str) -> dict[str, Any]:
    rules, _ = MARKETS[op.symbol]
    fields = {"price": op.price, "stopPrice": op.stop_price, "quoteOrderQty": op.amount}
    said: dict[str, Any] = {field: format_units(units, rules.quote_precision) for field, units in fields.items() if units}
    sizes = {"quantity": op.quantity, "icebergQty": op.display}
    said |= {field: format_units(units, rules.base_precision) for field, units in sizes.items() if units}
    return said | {
        "symbol": op.symbol,
        "side": Side(op.side).name,
        "type": OrderType(op.type).name,
        "timeInForce": TimeInForce(op.time_in_force).name,
        "clientOrderId": name,
        "selfTradePreventionMode": SelfTrade(op.self_trade).name,
        **({"goodTillDate": op.good_till // MILLISECOND_NS} if op.good_till else {}),
    }


def _pair(op: Op, name: str) -> dict[str, Any]:
    rules, _ = MARKETS[op.symbol]
    prices = {"price": op.price, "stopPrice": op.stop_price, "stopLimitPrice": op.limit}
    said: dict[str, Any] = {field: format_units(units, rules.quote_precision) for field, units in prices.items() if units}
    names = {"listClientOrderId": name, "limitClientOrderId": f"{name}.m", "stopClientOrderId": f"{name}.s"}
    quantity = format_units(op.quantity, rules.base_precision)
    return said | {"symbol": op.symbol, "side": Side(op.side).name, "quantity": quantity, **names}

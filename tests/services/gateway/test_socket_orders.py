"""Order entry over the private socket beyond what REST has: order of arrival, so many under way, batches, the session's end."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from sim.web.client import WebSocket
from tests.services.gateway.exchange import Exchange, Trader, play
from tradewind.services.gateway.disconnects import STRIKE_S
from tradewind.services.gateway.options import Options
from tradewind.services.gateway.socket_methods import METHODS, ROUTES_OF_REST
from tradewind.services.gateway.table import PUBLIC

S = 10**9


def order(name: str, price: str = "20000", **more: Any) -> dict[str, Any]:
    fields = {"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "price": price, "quantity": "0.01", "clientOrderId": name}
    return fields | more


class Talk:
    """A session: answers by request id, updates as they came."""

    def __init__(self, socket: WebSocket) -> None:
        self.updates: list[Any] = []
        self.socket = socket
        self._asked = 0

    async def begin(self, method: str, params: Mapping[str, Any]) -> int:
        self._asked += 1
        await self.socket.send(json.dumps({"id": self._asked, "method": method, "params": params}))
        return self._asked

    async def answers(self, count: int) -> dict[int, Any]:
        found: dict[int, Any] = {}
        while len(found) < count:
            said = json.loads(await self.socket.receive())
            if "status" in said:
                found[said["id"]] = said
            else:
                self.updates.append(said)
        return found

    async def ask(self, method: str, params: Mapping[str, Any]) -> Any:
        number = await self.begin(method, params)
        return (await self.answers(1))[number]


async def talk(trader: Trader, query: str = "") -> Talk:
    return Talk(await trader.private(query))


async def open_names(trader: Trader) -> list[str]:
    _, shown = await trader.ask("GET", "/v1/openOrders")
    return [one["clientOrderId"] for one in shown]


def test_every_method_of_rest_is_a_route_and_has_its_rules() -> None:
    rest = {route.name: route for route in PUBLIC}
    for name, of in ROUTES_OF_REST.items():
        method, route = METHODS[name], rest[of]
        assert (method.handler, method.need, method.weight, method.asks, method.orders) == (
            *(route.handler, route.need, route.weight, route.asks, route.orders),
        )
        assert method.name == f"WS {name}"


@pytest.mark.parametrize("seed", range(1, 6))
def test_what_is_asked_one_after_the_other_is_done_so(seed: int) -> None:
    async def scenario(exchange: Exchange) -> None:
        session = await talk(await exchange.trader("ann"), "?updates=none")
        asked = []
        for number in range(15):
            named = {"symbol": "BTCUSDT", "origClientOrderId": f"o-{number}"}
            asked.append(await session.begin("order.place", order(f"o-{number}")))
            asked.append(await session.begin("order.amend", named | {"quantity": "0.005"}))
            asked.append(await session.begin("batch.cancel", {"orders": [named]}))
        answers = await session.answers(len(asked))
        assert {answers[number]["status"] for number in asked} == {200}, answers
        assert all("orderId" in answers[number]["result"]["results"][0] for number in asked[2::3]), answers

    play(scenario, seed=seed)


def test_more_than_may_be_under_way_is_refused_and_has_no_effect() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        session = await talk(ann, "?updates=none")
        asked = [await session.begin("order.place", order(f"o-{number}")) for number in range(20)]
        answers = await session.answers(20)
        refused = [number for number in asked if answers[number]["status"] == 429]
        assert refused and {answers[number]["error"]["code"] for number in refused} == {"TOO_MANY_IN_FLIGHT"}
        assert all(answers[number]["error"]["retryable"] for number in refused)
        assert (await session.ask("order.place", order("after")))["status"] == 200
        await exchange.kernel.sleep(S)
        assert len(await open_names(ann)) == 20 - len(refused) + 1

    play(scenario, options=Options(requests_max=3))


def test_a_batch_is_one_journal_entry_and_each_order_has_its_own_outcome() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        session = await talk(ann, "?updates=none")
        before = len(exchange.cluster.database.journals["clearing/0"])
        asked = [order(f"o-{number}", price=f"{20_000 + number}") for number in range(10)]
        asked[3] = order("bad", price="NaN")
        asked[7] = order("dear", quantity="1000")
        results = (await session.ask("batch.place", {"orders": asked}))["result"]["results"]
        assert len(exchange.cluster.database.journals["clearing/0"]) == before + 1
        assert [one.get("code", one.get("clientOrderId")) for one in results] == [
            *("o-0", "o-1", "o-2", "BAD_REQUEST", "o-4", "o-5", "o-6", "INSUFFICIENT_BALANCE", "o-8", "o-9"),
        ]
        assert (await session.ask("batch.place", {"orders": asked * 6}))["status"] == 400
        assert (await session.ask("ping", {}))["result"] == {}

    play(scenario)


@pytest.mark.parametrize("way", ["query", "method"])
@pytest.mark.parametrize("end", ["peer leaves", "gateway dies"])
def test_orders_end_with_their_session(way: str, end: str) -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        session = await talk(ann, "?updates=none&cancelOnDisconnect=true" if way == "query" else "?updates=none")
        if way == "method":
            assert (await session.ask("session.cancelOnDisconnect", {"enabled": True}))["result"] == {"enabled": True}
        for number in range(3):
            assert (await session.ask("order.place", order(f"o-{number}")))["status"] == 200
        await bob.place("SELL", "21000", "0.01", clientOrderId="bobs")
        await exchange.kernel.sleep(3 * int(STRIKE_S) * S)
        assert len(await open_names(ann)) == 3, "as long as the session lives, nothing strikes"
        if end == "peer leaves":
            session.socket.close()
            await exchange.kernel.sleep(2 * S)
        else:
            exchange.kernel.node("gateway/0").restart()
            await exchange.kernel.sleep(int(STRIKE_S + 5) * S)
        assert await open_names(ann) == []
        assert await open_names(bob) == ["bobs"]
        await ann.place("SELL", "20000", "0.01", clientOrderId="later")
        await exchange.kernel.sleep(2 * int(STRIKE_S) * S)
        assert await open_names(ann) == ["later"], "the switch is gone with what it was for"

    play(scenario)


def test_the_guard_can_be_taken_off() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        session = await talk(ann, "?updates=none&cancelOnDisconnect=true")
        assert (await session.ask("session.cancelOnDisconnect", {"enabled": False}))["result"] == {"enabled": False}
        await session.ask("order.place", order("stays"))
        session.socket.close()
        await exchange.kernel.sleep(2 * int(STRIKE_S) * S)
        assert await open_names(ann) == ["stays"]

    play(scenario)


def test_joined_updates_are_the_same_updates() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        each, joined = await talk(ann), await talk(ann, "?updates=joined")
        none = await talk(ann, "?updates=none")
        await none.ask("batch.place", {"orders": [order(f"o-{number}", price=f"{20_000 + number}") for number in range(20)]})
        await exchange.kernel.sleep(2 * S)
        for session in (each, joined, none):
            await session.ask("ping", {})
        apart = [one for said in joined.updates for one in said.get("updates", [said])]
        assert apart == each.updates and len(joined.updates) < len(each.updates) / 2
        assert all(said["seq"] == said["updates"][-1]["seq"] for said in joined.updates if said["e"] == "updates")
        assert none.updates == []

    play(scenario)

"""What strangers leave in the gateway's memory: nothing when they have gone, and little while they guess. About 8 s."""

import json
from typing import Any

import pytest
import trio

from sim.web.client import AsgiClient, Closed
from tests.hostile.test_sockets import GOOD
from tests.services.gateway.exchange import Exchange, S, Trader, play
from tradewind.services.gateway import keys
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.options import Options

PEERS = 5
TARGETS = ("/ws", "/stream?streams=btcusdt@depth/btcusdt@trade", "/ws-api/v3")
FEW = 20


def _held(gateway: Gateway) -> dict[str, Any]:
    """Whatever is kept for a socket, by place."""
    return {
        "channels": len(gateway.channels._channels),
        "sessions of keys": len(gateway.keys._sessions),
        "followers": len(gateway.updates._followers),
        "visitors": len(gateway.visitors._by_address),
        "waiting": len(gateway.updates.progresses._waiting),
        "guarded": len(gateway.disconnects._guarded),
        "tasks": trio.lowlevel.current_statistics().tasks_living,
    }


def test_sockets_that_have_gone_are_forgotten() -> None:
    async def scenario(exchange: Exchange) -> None:
        gateway = exchange.gateways["gateway/0"]
        ann = await exchange.trader("ann")
        await exchange.kernel.sleep(5 * S)
        before = _held(gateway)
        for _ in range(3):
            sockets = [await exchange.public.websocket(target) for target in TARGETS for _ in range(PEERS)]
            sockets += [await ann.private(query) for query in ("", "?updates=joined", "?updates=none&cancelOnDisconnect=true")]
            for socket in sockets:
                for message in [*GOOD, {"id": 1, "method": "$.params", "params": {"side": "$.x"}}, [], 5]:
                    try:
                        await socket.send(json.dumps(message))
                    except Closed:
                        break
            await exchange.kernel.sleep(S)
            assert _held(gateway) != before
            for socket in sockets:
                socket.close()
            await exchange.kernel.sleep(60 * S)
            assert _held(gateway) == before

    play(scenario)


def test_guessing_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "UNKNOWN_MAX", FEW)

    async def scenario(exchange: Exchange) -> None:
        gateway = exchange.gateways["gateway/0"]
        ann = await exchange.trader("ann")
        nonces = len(gateway.gate.nonces._until)
        for number in range(3 * FEW):
            stranger = Trader(exchange, 0, f"{number:032}", ann.secret)
            assert (await stranger.ask("GET", "/v1/account"))[0] == 401
            wrong = ann.headers("GET", "/v1/account", secret="guess")
            assert (await exchange.public.request("GET", "/v1/account", wrong)).status == 401
        assert len(gateway.keys._unknown) <= FEW
        assert len(gateway.gate.nonces._until) == nonces
        assert (await ann.ask("GET", "/v1/account"))[0] == 200

    play(scenario)


PROXY, CLIENT, OTHER = "10.0.0.9", "203.0.113.9", "203.0.113.77"
# (the connection's other end, X-Forwarded-For line by line, whom we see).
CHAINS: list[tuple[str, list[str], str]] = [
    (CLIENT, [], CLIENT),
    (CLIENT, [OTHER], CLIENT),
    (PROXY, [CLIENT], CLIENT),
    (PROXY, [f"{OTHER}, {CLIENT}"], CLIENT),
    (PROXY, [OTHER, CLIENT], CLIENT),
    (PROXY, [CLIENT, "10.0.0.8"], CLIENT),
    (PROXY, [f"{CLIENT} , 10.0.0.8,10.0.0.7"], CLIENT),
    (f"::ffff:{PROXY}", [f"::ffff:{CLIENT}"], CLIENT),
    (PROXY, [f"{CLIENT}, nonsense"], PROXY),
    (PROXY, [CLIENT, ""], PROXY),
    (PROXY, ["fe80::1%eth0"], PROXY),
    (PROXY, [OTHER], OTHER),
]


def test_limits_and_allow_lists_see_the_same_address() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        bound = await exchange.key(ann.account, 1, ipWhitelist=CLIENT)
        for peer, chain, seen in CHAINS:
            client = AsgiClient(exchange.kernel, exchange.kernel.node("gateway/0"), address=peer)
            forwarded = [("X-Forwarded-For", line) for line in chain]
            answer = await client.request("GET", "/v1/account", [*bound.headers("GET", "/v1/account"), *forwarded])
            assert answer.status == (200 if seen == CLIENT else 403), (peer, chain)
        exhausted = AsgiClient(exchange.kernel, exchange.kernel.node("gateway/0"), address=CLIENT)
        while (await exhausted.request("GET", "/v1/ping")).status == 200:
            pass
        for peer, chain, seen in CHAINS:
            client = AsgiClient(exchange.kernel, exchange.kernel.node("gateway/0"), address=peer)
            answer = await client.request("GET", "/v1/ping", [("X-Forwarded-For", line) for line in chain])
            assert answer.status == (429 if seen == CLIENT else 200), (peer, chain)

    play(scenario, options=Options(address_weight_1m=200))

"""Nothing happens for a caller who has not signed exactly this, just now, for the first time."""

import json

import pytest

from sim.web.client import Rejected
from tests.services.gateway.exchange import Exchange, Trader, play
from tradewind.services.gateway.signature import Signed, canonical, is_right, sign

BODY = json.dumps({"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "price": "20000", "quantity": "1"}).encode()


def test_the_canonical_text_is_that_of_the_manual() -> None:
    signed = Signed("key", b"1700000000000", b"n-1", b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert canonical(signed, "GET", b"/v1/order", b"orderId=5", b"") == (
        b"1700000000000\nn-1\nGET\n/v1/order\norderId=5\n" + empty.encode()
    )


def test_foreign_bytes_in_a_signature_are_wrong_and_no_error() -> None:
    assert not is_right(b"secret", b"text", "unterschriftß".encode())
    assert is_right(b"secret", b"text", sign(b"secret", b"text"))


async def _code(exchange: Exchange, method: str, target: str, headers: list[tuple[str, str]], body: bytes = b"") -> str:
    before = exchange.inputs()
    answer = await exchange.public.request(method, target, headers, body)
    assert exchange.inputs() == before
    shown = json.loads(answer.body)
    assert set(shown) == {"code", "message", "retryable", "requestId"}
    return f"{answer.status} {shown['code']}"


def test_every_way_to_sign_wrongly_is_refused() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        await exchange.kernel.sleep(10**9)
        now_ms = exchange.kernel.node("client").wall.now() // 1_000_000
        where = ("POST", "/v1/order")
        other = Trader(exchange, 0, "0" * 32, ann.secret)
        right = ann.headers(*where, BODY)
        wrong = {
            "no headers": ([], "401 NOT_SIGNED"),
            "one missing": (right[:3], "401 NOT_SIGNED"),
            "unknown key": (other.headers(*where, BODY), "401 BAD_SIGNATURE"),
            "wrong secret": (ann.headers(*where, BODY, secret="guess"), "401 BAD_SIGNATURE"),
            "other path": (ann.headers("POST", "/v1/orders", BODY), "401 BAD_SIGNATURE"),
            "other method": (ann.headers("PUT", "/v1/order", BODY), "401 BAD_SIGNATURE"),
            "other body": (ann.headers(*where, BODY + b" "), "401 BAD_SIGNATURE"),
            "other query": (ann.headers("POST", "/v1/order?a=1", BODY), "401 BAD_SIGNATURE"),
            "too old": (ann.headers(*where, BODY, at_ms=now_ms - 31_000), "401 STALE_TIMESTAMP"),
            "from the future": (ann.headers(*where, BODY, at_ms=now_ms + 31_000), "401 STALE_TIMESTAMP"),
            "time is no number": ([*right[:1], ("X-API-TIMESTAMP", "٣"), *right[2:]], "401 BAD_SIGNATURE"),
            "foreign signature": ([*right[:3], ("X-API-SIGNATURE", "ÿ" * 64)], "401 BAD_SIGNATURE"),
        }
        for name, (headers, code) in wrong.items():
            encoded = [(key, value.encode().decode("latin-1")) for key, value in headers]
            assert await _code(exchange, *where, encoded, BODY) == code, name

    play(scenario)


def test_a_query_must_arrive_as_it_was_signed() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        signed = ann.headers("GET", "/v1/order?origClientOrderId=a%2Fb")
        assert await _code(exchange, "GET", "/v1/order?origClientOrderId=a/b", signed) == "401 BAD_SIGNATURE"
        assert await _code(exchange, "GET", "/v1/order?origClientOrderId=a%2fb", signed) == "401 BAD_SIGNATURE"
        assert await _code(exchange, "GET", "/v1/order?origClientOrderId=a%2Fb", signed) == "404 UNKNOWN_ORDER"

    play(scenario)


@pytest.mark.parametrize("bus_down", [False, True])
def test_a_nonce_works_once(bus_down: bool) -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        assert (await ann.ask("GET", "/v1/account"))[0] == 200
        exchange.cluster.faults.bus.down = bus_down
        for method, target, body in (("GET", "/v1/account", b""), ("POST", "/v1/order", BODY)):
            headers = ann.headers(method, target, body)
            answer = await exchange.public.request(method, target, headers, body)
            assert answer.status == 200, answer.body
            again = await exchange.public.request(method, target, headers, body)
            assert (again.status, json.loads(again.body)["code"]) == (409, "REPLAYED_REQUEST")
        ready = (await exchange.operate("GET", "/ready"))[1]
        assert exchange.gateways["gateway/0"].gate.nonces.degraded is bus_down, ready

    play(scenario)


def test_a_wrong_signature_burns_no_nonce() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        wrong = ann.headers("GET", "/v1/account", nonce="once", secret="guess")
        assert (await exchange.public.request("GET", "/v1/account", wrong)).status == 401
        right = ann.headers("GET", "/v1/account", nonce="once")
        assert (await exchange.public.request("GET", "/v1/account", right)).status == 200

    play(scenario)


def test_the_machine_refuses_a_replayed_write_even_when_every_nonce_is_forgotten() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        headers = ann.headers("POST", "/v1/order", BODY)
        assert (await exchange.public.request("POST", "/v1/order", headers, BODY)).status == 200
        exchange.cluster.broker.flush()
        exchange.kernel.node("gateway/0").restart()
        await exchange.kernel.sleep(10 * 10**9)
        again = await exchange.public.request("POST", "/v1/order", headers, BODY)
        assert (again.status, json.loads(again.body)["code"]) == (409, "REPLAYED_REQUEST")
        assert len((await ann.ask("GET", "/v1/openOrders"))[1]) == 1

    play(scenario)


def test_keys_expire_are_bound_to_addresses_and_end_with_their_sessions() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        soon_ms = exchange.kernel.node("client").wall.now() // 1_000_000 + 2_000
        short = await exchange.key(ann.account, 1, expiresAt=soon_ms)
        elsewhere = await exchange.key(ann.account, 1, ipWhitelist="203.0.113.0/24")
        assert (await short.ask("GET", "/v1/account"))[0] == 200
        assert (await elsewhere.ask("GET", "/v1/account"))[0] == 403
        await exchange.kernel.sleep(3 * 10**9)
        assert (await short.ask("GET", "/v1/account"))[1]["code"] == "KEY_EXPIRED"
        await exchange.operate("DELETE", "/admin/apiKeys", {"account": ann.account, "apiKey": ann.api_key})
        await exchange.kernel.sleep(10**9)
        assert (await ann.ask("GET", "/v1/account"))[1]["code"] == "BAD_SIGNATURE"
        with pytest.raises(Rejected) as refused:
            await ann.private()
        assert refused.value.status == 401

    play(scenario)

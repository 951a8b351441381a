"""The compatible surface's gate, in the simulator: every route with every mask, and signatures that are nearly right."""

import hashlib
import hmac
from itertools import product
from urllib.parse import urlencode

import ccxt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.web.client import Response
from tests.services.gateway.exchange import Exchange, Trader, play
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.app import make_app
from tradewind.services.gateway.compat.gate import KEY_ONLY
from tradewind.services.gateway.compat.serve import speaks
from tradewind.services.gateway.compat.signature import signed_of, without_signature
from tradewind.services.gateway.compat.table import METHODS, ROUTES
from tradewind.services.gateway.compat.wsapi import payloads_of
from tradewind.services.gateway.options import UNLIMITED, Options

NEEDS = {(route.method, route.path): route.need for route in ROUTES}
NONSENSE = "nonsense=1"
CCXT = ccxt.binance()  # made outside of the simulation, which has no chance of its own for it


def signed(trader: Trader, *, at_ms: int = 0, **params: object) -> str:
    now_ms = at_ms or trader.exchange.kernel.node("client").wall.now() // 1_000_000
    text = urlencode({**params, "timestamp": now_ms})
    return f"{text}&signature={hmac.new(trader.secret.encode(), text.encode(), hashlib.sha256).hexdigest()}"


async def ask(trader: Trader, method: str, path: str, query: str) -> Response:
    return await trader.exchange.public.request(method, f"{path}?{query}", [("X-MBX-APIKEY", trader.api_key)])


def test_every_route_with_every_mask() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        masks = {mask: await exchange.key(ann.account, mask) for mask in range(1, 8)}
        app = make_app(exchange.gateways["gateway/0"])
        rules = [rule for rule in app.url_map.iter_rules() if speaks(rule.rule)]
        walked = [(method, rule.rule) for rule in rules for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
        assert sorted(walked) == sorted(NEEDS) and len(walked) > 40
        for number, ((method, path), (mask, key)) in enumerate(product(walked, masks.items())):
            need, before = NEEDS[method, path], exchange.inputs()
            answer = await ask(key, method, path, signed(key, nonsense=number))
            forbidden = need & ~mask != 0
            assert answer.status == (403 if forbidden else 400), (method, path, mask, answer.body)
            assert (b'"code":-1002' in answer.body) is forbidden, answer.body
            stranger = await exchange.public.request(method, f"{path}?{NONSENSE}")
            assert stranger.status in ({400} if need is Need.PUBLIC else {400, 401}), (method, path, stranger.body)
            if need is not Need.PUBLIC and path not in KEY_ONLY:
                wrong = await ask(key, method, path, signed(key, nonsense=number)[:-1] + "g")
                assert (wrong.status, b'"code":-1022' in wrong.body) == (400, True), wrong.body
            assert exchange.inputs() == before

    play(scenario, options=UNLIMITED)


def test_methods_need_what_their_routes_need() -> None:
    assert {METHODS[name].need for name in ("order.place", "order.cancel", "openOrders.cancelAll", "order.test")} == {
        Need.TRADE
    }
    assert {METHODS[name].need for name in ("order.status", "account.status", "myTrades", "allOrders")} == {Need.READ}
    assert all(route.need in {Need.PUBLIC, Need.READ, Need.TRADE} for route in METHODS.values())


def test_a_window_of_time_and_no_second_use() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        now_ms = exchange.kernel.node("client").wall.now() // 1_000_000
        for late_ms, window_ms, right in (
            (4_000, 5_000, True),
            (6_000, 5_000, False),
            (6_000, 9_000, True),
            (-900, 5_000, True),
        ):
            query = signed(ann, at_ms=now_ms - late_ms, recvWindow=window_ms)
            answer = await ask(ann, "GET", "/api/v3/account", query)
            assert (answer.status == 200) is right, (late_ms, window_ms, answer.body)
        order = {"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "price": "100", "quantity": "1"}
        query = signed(ann, **order)
        assert (await ask(ann, "POST", "/api/v3/order", query)).status == 200
        before = exchange.inputs()
        for path in ("/api/v3/order", "/api/v3/order/test"):
            assert (await ask(ann, "POST", path, query)).status == 409
        assert exchange.inputs() == before

    play(scenario)


def test_who_asks_too_much_is_told_so_as_ccxt_understands_it() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        order = {"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "price": "100", "quantity": "1"}
        answers = [await ask(ann, "POST", "/api/v3/order", signed(ann, **order, newClientOrderId=f"o{n}")) for n in range(3)]
        assert [one.status for one in answers] == [200, 200, 429] and b'"code":-1015' in answers[-1].body
        heavy = [await exchange.public.request("GET", "/api/v3/exchangeInfo") for _ in range(10)]
        assert (heavy[0].status, heavy[-1].status) == (200, 429) and b'"code":-1003' in heavy[-1].body
        for answer in (answers[-1], heavy[-1]):
            headers = dict(answer.headers)
            assert int(headers["retry-after"]) >= 1 and "x-mbx-used-weight-1m" in headers
            with pytest.raises(ccxt.DDoSProtection):
                CCXT.handle_errors(answer.status, "", "", "", {}, answer.body.decode(), {}, {}, "")
        assert dict(answers[1].headers)["x-mbx-order-count-10s"] == "2"

    play(scenario, options=Options(orders_10s=2, address_weight_1m=150))


PIECES = st.lists(st.sampled_from(["symbol=A", "timestamp=1", "x=%20", "note=signature", "sig=nature=1"]), max_size=4)
DIGITS = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(PIECES, PIECES, DIGITS)
def test_the_signature_may_stand_anywhere_and_nothing_else_is_taken_away(
    before: list[str], after: list[str], made: str
) -> None:
    query = "&".join([*before, f"signature={made}", *after])
    assert without_signature(query.encode()) == ("&".join([*before, *after]).encode(), made.encode())
    assert without_signature("&".join(before).encode()) == ("&".join(before).encode(), None)


@given(st.integers(0, 3))
def test_query_and_body_are_one_text(cut: int) -> None:
    pieces = ["symbol=A", "timestamp=1700000000000", "quantity=1"]
    query, body = "&".join(pieces[:cut]), "&".join(pieces[cut:])
    whole = signed_of(b"k", query.encode(), f"{body}&signature=00".removeprefix("&").encode())
    assert whole.payload == (query + body).encode()


NAMES = st.dictionaries(st.sampled_from(["symbol", "apiKey", "timestamp", "price", "side"]), st.text("aB1/: é", max_size=5))


@given(NAMES)
def test_what_is_signed_over_the_socket_is_in_the_order_of_names(params: dict[str, str]) -> None:
    bare, *_ = payloads_of(params | {"signature": "x"})
    assert bare.decode() == "&".join(f"{name}={params[name]}" for name in sorted(params))

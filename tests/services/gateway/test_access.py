"""Every route of both applications, with every mask: nothing is allowed that no rule allows."""

import re
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from quart_trio import QuartTrio

from sim.web.client import Response
from sim.zoo.patching import patched
from tests.services.gateway.exchange import TOKEN, Exchange, Trader, play
from tradewind.services.gateway import app, socket_methods, table
from tradewind.services.gateway.access import (
    Need,
    check_address,
    check_permission,
    client_address,
    limited_address,
    networks_of,
)
from tradewind.services.gateway.answers import Empty
from tradewind.services.gateway.app import make_admin_app, make_app
from tradewind.services.gateway.asked import Nothing
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.options import PRIVATE_NETWORKS
from tradewind.services.gateway.problems import Problem
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.signature import sign
from tradewind.services.gateway.table import OPERATORS
from tradewind.services.gateway.table import PUBLIC as ROUTES

PUBLIC = "198.51.100.7"

# The rule, in words of its own, to which the declarations are held: what shows the market or the documents is for all, what
# only looks at an account needs READ (a listen key only looks), what changes something TRADE.
FOR_ALL = re.compile(
    r"/v1/(ping|time|exchangeInfo|depth|trades|historicalTrades|aggTrades|klines|avgPrice|ticker|ticker/(price|bookTicker))"
    r"|/(openapi\.json|openapi\.yaml|asyncapi\.json|docs)|/live|/ready"
    r"|/api/v3/(ping|time|exchangeInfo|depth|trades|historicalTrades|aggTrades|klines|uiKlines|avgPrice)"
    r"|/api/v3/ticker/(24hr|price|bookTicker)|/sapi/v1/system/status"
)
LISTEN_KEYS = re.compile(r"/api/v[13]/userDataStream")


def _rule(method: str, path: str) -> int:
    """The bits that a key must have; -1 = no key will do."""
    if path.startswith("/admin"):
        return -1
    if FOR_ALL.fullmatch(path):
        return 0
    if path == "/sapi/v1/capital/withdraw/apply":
        return 4
    return 1 if method in {"GET", "HEAD"} or LISTEN_KEYS.fullmatch(path) else 2


def _served(exchange: Exchange) -> dict[str, list[tuple[str, str]]]:
    """(method, path) of every rule in the url maps, by application."""
    gateway: Gateway = exchange.gateways["gateway/0"]
    apps = {"public": make_app(gateway), "operators": make_admin_app(gateway, TOKEN)}
    return {
        name: [
            (method, rule.rule)
            for rule in app.url_map.iter_rules()
            for method in sorted(rule.methods or {"GET"})
            if not rule.websocket
        ]
        for name, app in apps.items()
    }


def _compatible(key: Trader) -> tuple[str, list[tuple[str, str]]]:
    """A query, signed as the compatible surface wants it, and headers."""
    key.sent += 1
    now_ms = key.exchange.kernel.node("client").wall.now() // 1_000_000
    query = f"nonsense={key.sent}&timestamp={now_ms}"
    return f"{query}&signature={sign(key.secret.encode(), query.encode()).decode()}", [("X-MBX-APIKEY", key.api_key)]


async def _ask(key: Trader, method: str, path: str) -> Response:
    """Something that no route understands: who is let in is told so (400), and nothing happens."""
    if path.startswith(("/api/", "/sapi/")):
        query, headers = _compatible(key)
        return await key.exchange.public.request(method, f"{path}?{query}", headers)
    return await key.raw(method, path, b'{"nonsense": 1}')


def test_every_route_is_held_to_the_rule_for_each_of_eight_masks() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        masks = {mask: await exchange.key(ann.account, mask) for mask in range(1, 8)}
        await exchange.kernel.sleep(10**9)
        served = _served(exchange)["public"]
        assert len(served) > 60
        before = exchange.inputs()
        cells = 0
        for (method, path), (mask, key) in product(served, masks.items()):
            needed = _rule(method, path)
            answer = await _ask(key, method, path)
            allowed = needed & ~mask == 0
            # On the compatible surface a key without the bit is answered as Binance does.
            refused = (401, 403) if path.startswith(("/api/", "/sapi/")) else (403,)
            assert answer.status in ((400,) if allowed else refused), (method, path, mask, answer)
            cells += 1
        for method, path in served:  # the mask 0: nobody
            answer = await exchange.public.request(method, path, [], b'{"nonsense": 1}')
            open_to_all = _rule(method, path) == 0
            assert (answer.status in {401, 403}) is not open_to_all or answer.status == 400, (method, path, answer)
            cells += 1
        assert cells == 8 * len(served) and exchange.inputs() == before
        for path in ("/admin/status", "/metrics", "/v1/nothing", "/static/x"):
            assert (await ann.raw("GET", path)).status == 404

    play(scenario)


def test_the_operators_listener_knows_one_token_and_no_key() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann", permissions=7)
        served = _served(exchange)["operators"]
        assert len(served) > 12
        await exchange.kernel.sleep(10**9)
        before = exchange.inputs()
        for method, path in served:
            closed = _rule(method, path) == -1
            for token in ("", "x", TOKEN[:-1], TOKEN + "x"):
                answer = await exchange.operators.request(method, path, [("Authorization", f"Bearer {token}")], b"{}")
                assert (answer.status == 401) is closed, (method, path, token)
            answer = await exchange.operators.request(method, path, ann.headers(method, path, b"{}"), b"{}")
            assert (answer.status == 401) is closed, (method, path)
        assert exchange.inputs() == before

    play(scenario)


async def _handler(gateway: Gateway, call: Call[Nothing]) -> object:
    """A dummy."""
    return {}


WHOLE = Route("GET", "/v1/dummy", _handler, Need.READ, 1, Nothing, Empty, "A dummy")


@pytest.mark.parametrize(
    ("lacks", "told"),
    [
        ({}, ""),
        ({"need": None}, "permission rule"),
        ({"need": 0}, "permission rule"),  # PUBLIC must have been said by somebody
        ({"weight": 0}, "weight"),
        ({"weight": None}, "weight"),
        ({"asks": dict}, "schema of what it asks"),
        ({"answers": None}, "schema of what it answers"),
        ({"summary": ""}, "summary"),
        ({"path": "/v1/ping"}, "declared twice"),
    ],
)
def test_a_route_that_lacks_something_is_refused_at_start(lacks: dict[str, Any], told: str) -> None:
    async def scenario(exchange: Exchange) -> None:
        planted = (*ROUTES, replace(WHOLE, **lacks))
        gateway = exchange.gateways["gateway/0"]
        with patched(app, "PUBLIC", planted), patched(table, "PUBLIC", planted):
            table.openapi_document.cache_clear()
            try:
                if told:
                    with pytest.raises(AssertionError, match=told):
                        make_app(gateway)
                else:
                    make_app(gateway)
            finally:
                table.openapi_document.cache_clear()

    play(scenario, furnished=False)


def test_a_route_that_stands_in_no_document_or_declaration_is_refused_at_start() -> None:
    async def scenario(exchange: Exchange) -> None:
        gateway = exchange.gateways["gateway/0"]
        table.openapi_document()
        with patched(app, "PUBLIC", (*ROUTES, WHOLE)), pytest.raises(AssertionError, match="in no document"):
            make_app(gateway)

        def smuggle(made: QuartTrio, _gateway: Gateway) -> None:
            made.add_url_rule("/v1/smuggled", view_func=lambda: "", methods=["POST"])

        with (
            patched(app.sockets_private, "add", smuggle),
            pytest.raises(AssertionError, match="POST /v1/smuggled is not declared"),
        ):
            make_app(gateway)

    play(scenario, furnished=False)


def test_a_key_without_bits_may_do_nothing_that_needs_one() -> None:
    for need in {route.need for route in (*ROUTES, *OPERATORS)} - {Need.PUBLIC}:
        with pytest.raises(Problem):
            check_permission(need, 0)


@pytest.mark.parametrize("mask", range(8))
def test_socket_methods_are_held_to_their_rules(mask: int) -> None:
    looking = {"order.status", "orderList.status", "ping"}
    for route in socket_methods.METHODS.values():
        need = route.need
        assert need == (1 if route.path in looking else 2), route.path
        if need & ~mask:
            with pytest.raises(Problem) as refused:
                check_permission(need, mask)
            assert refused.value.status == 403
        else:
            check_permission(need, mask)


def test_no_bit_of_a_key_makes_an_operator() -> None:
    for mask in (*range(8), 8, 15, -1):
        with pytest.raises(Problem):
            check_permission(Need.OPERATOR, mask)


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        (PUBLIC, "", PUBLIC),
        (PUBLIC, "203.0.113.9", PUBLIC),  # a stranger's header is not believed
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.1.2.3", "6.6.6.6, 203.0.113.9", "203.0.113.9"),  # what the client itself wrote stands further left
        ("10.1.2.3", "203.0.113.9, 192.168.7.7", "203.0.113.9"),
        ("10.1.2.3", "nonsense", "10.1.2.3"),
        ("10.1.2.3", "203.0.113.9, nonsense", "10.1.2.3"),
        ("10.1.2.3", "10.9.9.9", "10.9.9.9"),
        ("::1", "2001:db8::5", "2001:db8::5"),
        ("", "203.0.113.9", ""),
        ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),  # an IPv4 peer of an IPv6 socket
        ("10.1.2.3", "::ffff:203.0.113.9", "203.0.113.9"),
        ("::ffff:198.51.100.7", "203.0.113.9", PUBLIC),
    ],
)
def test_the_clients_address(peer: str, forwarded: str, seen: str) -> None:
    assert client_address(peer, forwarded.encode(), PRIVATE_NETWORKS) == seen


@pytest.mark.parametrize(
    ("address", "allow", "allowed"),
    [
        (PUBLIC, "", True),
        (PUBLIC, "198.51.100.7", True),
        (PUBLIC, "203.0.113.1, 198.51.100.0/24", True),
        (PUBLIC, "203.0.113.0/24", False),
        (PUBLIC, "not an address", False),
        ("", "203.0.113.0/24", False),
    ],
)
def test_allow_lists(address: str, allow: str, allowed: bool) -> None:
    if allowed:
        check_address(address, allow)
        return
    with pytest.raises(Problem):
        check_address(address, allow)


def test_networks_that_cannot_be_read_are_an_error() -> None:
    with pytest.raises(ValueError, match="does not appear"):
        networks_of("10.0.0.0/8, somewhere")


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        (PUBLIC, PUBLIC),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("", ""),
        ("no:address", "no:address"),
    ],
)
def test_of_ipv6_a_subscribers_network_is_counted(address: str, counted: str) -> None:
    assert limited_address(address) == counted

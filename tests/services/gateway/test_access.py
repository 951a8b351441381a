"""Every route of both applications, with every mask: nothing is allowed that no rule allows."""

from itertools import product

import pytest

from tests.services.gateway.exchange import TOKEN, Exchange, play
from tradewind.services.gateway import socket_methods
from tradewind.services.gateway.access import (
    Need,
    check_address,
    check_permission,
    client_address,
    networks_of,
)
from tradewind.services.gateway.app import make_admin_app, make_app
from tradewind.services.gateway.compat.serve import speaks
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.options import PRIVATE_NETWORKS
from tradewind.services.gateway.problems import Problem
from tradewind.services.gateway.table import OPERATORS
from tradewind.services.gateway.table import PUBLIC as ROUTES

NEEDS = {(route.method, route.path): route.need for route in (*ROUTES, *OPERATORS)}

PUBLIC = "198.51.100.7"


def _walk(exchange: Exchange) -> dict[str, list[tuple[str, str]]]:
    """(method, path) of every rule in the url maps, by application."""
    gateway: Gateway = exchange.gateways["gateway/0"]
    apps = {"public": make_app(gateway), "operators": make_admin_app(gateway, TOKEN)}
    return {
        name: [
            (method, rule.rule)
            for rule in app.url_map.iter_rules()
            for method in sorted(rule.methods or {"GET"})
            if not rule.websocket and not speaks(rule.rule)  # those are tests/compat's
        ]
        for name, app in apps.items()
    }


def test_every_route_has_a_rule_and_every_mask_is_held_to_it() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        masks = {mask: await exchange.key(ann.account, mask) for mask in range(1, 8)}
        routes = _walk(exchange)
        assert len(routes["public"]) > 15 and len(routes["operators"]) > 8
        for (method, path), (mask, key) in product(routes["public"], masks.items()):
            need = NEEDS["GET" if method == "HEAD" else method, path]
            before = exchange.inputs()
            answer = await key.raw(method, path, b'{"nonsense": 1}')
            forbidden = need & ~mask != 0
            assert (answer.status == 403) is forbidden, (method, path, mask, answer.body)
            assert answer.status in {400, 403}, (method, path, mask, answer.body)
            assert exchange.inputs() == before
        for method, path in routes["operators"]:
            for token in ("", "x", TOKEN[:-1], TOKEN + "x"):
                before = exchange.inputs()
                answer = await exchange.operators.request(method, path, [("Authorization", f"Bearer {token}")], b"{}")
                allowed = NEEDS["GET" if method == "HEAD" else method, path] is Need.PUBLIC
                assert (answer.status == 401) is not allowed, (method, path, token)
                assert exchange.inputs() == before
            key = masks[7]
            answer = await exchange.operators.request(method, path, key.headers(method, path, b"{}"), b"{}")
            assert NEEDS["GET" if method == "HEAD" else method, path] is Need.PUBLIC or answer.status == 401
        for path in ("/admin/status", "/metrics", "/v1/nothing", "/static/x"):
            assert (await ann.raw("GET", path)).status == 404

    play(scenario)


def test_a_key_without_bits_may_do_nothing_that_needs_one() -> None:
    for need in set(NEEDS.values()) - {Need.PUBLIC}:
        with pytest.raises(Problem):
            check_permission(need, 0)


@pytest.mark.parametrize("mask", range(8))
def test_socket_methods_are_held_to_their_rules(mask: int) -> None:
    for route in socket_methods.METHODS.values():
        need = route.need
        assert need in {Need.READ, Need.TRADE}
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

"""The gate: limit by address, signature, nonce, permission, limit by account; in this order, before any handler."""

import hmac
from typing import TypeVar

from tradewind.ports.errors import PortError
from tradewind.ports.world import World
from tradewind.runtime.vault import Unopenable
from tradewind.services.gateway.access import Need, check_address, check_permission, client_address, forbidden, limited_address
from tradewind.services.gateway.asked import Asked, read
from tradewind.services.gateway.call import Call, Raw
from tradewind.services.gateway.keys import Keys, LiveKey
from tradewind.services.gateway.limits import RateLimits, Standing
from tradewind.services.gateway.nonces import Nonces
from tradewind.services.gateway.options import Options
from tradewind.services.gateway.problems import unavailable
from tradewind.services.gateway.route import Door, Route
from tradewind.services.gateway.signature import canonical, command_id, is_right, is_timely, signed_of, unauthorized
from tradewind.services.gateway.strict import parse_fields

_NOT_RIGHT = "the key is unknown or the signature is wrong"  # one text, so that nobody can find out which keys exist


A = TypeVar("A", bound=Asked)


def _asked(route: Route[A] | Door[A], raw: Raw) -> A:
    return read(route.asks, parse_fields(raw.query, raw.headers.get(b"content-type", b""), raw.body))


def orders_in(route: Route[A], asked: A) -> int:
    """How many orders a call of `route` places."""
    lists = (len(getattr(asked, name)) for name in route.items)
    return route.orders * max(lists, default=1)


class Gate:
    def __init__(self, world: World, keys: Keys, options: Options) -> None:
        self.nonces = Nonces(world.bus, world.clock)
        self.limits = RateLimits(
            world.clock,
            options.address_weight_1m,
            options.account_weight_1m,
            options.orders_10s,
            options.orders_1d,
            options.ban_after,
        )
        self._clock = world.clock
        self._keys = keys
        self._options = options

    async def admit(self, route: Route[A] | Door[A], raw: Raw, request_id: str, standing: Standing) -> Call[A]:
        """`standing` is filled in as far as it comes. Raises Problem."""
        need = route.need
        if need is Need.PUBLIC:
            self.arrive(raw, route.weight, standing)
            return Call(request_id, 0, 0, b"", _asked(route, raw))
        if need is Need.OPERATOR:
            raise forbidden("not on this listener")
        key, effect = await self.identify(raw, route.weight, standing, write=need is not Need.READ)
        check_permission(need, key.permissions)
        self.limits.admitted(key.account, route.weight, standing)
        asked = _asked(route, raw)
        if isinstance(route, Route) and route.orders:
            self.limits.ordered(key.account, orders_in(route, asked), standing)
        return Call(request_id, key.account, key.permissions, effect, asked)

    def arrive(self, raw: Raw, weight: int, standing: Standing) -> str:
        """The address that asks. Raises Problem when it has asked too much."""
        address = client_address(raw.peer, raw.headers.get(b"x-forwarded-for", b""), self._options.proxies)
        self.limits.arrived(limited_address(address), weight, standing)
        return address

    def charge(self, route: Route[A], account: int, asked: A, standing: Standing) -> None:
        """Of a caller who has signed already, as on a socket. Raises Problem when it was too much."""
        self.limits.admitted(account, route.weight, standing)
        if route.orders:
            self.limits.ordered(account, orders_in(route, asked), standing)

    async def identify(self, raw: Raw, weight: int, standing: Standing, *, write: bool = False) -> tuple[LiveKey, bytes]:
        """The key that signed `raw`, and the id of the write that it may be. Raises Problem."""
        address = self.arrive(raw, weight, standing)
        signed = signed_of(raw.headers)
        now = self._clock.now()
        if not is_timely(signed, now):
            raise unauthorized("STALE_TIMESTAMP", "X-API-TIMESTAMP is more than 30 s away from our clock")
        key = await self.key(signed.api_key)
        message = canonical(signed, raw.method, raw.path, raw.query, raw.body)
        if key is None or not is_right(key.secret, message, signed.signature):
            raise unauthorized("BAD_SIGNATURE", _NOT_RIGHT)
        self.check_key(key, address)
        await self.nonces.burn(signed.api_key, signed.nonce, shared=not write)
        return key, command_id(signed.api_key, signed.nonce)

    async def key(self, api_key: str) -> LiveKey | None:
        """Raises Problem when it cannot be known whether there is such a key."""
        try:
            return await self._keys.get(api_key)
        except (PortError, Unopenable):
            raise unavailable("keys cannot be looked up now") from None

    def check_key(self, key: LiveKey, address: str) -> None:
        """To be called when the signature is right, before the nonce is burned. Raises Problem."""
        if key.expires_at and self._clock.now() >= key.expires_at:
            raise unauthorized("KEY_EXPIRED", "this key has expired")
        self.vouch()
        check_address(address, key.ip_allow)

    def vouch(self) -> None:
        """Raises Problem when a key may have been revoked without our knowing."""
        if not self._keys.vouched():
            raise unavailable("whether keys still stand cannot be known now; nothing was done")


class OperatorGate:
    """The operators' listener: one token, compared in constant time on bytes."""

    def __init__(self, token: bytes) -> None:
        assert token, "an empty token would let everybody in"
        self._token = token

    async def admit(self, route: Route[A], raw: Raw, request_id: str, _standing: Standing) -> Call[A]:
        """Raises Problem."""
        need = route.need
        if need is Need.OPERATOR:
            bearer = raw.headers.get(b"authorization", b"").removeprefix(b"Bearer ")
            given = raw.headers.get(b"x-admin-token", bearer)
            if not hmac.compare_digest(given, self._token):
                raise unauthorized("NOT_AN_OPERATOR", "the operator's token is required")
        elif need is not Need.PUBLIC:
            raise forbidden("not on this listener")
        return Call(request_id, 0, 0, b"", _asked(route, raw))

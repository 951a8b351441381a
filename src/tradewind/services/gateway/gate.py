"""The gate: limit by address, signature, nonce, permission, limit by account; in this order, before any handler."""

import hmac
from typing import TypeVar

from tradewind.ports.errors import PortError
from tradewind.ports.world import World
from tradewind.runtime.vault import Unopenable
from tradewind.services.gateway.access import Need, check_address, check_permission, client_address, forbidden
from tradewind.services.gateway.asked import Asked, read
from tradewind.services.gateway.call import Call, Raw
from tradewind.services.gateway.keys import Keys, LiveKey
from tradewind.services.gateway.limits import Buckets
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


class Gate:
    def __init__(self, world: World, keys: Keys, options: Options) -> None:
        self.nonces = Nonces(world.bus, world.clock)
        self._clock = world.clock
        self._keys = keys
        self._options = options
        self._addresses = Buckets(options.address_rate, options.address_burst)
        self._accounts = Buckets(options.account_rate, options.account_burst)

    async def admit(self, route: Route[A] | Door[A], raw: Raw, request_id: str) -> Call[A]:
        """Raises Problem."""
        need = route.need
        if need is Need.PUBLIC:
            self._addresses.take(self._address_of(raw), self._clock.now())
            return Call(request_id, 0, 0, b"", _asked(route, raw))
        if need is Need.OPERATOR:
            raise forbidden("not on this listener")
        key, effect = await self.identify(raw, write=need is Need.TRADE)
        check_permission(need, key.permissions)
        self.limit(key.account)
        return Call(request_id, key.account, key.permissions, effect, _asked(route, raw))

    async def identify(self, raw: Raw, *, write: bool = False) -> tuple[LiveKey, bytes]:
        """The key that signed `raw`, and the id of the write that it may be. Raises Problem."""
        address = self._address_of(raw)
        self._addresses.take(address, self._clock.now())
        signed = signed_of(raw.headers)
        now = self._clock.now()
        if not is_timely(signed, now):
            raise unauthorized("STALE_TIMESTAMP", "X-API-TIMESTAMP is more than 30 s away from our clock")
        try:
            key = await self._keys.get(signed.api_key)
        except (PortError, Unopenable):
            raise unavailable("keys cannot be looked up now") from None
        message = canonical(signed, raw.method, raw.path, raw.query, raw.body)
        if key is None or not is_right(key.secret, message, signed.signature):
            raise unauthorized("BAD_SIGNATURE", _NOT_RIGHT)
        if key.expires_at and now >= key.expires_at:
            raise unauthorized("KEY_EXPIRED", "this key has expired")
        self.vouch()
        check_address(address, key.ip_allow)
        await self.nonces.burn(signed.api_key, signed.nonce, shared=not write)
        return key, command_id(signed.api_key, signed.nonce)

    def vouch(self) -> None:
        """Raises Problem when a key may have been revoked without our knowing."""
        if not self._keys.vouched():
            raise unavailable("whether keys still stand cannot be known now; nothing was done")

    def limit(self, account: int) -> None:
        """One account has one bucket, over however many addresses and sockets it comes. Raises Problem."""
        self._accounts.take(account, self._clock.now())

    def _address_of(self, raw: Raw) -> str:
        return client_address(raw.peer, raw.headers.get(b"x-forwarded-for", b""), self._options.proxies)


class OperatorGate:
    """The operators' listener: one token, compared in constant time on bytes."""

    def __init__(self, token: bytes) -> None:
        assert token, "an empty token would let everybody in"
        self._token = token

    async def admit(self, route: Route[A], raw: Raw, request_id: str) -> Call[A]:
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

"""What one connection of /ws-api/v3 remembers: who has logged on, and its subscriptions to user data streams."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeVar

from tradewind.services.gateway.access import Need
from tradewind.services.gateway.asked import Asked
from tradewind.services.gateway.call import Call, Raw, encode_json
from tradewind.services.gateway.compat import asks
from tradewind.services.gateway.compat.answers import Listed, Shown
from tradewind.services.gateway.compat.faults import fault
from tradewind.services.gateway.compat.user_streams import UserStream
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.keys import LiveKey
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.session import POLICY, Session
from tradewind.services.gateway.shapes import ms

A = TypeVar("A", bound=Asked)
SUBSCRIPTIONS_MAX = 10
NAME_BYTES = 16


@dataclass(frozen=True, slots=True)
class SessionCall(Call[A]):
    """A call about the session itself, by who has signed it, if it needs a signature."""

    key: LiveKey | None
    state: "ApiSession"


class ApiSession:
    """`raw` is the upgrade: its address is charged for every request."""

    def __init__(self, gateway: Gateway, raw: Raw, session: Session) -> None:
        self.raw = raw
        self.logged_on: LiveKey | None = None
        self.since = ms(gateway.world.clock.now())
        self.authorized_since = 0
        self.streams: dict[int, UserStream] = {}
        self._gateway = gateway
        self._session = session
        self._name = gateway.world.entropy.token(NAME_BYTES)
        self._count = 0
        self._next_stream = 0
        self._keys: dict[str, None] = {}

    def next_id(self) -> bytes:
        """The name of the next request's effect: nobody else's is ever the same."""
        self._count += 1
        return blake2b(self._name + self._count.to_bytes(8, "big"), digest_size=16).digest()

    def call(self, request_id: str, key: LiveKey | None, asked: Any) -> SessionCall[Any]:
        account, permissions = (key.account, key.permissions) if key else (0, 0)
        return SessionCall(request_id, account, permissions, b"", asked, key, self)

    def hold(self, key: LiveKey) -> None:
        """The session lives on this key now: it ends when the key is revoked."""
        if key.api_key not in self._keys:
            self._keys[key.api_key] = None
            self._gateway.keys.attach(key.api_key, self._revoked)

    def _revoked(self) -> None:
        self._session.end(POLICY, "the key has been revoked")

    async def subscribe(self, key: LiveKey) -> int:
        """The subscription's id. Raises Problem."""
        if len(self.streams) >= SUBSCRIPTIONS_MAX:
            raise fault(-1034, "Too many subscriptions on this connection.")
        self.hold(key)
        number, self._next_stream = self._next_stream, self._next_stream + 1

        def say(event: dict[str, Any]) -> None:
            self._session.offer(encode_json({"subscriptionId": number, "event": event}).decode())

        stream = self.streams[number] = UserStream(self._gateway, key.account, say)
        try:
            await stream.begin()
        except BaseException:
            self.unsubscribe(number)
            raise
        return number

    def unsubscribe(self, number: int) -> None:
        stream = self.streams.pop(number, None)
        if stream is not None:
            stream.leave()

    def status(self) -> dict[str, Any]:
        key = self.logged_on
        return {
            "apiKey": key.api_key if key else None,
            "authorizedSince": self.authorized_since if key else None,
            "connectedSince": self.since,
            "returnRateLimits": False,
            "serverTime": ms(self._gateway.world.clock.now()),
            "userDataStream": bool(self.streams),
        }

    def leave(self) -> None:
        for number in list(self.streams):
            self.unsubscribe(number)
        for api_key in self._keys:
            self._gateway.keys.detach(api_key, self._revoked)


class Unsubscribes(Asked, frozen=True):
    """Without an id: all of them."""

    subscription_id: asks.FromId | None = None


async def _logon(gateway: Gateway, call: SessionCall[Any]) -> Any:
    assert call.key is not None, call
    call.state.hold(call.key)
    call.state.logged_on = call.key
    call.state.authorized_since = ms(gateway.world.clock.now())
    return call.state.status()


async def _status(_gateway: Gateway, call: SessionCall[Any]) -> Any:
    return call.state.status()


async def _logout(_gateway: Gateway, call: SessionCall[Any]) -> Any:
    call.state.logged_on = None
    return call.state.status()


async def _subscribe(_gateway: Gateway, call: SessionCall[Any]) -> Any:
    assert call.key is not None, call
    return {"subscriptionId": await call.state.subscribe(call.key)}


async def _unsubscribe(_gateway: Gateway, call: SessionCall[Unsubscribes]) -> Any:
    number = call.asked.subscription_id
    for one in list(call.state.streams) if number is None else [number]:
        call.state.unsubscribe(one)
    return {}


async def _subscriptions(_gateway: Gateway, call: SessionCall[Any]) -> Any:
    return [{"subscriptionId": number} for number in call.state.streams]


def _signed(name: str, handler: Any, summary: str) -> Route[Any]:
    return Route("WSAPI", name, handler, Need.READ, 2, asks.NoQuestion, Shown, summary)


def _bare(name: str, handler: Any, summary: str, asked: type[Asked] = asks.NoQuestion, answers: Any = Shown) -> Route[Any]:
    """About this connection alone: nobody else could ask it."""
    return Route("WSAPI", name, handler, Need.PUBLIC, 2, asked, answers, summary)


_METHODS = (
    _signed("session.logon", _logon, "From now on requests need no signature"),
    _bare("session.status", _status, "Who has logged on"),
    _bare("session.logout", _logout, "From now on requests need signatures again"),
    _bare("session.subscriptions", _subscriptions, "The user data streams of this connection", answers=Listed),
    _signed("userDataStream.subscribe", _subscribe, "The stream of who has logged on"),
    _signed("userDataStream.subscribe.signature", _subscribe, "The stream of who has signed this"),
    _bare("userDataStream.unsubscribe", _unsubscribe, "No stream any more", Unsubscribes),
)
SESSION: Mapping[str, Route[Any]] = {route.path: route for route in _METHODS}
KEY_METHODS = frozenset(("userDataStream.start", "userDataStream.ping", "userDataStream.stop"))

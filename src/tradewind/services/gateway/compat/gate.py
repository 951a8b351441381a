"""The compatible surface's gate: limit by address, times, key, signature, permission, limit by account; in this order."""

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from tradewind.services.gateway.access import Need, check_permission
from tradewind.services.gateway.asked import Asked, read
from tradewind.services.gateway.call import Call, Raw
from tradewind.services.gateway.compat.faults import fault
from tradewind.services.gateway.compat.signature import (
    RECV_WINDOW_MS_MAX,
    Signed,
    check_time,
    command_id,
    is_right,
    key_of,
    refused_key,
    signed_of,
)
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.keys import LiveKey
from tradewind.services.gateway.limits import Standing
from tradewind.services.gateway.problems import refused
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.strict import parse_form
from tradewind.values.refusals import Refusal

A = TypeVar("A", bound=Asked)
SIGNATURES_MAX = 100_000
KEEP_NS = 2 * RECV_WINDOW_MS_MAX * 1_000_000
NOT_ASKED = ("timestamp", "recvWindow", "signature", "apiKey", "returnRateLimits")
# Answered to whoever has a key, without a signature: as Binance does it.
KEY_ONLY = frozenset(("/api/v3/userDataStream", "/api/v1/userDataStream"))


@dataclass(frozen=True, slots=True)
class KeyCall(Call[A]):
    """Of somebody who has shown a key, and signed nothing."""

    api_key: str


class Signatory(NamedTuple):
    """Who has signed, and the id of the write that it may be."""

    key: LiveKey
    effect: bytes


class Signatures:
    """Those that have been seen, for as long as they could be sent again."""

    def __init__(self, limit: int = SIGNATURES_MAX) -> None:
        self._until: dict[bytes, int] = {}  # in order of arrival, so the oldest stand first
        self._limit = limit

    def note(self, effect: bytes, now_ns: int, *, write: bool) -> None:
        """A read may come again, as a read. Raises Problem when a write's signature has been seen."""
        while self._until and (oldest := next(iter(self._until.items())))[1] <= now_ns:
            del self._until[oldest[0]]
        if write and effect in self._until:
            raise refused(Refusal.REPLAYED_REQUEST)
        self._until.setdefault(effect, now_ns + KEEP_NS)
        if len(self._until) > self._limit:
            del self._until[next(iter(self._until))]  # of a write the machine knows it as well


class CompatGate:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._signatures = Signatures()

    async def admit(self, route: Route[A], raw: Raw, request_id: str, standing: Standing) -> Call[A]:
        """`standing` is filled in as far as it comes. Raises Problem."""
        gate = self._gateway.gate
        address = gate.arrive(raw, route.weight, standing)
        if route.need is Need.PUBLIC:
            return Call(request_id, 0, 0, b"", asked_of(route, _fields(raw)))
        api_key = raw.headers.get(b"x-mbx-apikey", b"")
        if route.path in KEY_ONLY:
            key = await self.live(key_of(api_key), address)
            return self.key_call(route, key, _fields(raw), request_id, standing)
        signed = signed_of(api_key, raw.query, raw.body)
        key, effect = await self.signatory(signed, address, signed.payload, write=route.need is not Need.READ)
        check_permission(route.need, key.permissions)
        asked = asked_of(route, _fields(raw))
        gate.charge(route, key.account, asked, standing)
        return Call(request_id, key.account, key.permissions, effect, asked)

    def key_call(
        self, route: Route[A], key: LiveKey, fields: dict[str, Any], request_id: str, standing: Standing
    ) -> KeyCall[A]:
        """Raises Problem."""
        check_permission(route.need, key.permissions)
        asked = asked_of(route, fields)
        self._gateway.gate.charge(route, key.account, asked, standing)
        return KeyCall(request_id, key.account, key.permissions, b"", asked, key.api_key)

    async def signatory(self, signed: Signed, address: str, *payloads: bytes, write: bool) -> Signatory:
        """The signature must be over one of `payloads`. Raises Problem."""
        now = self._gateway.world.clock.now()
        check_time(signed, now)
        key = await self._gateway.gate.key(signed.api_key)
        made = None if key is None else is_right(key.secret, *payloads, signature=signed.signature)
        if key is None or made is None:  # one answer, so that nobody can find out which keys exist
            raise fault(-1022, "Signature for this request is not valid.")
        self._gateway.gate.check_key(key, address)
        effect = command_id(signed.api_key, signed.timestamp, made)
        self._signatures.note(effect, now, write=write)
        return Signatory(key, effect)

    async def live(self, api_key: str, address: str) -> LiveKey:
        """A key that may be used from `address`, whoever shows it. Raises Problem."""
        key = await self._gateway.gate.key(api_key)
        if key is None:
            raise refused_key()
        self._gateway.gate.check_key(key, address)
        return key


def _fields(raw: Raw) -> dict[str, Any]:
    """Wherever they stand: clients differ. One that stands in both places is refused. Raises Problem."""
    fields, more = parse_form(raw.query), parse_form(raw.body)
    if fields.keys() & more.keys():
        raise fault(-1101, "Too many parameters; a parameter was sent twice.")
    return fields | more


def asked_of(route: Route[A], fields: dict[str, Any]) -> A:
    """Raises Problem."""
    for name in NOT_ASKED:
        fields.pop(name, None)
    return read(route.asks, fields)

"""User data streams by listen key: their keys over REST, the stream itself at /ws/<listenKey>."""

from collections.abc import Callable
from typing import Any

import trio
from quart import Websocket, websocket
from quart_trio import QuartTrio

from tradewind.services.gateway.access import Need, check_permission
from tradewind.services.gateway.call import Call, encode_json, raw_of
from tradewind.services.gateway.compat import asks
from tradewind.services.gateway.compat.faults import missing
from tradewind.services.gateway.compat.gate import CompatGate, KeyCall
from tradewind.services.gateway.compat.listen_keys import CHARACTERS_MIN, ListenKeys, no_such_key
from tradewind.services.gateway.compat.serve import fault_answer
from tradewind.services.gateway.compat.user_streams import UserStream
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.keys import LiveKey
from tradewind.services.gateway.limits import Standing
from tradewind.services.gateway.problems import Problem, unavailable
from tradewind.services.gateway.respond import request_id_of
from tradewind.services.gateway.route import Door
from tradewind.services.gateway.session import POLICY, TRY_AGAIN_LATER, Session

PATH = f"/ws/<string(minlength={CHARACTERS_MIN}):listen_key>"
DOOR = Door(PATH, Need.READ, 2, asks.NoQuestion, "A user data stream, named by its listen key")
LIVES_S = 24 * 3_600


async def start(gateway: Gateway, call: Call[asks.ListenKeyAsked]) -> Any:
    return {"listenKey": gateway.listen_keys.make(_key(call))}


async def keep(gateway: Gateway, call: Call[asks.ListenKeyAsked]) -> Any:
    _own(gateway.listen_keys, call)
    return {}


async def close(gateway: Gateway, call: Call[asks.ListenKeyAsked]) -> Any:
    _own(gateway.listen_keys, call)
    gateway.listen_keys.close(call.asked.listen_key)
    return {}


def _key(call: Call[Any]) -> str:
    assert isinstance(call, KeyCall), call  # the gate sees to it
    return call.api_key


def _own(keys: ListenKeys, call: Call[asks.ListenKeyAsked]) -> None:
    """Raises Fault."""
    if not call.asked.listen_key:
        raise missing("listenKey")
    if keys.owner(call.asked.listen_key) != _key(call):
        raise no_such_key()


async def serve(gateway: Gateway, key: LiveKey, listen_key: str, peer: Websocket) -> None:
    """Until the peer goes, the key is closed or revoked, or a day has passed."""
    session = Session(peer, gateway.options.frames_max)
    stream = UserStream(gateway, key.account, lambda event: session.offer(encode_json(event).decode()))

    def closed() -> None:
        session.offer(encode_json({"e": "listenKeyExpired", "listenKey": listen_key}).decode())
        session.end(POLICY, "the key does not stand any more")

    async def hear(_message: str | bytes) -> None:
        """A stream says, and hears nothing."""

    gateway.keys.attach(key.api_key, closed)
    gateway.listen_keys.attach(listen_key, closed)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_end_after_a_day, closed)
            try:
                await stream.begin()
            except Problem as problem:
                session.end(TRY_AGAIN_LATER, problem.message)
            await session.run(hear)
            nursery.cancel_scope.cancel()
    finally:
        stream.leave()
        gateway.listen_keys.detach(listen_key, closed)
        gateway.keys.detach(key.api_key, closed)


async def _end_after_a_day(closed: Callable[[], None]) -> None:
    await trio.sleep(LIVES_S)
    closed()


def add(app: QuartTrio, gateway: Gateway, gate: CompatGate) -> None:
    async def view(listen_key: str) -> Any:
        peer: Websocket = websocket._get_current_object()  # type: ignore[attr-defined]
        raw = raw_of(peer.scope, b"")
        request_id, standing = request_id_of(raw.headers, gateway.world.entropy), Standing()
        try:
            if not gateway.loaded:
                raise unavailable("starting")
            address = gateway.gate.arrive(raw, DOOR.weight, standing)
            key = await gate.live(gateway.listen_keys.owner(listen_key), address)
            check_permission(DOOR.need, key.permissions)
        except Problem as problem:
            return fault_answer(problem, request_id, standing.mbx_headers()).response()
        await peer.accept()
        await serve(gateway, key, listen_key, peer)
        return None

    app.add_websocket(PATH, endpoint=PATH, view_func=view)

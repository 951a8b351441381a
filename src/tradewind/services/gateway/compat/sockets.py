"""The compatible surface's WebSockets: /ws-api/v3, and user data streams by listen key."""

from typing import Any

import trio
from quart import Websocket, websocket
from quart_trio import QuartTrio

from tradewind.services.gateway.access import Need
from tradewind.services.gateway.call import raw_of
from tradewind.services.gateway.compat import asks, streams
from tradewind.services.gateway.compat.gate import CompatGate
from tradewind.services.gateway.compat.serve import fault_answer
from tradewind.services.gateway.compat.wsapi import Requests
from tradewind.services.gateway.compat.wsapi_session import ApiSession
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.limits import Standing
from tradewind.services.gateway.problems import Problem, unavailable
from tradewind.services.gateway.respond import request_id_of
from tradewind.services.gateway.route import Door
from tradewind.services.gateway.session import Session

PATH = "/ws-api/v3"
DOOR = Door(PATH, Need.PUBLIC, 2, asks.NoQuestion, "Requests of the compatible surface, and user data streams")
DOORS: tuple[Door[Any], ...] = (DOOR, streams.DOOR)


def add(app: QuartTrio, gateway: Gateway, gate: CompatGate) -> None:
    async def view() -> Any:
        peer: Websocket = websocket._get_current_object()  # type: ignore[attr-defined]
        raw = raw_of(peer.scope, b"")
        request_id, standing = request_id_of(raw.headers, gateway.world.entropy), Standing()
        try:
            if not gateway.loaded:
                raise unavailable("starting")
            gateway.gate.arrive(raw, DOOR.weight, standing)
        except Problem as problem:
            return fault_answer(problem, request_id, standing.mbx_headers()).response()
        await peer.accept()
        session = Session(peer, gateway.options.frames_max)
        state = ApiSession(gateway, raw, session)
        try:
            async with trio.open_nursery() as nursery:
                await session.run(Requests(gateway, gate, session, state, nursery).hear)
                nursery.cancel_scope.cancel()
        finally:
            state.leave()
        return None

    app.add_websocket(PATH, endpoint=PATH, view_func=view)
    streams.add(app, gateway, gate)

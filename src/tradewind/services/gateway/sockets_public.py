"""Public market data through the gateway's ordinary listener (public_door.py says where, public_peer.py in which words).

Each update is made once for all who hear it. Who does not keep up is closed with 1013 and begins with a snapshot again.
"""

from typing import Any

from quart import Websocket, websocket
from quart_trio import QuartTrio

from tradewind.services.gateway.call import raw_of
from tradewind.services.gateway.frames import Frame
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.limits import Standing
from tradewind.services.gateway.problems import Problem
from tradewind.services.gateway.public_door import DOORS, enter
from tradewind.services.gateway.respond import problem_response, request_id_of
from tradewind.services.gateway.session import Session


class QuartOutlet:
    """A session of this listener as everybody's way to a peer."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def offer(self, frame: Frame) -> None:
        self._session.offer(frame.text)

    def end(self, code: int, reason: str) -> None:
        self._session.end(code, reason)


def add(app: QuartTrio, gateway: Gateway) -> None:
    async def view(**_streams: str) -> Any:
        peer: Websocket = websocket._get_current_object()  # type: ignore[attr-defined]
        raw = raw_of(peer.scope, b"")
        request_id, standing = request_id_of(raw.headers, gateway.world.entropy), Standing()
        try:
            entrance = await enter(gateway, raw, request_id, standing)
        except Problem as problem:
            return problem_response(problem, request_id, standing.headers())
        try:
            await peer.accept()
            session = Session(peer, gateway.options.frames_max)
            public = entrance.peer(QuartOutlet(session))

            async def hear(message: str | bytes) -> None:
                public.hear(message)

            try:
                await session.run(hear)
            finally:
                public.leave()
        finally:
            entrance.leave()
        return None

    for door in DOORS:
        app.add_websocket(door.path, endpoint=door.path, view_func=view)

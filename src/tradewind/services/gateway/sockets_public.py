"""`/ws`: public market data.

Client: {"op": "subscribe" | "unsubscribe", "channel": "market.<SYMBOL>.(book|trades)"} or {"op": "ping"}.
We: {"type": "subscribed", "channel"}, then {"type": "snapshot", "channel", "seq", "ts", "data"}, then deltas
{"channel", "prevSeq", "seq", "ts", "data"}, contiguous. Mistakes are answered by {"type": "error", "code", "message"} and leave
the connection and its subscriptions as they were. Who does not keep up is closed with 1013 and begins with a snapshot again.
"""

from typing import Any

from quart import Websocket, websocket
from quart_trio import QuartTrio

from tradewind.services.gateway.access import Need, check_origin
from tradewind.services.gateway.asked import Nothing
from tradewind.services.gateway.call import encode_json, raw_of
from tradewind.services.gateway.channels import channel_of
from tradewind.services.gateway.fields import Fields
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.limits import Standing
from tradewind.services.gateway.problems import Problem, unavailable
from tradewind.services.gateway.respond import problem_response, request_id_of
from tradewind.services.gateway.route import Door
from tradewind.services.gateway.session import Session
from tradewind.services.gateway.strict import parse_json

PATH = "/ws"
DOOR = Door(PATH, Need.PUBLIC, 2, Nothing, "Public market data")


class PublicPeer:
    """One socket and what it has subscribed to."""

    def __init__(self, gateway: Gateway, session: Session) -> None:
        self._gateway = gateway
        self._session = session
        self._channels: dict[str, None] = {}

    async def hear(self, message: str | bytes) -> None:
        try:
            fields = Fields(parse_json(message.encode() if isinstance(message, str) else message))
            self._obey(fields)
        except Problem as problem:
            self._say({"type": "error", **problem.body()})

    def _say(self, shown: Any) -> None:
        self._session.offer(encode_json(shown).decode())

    def _obey(self, fields: Fields) -> None:
        op = fields.word("op", ("subscribe", "unsubscribe", "ping"))
        if op == "ping":
            fields.done()
            self._say({"type": "pong"})
            return
        channel = fields.text("channel")
        fields.done()
        symbol, kind = channel_of(channel, self._gateway.catalogue)
        if op == "unsubscribe":
            if channel not in self._channels:
                raise Problem(400, "NOT_SUBSCRIBED", f"not subscribed to {channel}")
            del self._channels[channel]
            self._gateway.channels.unsubscribe(channel, self._session)
            self._say({"type": "unsubscribed", "channel": channel})
            return
        if channel in self._channels:
            raise Problem(400, "ALREADY_SUBSCRIBED", f"already subscribed to {channel}")
        if len(self._channels) >= self._gateway.options.subscriptions_max:
            raise Problem(400, "TOO_MANY_SUBSCRIPTIONS", f"at most {self._gateway.options.subscriptions_max} channels")
        self._channels[channel] = None
        self._say({"type": "subscribed", "channel": channel})
        self._gateway.channels.subscribe(channel, self._gateway.mirror.market(symbol), kind, self._session)

    def leave(self) -> None:
        for channel in self._channels:
            self._gateway.channels.unsubscribe(channel, self._session)


def add(app: QuartTrio, gateway: Gateway) -> None:
    async def view() -> Any:
        peer: Websocket = websocket._get_current_object()  # type: ignore[attr-defined]
        raw = raw_of(peer.scope, b"")
        request_id, standing = request_id_of(raw.headers, gateway.world.entropy), Standing()
        try:
            if not gateway.loaded:
                raise unavailable("starting")
            check_origin(raw.headers.get(b"origin"), gateway.options.origins)
            await gateway.gate.admit(DOOR, raw, request_id, standing)
        except Problem as problem:
            return problem_response(problem, request_id, standing.headers())
        await peer.accept()
        session = Session(peer, gateway.options.frames_max)
        public = PublicPeer(gateway, session)
        try:
            await session.run(public.hear)
        finally:
            public.leave()
        return None

    app.add_websocket(PATH, endpoint=PATH, view_func=view)

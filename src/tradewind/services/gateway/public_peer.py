"""One public socket: what its client asks for, in either dialect, whichever server it came through.

Ours: {"op": "subscribe" | "unsubscribe", "channel"} or {"op": "ping"}; answered by {"type": "subscribed" | "unsubscribed" |
"pong"} or {"type": "error", "code", "message"}. Binance's: {"method": "SUBSCRIBE" | "UNSUBSCRIBE" | "LIST_SUBSCRIPTIONS",
"params", "id"}; answered by {"result", "id"} or {"error": {"code", "msg"}, "id"}. A mistake leaves the connection and its
subscriptions as they were.
"""

from collections.abc import Sequence
from typing import Any

import trio

from tradewind.services.gateway.channels import Channels
from tradewind.services.gateway.fields import Fields
from tradewind.services.gateway.frames import Outlet, frame
from tradewind.services.gateway.options import Options
from tradewind.services.gateway.problems import Problem, bad
from tradewind.services.gateway.strict import parse_json
from tradewind.services.gateway.visitors import Pace

POLICY = 1008
INVALID_REQUEST = 2  # Binance's number for it
METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS")


class PublicPeer:
    """`wrapped`: Binance's combined streams, whose frames name their stream."""

    def __init__(self, channels: Channels, options: Options, outlet: Outlet, pace: Pace, *, wrapped: bool = False) -> None:
        self._hub = channels
        self._options = options
        self._outlet = outlet
        self._pace = pace
        self._wrapped = wrapped
        self._channels: dict[str, None] = {}

    def begin(self, streams: Sequence[str]) -> None:
        """Subscribe to what the address of the socket named. Raises Problem."""
        self._subscribe_all(streams)

    def hear(self, message: str | bytes) -> None:
        if not self._pace.allows(trio.current_time()):
            self._outlet.end(POLICY, "too many messages")
            return
        try:
            asked = parse_json(message.encode() if isinstance(message, str) else message)
        except Problem as problem:
            self._say({"type": "error", **problem.body()})
            return
        if "method" in asked:
            self._hear_compatible(asked)
            return
        try:
            self._obey(Fields(asked))
        except Problem as problem:
            self._say({"type": "error", **problem.body()})

    def leave(self) -> None:
        """It has gone, or is about to: nothing is offered to it any more."""
        for channel in self._channels:
            self._hub.unsubscribe(channel, self._outlet)
        self._channels.clear()

    def _say(self, shown: Any) -> None:
        self._outlet.offer(frame(shown))

    def _obey(self, fields: Fields) -> None:
        op = fields.word("op", ("subscribe", "unsubscribe", "ping"))
        if op == "ping":
            fields.done()
            self._say({"type": "pong"})
            return
        channel = fields.text("channel")
        fields.done()
        self._hub.check(channel)
        if op == "unsubscribe":
            if channel not in self._channels:
                raise Problem(400, "NOT_SUBSCRIBED", f"not subscribed to {channel}")
            self._unsubscribe(channel)
            self._say({"type": "unsubscribed", "channel": channel})
            return
        if channel in self._channels:
            raise Problem(400, "ALREADY_SUBSCRIBED", f"already subscribed to {channel}")
        self._check_room(1)
        self._say({"type": "subscribed", "channel": channel})
        self._subscribe(channel, wrapped=False)

    def _hear_compatible(self, asked: dict[str, Any]) -> None:
        request_id = asked.pop("id", None)
        known = request_id if isinstance(request_id, int | str | None) and not isinstance(request_id, bool) else None
        try:
            self._say({"result": self._obey_compatible(asked), "id": known})
        except Problem as problem:
            self._say({"error": {"code": INVALID_REQUEST, "msg": f"Invalid request: {problem.message}"}, "id": known})
            return
        if asked["method"] == "SUBSCRIBE":
            self._subscribe_all(asked["params"])

    def _obey_compatible(self, asked: dict[str, Any]) -> Any:
        """The result. Raises Problem; what is subscribed to is only checked here, since the result goes out before it."""
        method = asked["method"]
        unknown = asked.keys() - {"method", "params"}
        if unknown:
            raise bad(f"unknown field {min(unknown)[:64]!a}")
        if method not in METHODS:
            raise bad(f"method must be one of {', '.join(METHODS)}")
        if method == "LIST_SUBSCRIPTIONS":
            return list(self._channels)
        streams = asked.get("params")
        if not isinstance(streams, list) or not streams or not all(isinstance(name, str) for name in streams):
            raise bad("params must be a list of streams")
        if method == "UNSUBSCRIBE":
            for name in dict.fromkeys(streams):
                if name in self._channels:  # of what it has not, it is rid already
                    self._unsubscribe(name)
            return None
        self._check(streams)
        return None

    def _check(self, streams: Sequence[str]) -> list[str]:
        """Those of `streams` that are new. Raises Problem when one is none, or all of them are too many."""
        fresh = [name for name in dict.fromkeys(streams) if name not in self._channels]
        self._check_room(len(fresh))
        for name in fresh:
            self._hub.check(name)
        return fresh

    def _check_room(self, more: int) -> None:
        if len(self._channels) + more > self._options.subscriptions_max:
            raise Problem(400, "TOO_MANY_SUBSCRIPTIONS", f"at most {self._options.subscriptions_max} channels")

    def _subscribe_all(self, streams: Sequence[str]) -> None:
        for name in self._check(streams):
            self._subscribe(name, wrapped=self._wrapped)

    def _subscribe(self, channel: str, *, wrapped: bool) -> None:
        self._hub.subscribe(channel, self._outlet, wrapped=wrapped)
        self._channels[channel] = None

    def _unsubscribe(self, channel: str) -> None:
        del self._channels[channel]
        self._hub.unsubscribe(channel, self._outlet)

"""The way in to public market data, for whichever server: everything that is refused is refused before the upgrade.

/ws                       nothing yet, either dialect        /ws/<stream>[/<stream>...]   Binance's raw streams
/stream[?streams=a/b]     Binance's combined streams         /ws/<digits>                 nothing yet (ccxt numbers its sockets)
"""

import re
from typing import NamedTuple
from urllib.parse import unquote

import trio

from tradewind.services.gateway.access import Need, check_origin, client_address, limited_address
from tradewind.services.gateway.asked import Asked, Nothing
from tradewind.services.gateway.call import Raw
from tradewind.services.gateway.channels import Channels
from tradewind.services.gateway.frames import Outlet
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.limits import Standing
from tradewind.services.gateway.problems import Problem, unavailable
from tradewind.services.gateway.public_peer import PublicPeer
from tradewind.services.gateway.route import Door
from tradewind.services.gateway.visitors import Pace

NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


class StreamsAsked(Asked, frozen=True):
    """`streams`: names, separated by slashes."""

    streams: str = ""


NATIVE = Door("/ws", Need.PUBLIC, 2, Nothing, "Public market data")
RAW = Door("/ws/<path:streams>", Need.PUBLIC, 2, Nothing, "Public market data: Binance's raw streams")
COMBINED = Door("/stream", Need.PUBLIC, 2, StreamsAsked, "Public market data: Binance's combined streams")
DOORS = (NATIVE, RAW, COMBINED)


class Entrance(NamedTuple):
    """Somebody who may come in. Whoever has one must `leave` it."""

    gateway: Gateway
    address: str
    streams: list[str]
    wrapped: bool

    def peer(self, outlet: Outlet) -> PublicPeer:
        """With what its address asked for: to be called once the upgrade is answered."""
        options = self.gateway.options
        pace = Pace(options.messages_rate, options.messages_burst, trio.current_time())
        peer = PublicPeer(self.gateway.channels, options, outlet, pace, wrapped=self.wrapped)
        peer.begin(self.streams)
        return peer

    def leave(self) -> None:
        self.gateway.visitors.leave(self.address)


async def enter(gateway: Gateway, raw: Raw, request_id: str, standing: Standing) -> Entrance:
    """`standing` is filled in as far as it comes. Raises Problem."""
    if not gateway.loaded:
        raise unavailable("starting")
    check_origin(raw.headers.get(b"origin"), gateway.options.origins)
    path = unquote(raw.path.decode("latin-1"))
    if path == COMBINED.path:
        named = (await gateway.gate.admit(COMBINED, raw, request_id, standing)).asked.streams
    elif path == NATIVE.path or path.startswith("/ws/"):
        await gateway.gate.admit(RAW, raw, request_id, standing)
        named = path[len("/ws/") :]
    else:
        raise Problem(404, "NOT_FOUND", "not found")
    streams = [name for name in named.split("/") if name and NUMBER.fullmatch(name) is None]
    _check(gateway.channels, streams, gateway.options.subscriptions_max)
    peer = client_address(raw.peer, raw.headers.get(b"x-forwarded-for", b""), gateway.options.proxies)
    address = limited_address(peer)
    gateway.visitors.enter(address)
    return Entrance(gateway, address, streams, path == COMBINED.path)


def _check(channels: Channels, streams: list[str], most: int) -> None:
    if len(set(streams)) > most:
        raise Problem(400, "TOO_MANY_SUBSCRIPTIONS", f"at most {most} channels")
    for name in streams:
        channels.check(name)

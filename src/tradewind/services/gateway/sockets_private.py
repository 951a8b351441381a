"""`/ws/private?after=<seq>`: an account's own updates, and order entry. Signed like any request, over GET /ws/private.

Each update has the account's own contiguous `seq`: {"e": "executionReport" | "trade" | "outboundAccountPosition", "seq", ...}
(shapes in updates.py). With `after` the feed goes on behind that sequence; without, or when that is too long ago, it begins
with {"e": "snapshot", "seq", "resync", "balances", "openOrders"}: whatever has a greater seq comes after it. `resync` says that
updates were missed. Who does not keep up is closed with 1013; whose key is revoked or expires, with 1008.

With `updates=none` nothing is pushed: the socket is for order entry alone. With `updates=joined` those that have gathered come
as one message {"e": "updates", "seq": <of the last>, "updates": [...]}, which spares both ends most of the work when much
happens; one alone comes as it is. `cancelOnDisconnect=true`: see disconnects.py. Order entry: see socket_orders.py.
"""

from typing import Annotated, Any, Literal

import trio
from msgspec import Meta
from quart import Websocket, websocket
from quart_trio import QuartTrio

from tradewind.services.gateway import reads, shapes
from tradewind.services.gateway.access import Need, check_permission
from tradewind.services.gateway.asked import Asked, read
from tradewind.services.gateway.call import encode_json, raw_of
from tradewind.services.gateway.disconnects import Guard
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.keys import LiveKey
from tradewind.services.gateway.limits import Standing
from tradewind.services.gateway.problems import Problem, unavailable
from tradewind.services.gateway.respond import problem_response, request_id_of
from tradewind.services.gateway.route import Door
from tradewind.services.gateway.session import POLICY, TRY_AGAIN_LATER, Session
from tradewind.services.gateway.socket_orders import OrderEntry
from tradewind.services.gateway.strict import parse_form
from tradewind.values.ids import ID_MAX

PATH = "/ws/private"
NOTHING_YET = -1
EXPIRY_LOOK_S = 60.0
UPDATES_PER_FRAME = 5  # one batch of orders means hundreds of updates: a private session may keep more


class PrivateAsked(Asked, frozen=True):
    """`after`: the last `seq` that the peer has. Without it the feed begins with a snapshot."""

    after: Annotated[int, Meta(ge=0, le=ID_MAX)] = NOTHING_YET
    updates: Literal["each", "joined", "none"] = "each"
    cancel_on_disconnect: bool = False


DOOR = Door(PATH, Need.READ, 2, PrivateAsked, "The account's own updates, and order entry")


async def _begin(gateway: Gateway, account: int, asked: PrivateAsked, session: Session) -> None:
    """Listen, then bring the peer to where the listening began. Raises Problem."""
    after = asked.after
    session.joins = asked.updates == "joined"
    session.hold()
    gateway.updates.listen(account, session)
    missed = gateway.updates.since(account, after) if after != NOTHING_YET else None
    enough = UPDATES_PER_FRAME * gateway.options.frames_max // 2  # more at once would look like a slow peer
    if missed is not None and len(missed) <= enough:
        # No wait between listening and this: nothing can have come in between.
        session.release(after)
        for event in missed:
            session.offer(gateway.updates.frame(event), event.account_seq)
        return
    seq, balances, orders = await reads.private_snapshot(gateway, account)
    if after == seq:
        session.release(seq)  # nothing has happened since: no snapshot is needed
        return
    shown = {
        "e": "snapshot",
        "seq": seq,
        "resync": after != NOTHING_YET,
        "balances": [shapes.balance(one, gateway.catalogue) for one in balances],
        "openOrders": [shapes.order(one, gateway.catalogue) for one in orders],
    }
    session.offer(encode_json(shown).decode())
    session.release(seq)


async def _end_when_expired(gateway: Gateway, key: LiveKey, session: Session) -> None:
    """On the wall clock, which may step: so it is looked at now and then."""
    while key.expires_at:
        left_s = (key.expires_at - gateway.world.clock.now()) / 1e9
        if left_s <= 0:
            session.end(POLICY, "the key has expired")
            return
        await trio.sleep(min(left_s, EXPIRY_LOOK_S))


async def _serve(gateway: Gateway, key: LiveKey, write_id: bytes, asked: PrivateAsked, peer: Websocket) -> None:
    session = Session(peer, UPDATES_PER_FRAME * gateway.options.frames_max)
    guard = Guard(gateway.disconnects, key.account)

    def revoked() -> None:
        session.end(POLICY, "the key has been revoked")

    gateway.keys.attach(key.api_key, revoked)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_end_when_expired, gateway, key, session)
            entry = OrderEntry(gateway, key, write_id, session, nursery, guard)
            try:
                if asked.cancel_on_disconnect:
                    await guard.set(True)
                if asked.updates != "none":
                    await _begin(gateway, key.account, asked, session)
            except Problem as problem:
                session.end(TRY_AGAIN_LATER, problem.message)
            await session.run(entry.hear)
            nursery.cancel_scope.cancel()
    finally:
        guard.leave()
        gateway.keys.detach(key.api_key, revoked)
        gateway.updates.leave(key.account, session)


def add(app: QuartTrio, gateway: Gateway) -> None:
    async def view() -> Any:
        peer: Websocket = websocket._get_current_object()  # type: ignore[attr-defined]
        raw = raw_of(peer.scope, b"")
        request_id, standing = request_id_of(raw.headers, gateway.world.entropy), Standing()
        try:
            if not gateway.loaded:
                raise unavailable("starting")
            key, write_id = await gateway.gate.identify(raw, DOOR.weight, standing)
            check_permission(DOOR.need, key.permissions)
            gateway.gate.limits.admitted(key.account, DOOR.weight, standing)
            asked = read(DOOR.asks, parse_form(raw.query))
            check_permission(Need.TRADE if asked.cancel_on_disconnect else Need.READ, key.permissions)
        except Problem as problem:
            return problem_response(problem, request_id, standing.headers())
        await peer.accept()
        await _serve(gateway, key, write_id, asked, peer)
        return None

    app.add_websocket(PATH, endpoint=PATH, view_func=view)

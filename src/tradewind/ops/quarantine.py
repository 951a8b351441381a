"""`tradewind quarantine`: look at inputs that could not be applied, and settle them.

The table belongs to its shard's writer, so a row is settled by a command to that shard (SettleQuarantine), never behind its
back. That also makes a retry safe: the row goes in the same commit as the effect, so two operators cannot do it twice.
A caller who was refused has been told that nothing happened. Whoever retries his command overrules that: ask him first.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import trio

from tradewind.messages.commands import SettleQuarantine
from tradewind.messages.replies import Reply
from tradewind.ports.errors import PortError
from tradewind.ports.store import QUARANTINE, Quarantined
from tradewind.ports.tables import Query
from tradewind.ports.world import World
from tradewind.runtime.caller import Caller
from tradewind.runtime.limits import Limits

TIMEOUT_S = 10.0
Say = Callable[[str], None]


async def show(world: World, say: Say) -> int:
    """Print every row, oldest first in each shard. The exit code: 0, or 1 when the store does not answer."""
    try:
        [rows] = await world.store.read([Query(QUARANTINE)])
    except PortError as error:
        say(f"the store does not answer: {error}")
        return 1
    for row in rows:
        say(_line(row))
    say(f"{len(rows)} in quarantine")
    return 0


async def settle(world: World, shard: str, number: int, *, retry: bool, reason: str, say: Say) -> int:
    """Have `shard` apply (`retry`) or forget row `number`. The exit code: 0 when the row has gone.

    What is discarded is printed whole, with the reason: the terminal's record is all that is left of it.
    """
    try:
        row = await _row(world, shard, number)
        if row is None:
            say(f"{shard} has no row {number}")
            return 1
        reply = await _ask(world, row, retry)
        left = await _row(world, shard, number)
    except PortError as error:
        say(f"nobody knows what came of it, list again: {type(error).__name__}: {error}")
        return 1
    if left is not None and left.at == row.at:
        say(f"row {number} stays: {reply}")
        return 1
    say(_line(row))
    say(f"retried: {reply}" if retry else f"discarded, because {reason}: {row.body.hex()}")
    return 0


async def _row(world: World, shard: str, number: int) -> Quarantined | None:
    [rows] = await world.store.read([Query(QUARANTINE, where=(("shard", "=", shard), ("id", "=", number)))])
    return rows[0] if rows else None


async def _ask(world: World, row: Quarantined, retry: bool) -> Reply:
    caller = Caller(f"quarantine-{world.entropy.token(8).hex()}", world, Limits())
    wish = SettleQuarantine(row.id, row.at, retry)
    came: Reply | PortError
    async with trio.open_nursery() as nursery:
        nursery.start_soon(caller.run)
        try:
            came = (await caller.ask(row.shard, wish, world.entropy.token(16), TIMEOUT_S)).reply
        except PortError as error:
            came = error
        nursery.cancel_scope.cancel()
    if isinstance(came, PortError):
        raise came  # out here: a nursery would wrap it in a group
    return came


def _line(row: Quarantined) -> str:
    instant = datetime.fromtimestamp(row.at // 1_000_000_000, UTC).isoformat()
    return f"{row.shard}  {row.id}  {instant}  {row.source} {row.position}  {len(row.body)} bytes  {row.error}"

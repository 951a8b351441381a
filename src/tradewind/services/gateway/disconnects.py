"""Cancel on disconnect: a session's end cancels all of its account's open orders, however it ends.

Two things work together. As long as the session lives, the account's dead man's switch (CancelAfter) is renewed: when this
whole gateway dies, clearing's own clock cancels within STRIKE_S. When only the session ends, CancelAll goes out at once, and
again until it is answered; then the switch is taken away, unless another session of the account still wants it.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import trio

from tradewind.messages.commands import CancelAfter, CancelAll, Command
from tradewind.messages.replies import Answer, Refused
from tradewind.ports.errors import PortError
from tradewind.ports.world import World
from tradewind.services.gateway.problems import refusal_of, unavailable

STRIKE_S = 15.0
RENEW_S = 4.0  # two renewals may be lost before the switch strikes
AGAIN_S = 0.5
assert 3 * RENEW_S < STRIKE_S, "a renewal that takes its time must not cost anybody his orders"
_NAME_BYTES = 16
_STRIKE_NS = int(STRIKE_S * 1e9)

Ask = Callable[[int, Command, bytes], Awaitable[Answer]]


class Disconnects:
    """Of all sessions of one gateway. `ask` sends a command to the shard of an account; raises Unavailable and Unknown."""

    def __init__(self, world: World, ask: Ask) -> None:
        self._world = world
        self._ask = ask
        self._guarded: Counter[int] = Counter()  # sessions by account
        self._left: list[int] = []
        self._moved = trio.Event()

    async def run(self) -> None:
        """Renew and sweep, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._renew)
            while True:
                left, self._left = self._left, []
                for account in left:
                    nursery.start_soon(self._sweep, account)
                await self._moved.wait()
                self._moved = trio.Event()

    async def arm(self, account: int) -> None:
        """One more session of `account`. Raises Problem when the switch could not be set."""
        try:
            reply = await self._say(account, CancelAfter(account, "", _STRIKE_NS))
        except PortError:
            raise unavailable("the switch could not be set") from None
        if isinstance(reply, Refused):
            raise refusal_of(reply)
        self._guarded[account] += 1

    async def disarm(self, account: int) -> None:
        """One session less, by its own wish: nothing is cancelled. Raises Problem."""
        self._guarded[account] -= 1
        if not self._guarded[account]:
            del self._guarded[account]
            try:
                await self._say(account, CancelAfter(account, "", 0))
            except PortError:
                self._guarded[account] += 1
                raise unavailable("the switch could not be taken away") from None

    def left(self, account: int) -> None:
        """One session less: it has ended. Waits for nothing, because whoever calls it may be cancelled already."""
        self._guarded[account] -= 1
        if not self._guarded[account]:
            del self._guarded[account]
        self._left.append(account)
        self._moved.set()

    async def _renew(self) -> None:
        while True:
            with trio.move_on_after(RENEW_S):
                async with trio.open_nursery() as nursery:
                    for account in list(self._guarded):
                        nursery.start_soon(self._renew_one, account)
                    await trio.sleep(RENEW_S)

    async def _renew_one(self, account: int) -> None:
        try:
            await self._say(account, CancelAfter(account, "", _STRIKE_NS))
        except PortError:
            self._world.tally.count("dead man's switch not renewed")

    async def _sweep(self, account: int) -> None:
        """Cancel, again until it is answered; after STRIKE_S clearing has done it by itself."""
        with trio.move_on_after(STRIKE_S):
            for command in (CancelAll(account, ""), CancelAfter(account, "", 0)):
                while not (isinstance(command, CancelAfter) and account in self._guarded):
                    try:
                        await self._say(account, command)
                        break
                    except PortError:
                        await trio.sleep(AGAIN_S)

    async def _say(self, account: int, command: Command) -> Any:
        """The reply. Each is a command of its own: to say it twice does no harm. Raises PortError."""
        return (await self._ask(account, command, self._world.entropy.token(_NAME_BYTES))).reply


class Guard:
    """What one session has asked for."""

    def __init__(self, disconnects: Disconnects, account: int) -> None:
        self._disconnects = disconnects
        self._account = account
        self._armed = False
        self._lock = trio.Lock()

    async def set(self, enabled: bool) -> dict[str, Any]:
        """Raises Problem."""
        async with self._lock:
            if enabled and not self._armed:
                await self._disconnects.arm(self._account)
                self._armed = True
            elif self._armed and not enabled:
                await self._disconnects.disarm(self._account)
                self._armed = False
        return {"enabled": self._armed}

    def leave(self) -> None:
        """The session has ended."""
        if self._armed:
            self._armed = False
            self._disconnects.left(self._account)

"""Answers on their way back. Nothing in it is sent before the commit that made it true."""

from collections import deque
from collections.abc import Callable

from tradewind.messages.codec import encode
from tradewind.messages.replies import Answers
from tradewind.ports.errors import Unavailable, Unknown
from tradewind.ports.world import World
from tradewind.runtime.inbox import Waiter
from tradewind.runtime.wake import Wake

_UNSENT_MAX = 10_000  # callers time out and ask again; keeping more would only be late


class Outbox:
    def __init__(self, world: World) -> None:
        self._world = world
        self._made: list[tuple[str, Waiter | None, bytes]] = []
        self._sending: deque[tuple[str, bytes]] = deque(maxlen=_UNSENT_MAX)
        self._wake = Wake()

    def __len__(self) -> int:
        """Answers kept for the batch in the making."""
        return len(self._made)

    def add(self, reply_to: str, waiter: Waiter | None, answer: bytes) -> None:
        """Keep `answer` until the batch is committed."""
        self._made.append((reply_to, waiter, answer))

    def seal(self) -> Callable[[], None]:
        """Close the batch; calling the result lets its answers go."""
        made, self._made = self._made, []

        def release() -> None:
            mailboxes: dict[str, list[bytes]] = {}
            for reply_to, waiter, answer in made:
                if waiter is not None:
                    waiter.resolve(answer)
                elif reply_to:
                    mailboxes.setdefault(reply_to, []).append(answer)
            for mailbox, answers in mailboxes.items():
                self._sending.append((mailbox, encode(Answers(tuple(answers)), self._world.writes)))
            if mailboxes:
                self._wake.set()

        return release

    async def run(self) -> None:
        while True:
            while self._sending:
                mailbox, body = self._sending.popleft()
                try:
                    await self._world.bus.send(mailbox, body)
                except (Unavailable, Unknown):
                    # At most once: the caller asks again, over the network if need be, and gets the remembered answer.
                    self._world.tally.count("answer not sent")
            await self._wake.wait(60.0)

"""How long to go on trying, and how long to wait before each try: longer each time, and never all clients at once."""

import random

import trio

FIRST_S, MAX_S = 0.05, 2.0


class Patience:
    """`seconds` from now on trio's clock. Waits double; each is drawn from its upper half, so that a crowd spreads."""

    def __init__(self, seconds: float) -> None:
        self._until = trio.current_time() + seconds
        self._next_s = FIRST_S

    @property
    def over(self) -> bool:
        return trio.current_time() >= self._until

    def restart(self) -> None:
        """It has worked again: the next wait is a short one."""
        self._next_s = FIRST_S

    async def pause(self, at_least_s: float = 0.0) -> None:
        wait_s = max(at_least_s, self._next_s * random.uniform(0.5, 1.0))
        self._next_s = min(2 * self._next_s, MAX_S)
        await trio.sleep(min(wait_s, max(0.0, self._until - trio.current_time())))

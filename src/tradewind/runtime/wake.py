import trio


class Wake:
    """Tells one waiting loop that there may be something to do. Many settings before one wait count once."""

    def __init__(self) -> None:
        self._event = trio.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self, timeout_s: float) -> bool:
        """True when it was set, False after `timeout_s`."""
        if not self._event.is_set():  # a scope costs more than most of what it would guard here
            with trio.move_on_after(timeout_s):
                await self._event.wait()
        was_set = self._event.is_set()
        if was_set:
            self._event = trio.Event()
        return was_set

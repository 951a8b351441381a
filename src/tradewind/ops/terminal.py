"""Words to the person at the terminal, and the signal that ends a process."""

import signal

import trio


def say(line: str) -> None:
    print(line, flush=True)


async def stop_signal() -> None:
    """Return at the first SIGINT or SIGTERM."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            return

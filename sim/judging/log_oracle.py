"""Errors that somebody logs and swallows are findings: retries and catch-alls hide bugs, log lines tell of them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sim.kernel.result import leaf
from sim.kernel.world import World


class _Listener(logging.Handler):
    def __init__(self, kernel: World) -> None:
        super().__init__()  # of every level: a library that finds no such handler brings its own, which writes to stderr
        self._kernel = kernel

    def emit(self, record: logging.LogRecord) -> None:
        # While the run unwinds, everybody dies of `Dead`, and some say so.
        if record.levelno >= logging.ERROR and not self._kernel.over:
            error = record.exc_info[1] if record.exc_info else None
            cause = "" if error is None else type(leaf(error)).__name__
            what = record.getMessage() if error is None else f"{record.getMessage()}: {leaf(error)!r}"
            self._kernel.report(f"error logged {cause}".strip(), f"{record.name}: {what}")


@contextmanager
def listening(kernel: World) -> Iterator[None]:
    """Every record of level ERROR or above, on any logger that propagates, is reported to `kernel`."""
    listener = _Listener(kernel)
    logging.getLogger().addHandler(listener)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(listener)

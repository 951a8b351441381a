"""H61: after a restart the sequence of a public book begins again at 1."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.ports.tables import Table
from tradewind.services.marketdata.machine import MarketDataMachine
from tradewind.services.marketdata.tables import BOOK_CHANNELS

STORY = __doc__
CAUGHT_BY = ("A12",)
PROFILE = "clientele"


class BeginsAgain(MarketDataMachine):
    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        channels = [replace(row, book_seq=0) for row in rows.get(BOOK_CHANNELS, [])]
        super().load({**rows, BOOK_CHANNELS: channels})


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "marketdata": BeginsAgain}

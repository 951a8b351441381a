"""All doors of one process, handed over together."""

from dataclasses import dataclass
from typing import Protocol

from tradewind.ports.bus import Bus
from tradewind.ports.clock import Clock, Entropy
from tradewind.ports.network import Network
from tradewind.ports.store import Store


class Tally(Protocol):
    """Counts what is rare and worth knowing: metrics in production, coverage marks in the simulator."""

    def count(self, mark: str, times: int = 1) -> None: ...


@dataclass(frozen=True, slots=True)
class World:
    """`writes`: the version of messages that this process says things in. It reads every version."""

    clock: Clock
    entropy: Entropy
    store: Store
    bus: Bus
    network: Network
    tally: Tally
    writes: int = 1

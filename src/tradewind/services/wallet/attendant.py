"""The wallet's hands: one loop for each network, in the process that serves the machine."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import trio

from tradewind.ports.chain import Chain, Signer
from tradewind.ports.errors import PortError
from tradewind.ports.world import World
from tradewind.runtime.caller import Caller
from tradewind.runtime.limits import Limits
from tradewind.services.wallet.payer import Payer
from tradewind.services.wallet.scanner import Scanner
from tradewind.services.wallet.tell import Tell


@dataclass(frozen=True, slots=True)
class Doors:
    """One network as this process reaches it. `pace_s` is the wait between two rounds."""

    chain: Chain
    signer: Signer
    pace_s: float = 2.0


class Attendant:
    """`serving` says whether this process runs the machine just now: a standby's hands rest."""

    def __init__(
        self, name: str, doors: Mapping[str, Doors], world: World, limits: Limits, serving: Callable[[], bool]
    ) -> None:
        self._caller = Caller(name, world, limits)
        self._doors = doors
        self._world = world
        self._serving = serving

    async def run(self) -> None:
        """Until cancelled. No failure of a port ends it: the next round looks again."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._caller.run)
            for network, doors in self._doors.items():
                tell = Tell(self._caller, self._world)
                scanner = Scanner(network, doors.chain, self._world, tell)
                payer = Payer(network, doors.chain, doors.signer, self._world, tell)
                nursery.start_soon(self._scan, scanner, doors.pace_s)
                nursery.start_soon(self._pay, payer, doors.pace_s)

    async def _scan(self, scanner: Scanner, pace_s: float) -> None:
        while True:
            if not await self._try(scanner.round):
                await trio.sleep(pace_s)

    async def _pay(self, payer: Payer, pace_s: float) -> None:
        while True:
            await self._try(payer.round)
            await trio.sleep(pace_s)

    async def _try(self, round: Callable[[], Awaitable[bool | None]]) -> bool:
        if not self._serving():
            return False
        try:
            return bool(await round())
        except PortError:
            self._world.tally.count("round of the wallet's attendant broke off")
            return False

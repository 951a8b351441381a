"""Keeping a shard alive: take the lease, load, run; at any doubt drop the memory and begin again."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import trio

from tradewind.messages.topology import INBOXES, Topology, service_of
from tradewind.ports.errors import Fenced, Held, PortError, Unavailable
from tradewind.ports.store import Lease
from tradewind.ports.world import World
from tradewind.runtime.limits import Limits
from tradewind.runtime.loading import load
from tradewind.runtime.machine import Machine
from tradewind.runtime.shard import INBOX, NETWORK, Past, Shard, Suspect

COMMAND_PATH = "/internal/command/"
_CALLER_GONE_S = 30.0
Report = Callable[[str, BaseException], None]  # a crash of ours: shard, and what it died of


class Phase(Enum):
    STARTING = "starting"
    STANDBY = "standby"  # somebody else holds the lease
    LOADING = "loading"
    RUNNING = "running"
    HALTED = "halted"  # a feed entry kills the machine: money is never skipped


@dataclass
class Crashes:
    """How often each input has killed the machine in this process."""

    counts: Counter[bytes] = field(default_factory=Counter)
    poison: set[bytes] = field(default_factory=set)
    halted: Suspect | None = None
    lately: bool = False  # the last life ended in a crash: the next one begins with care

    def note(self, suspect: Suspect, crashes_max: int) -> None:
        self.counts[suspect.body] += 1
        if self.counts[suspect.body] < crashes_max:
            return
        if suspect.source in (INBOX, NETWORK):
            self.poison.add(suspect.body)
        else:
            self.halted = suspect


class Host:
    """One shard of one service in this process, for as long as the process lives."""

    def __init__(
        self, shard: str, make: type[Machine], topology: Topology, world: World, limits: Limits, report: Report
    ) -> None:
        self.shard = shard
        self.current: Shard | None = None
        self._make = make
        self._topology = topology
        self._world = world
        self._limits = limits
        self._report = report
        self._crashes = Crashes()
        self._phase = Phase.STARTING
        # A name that no other process and no earlier life of this one has: two with one name would steal from each other.
        self._holder = f"{shard}@{world.entropy.token(8).hex()}"
        if self.hears_commands:
            world.network.serve(COMMAND_PATH + shard, self._answer)

    @property
    def hears_commands(self) -> bool:
        return service_of(self.shard) in INBOXES

    @property
    def phase(self) -> Phase:
        halted = self._crashes.halted
        if halted is not None and not (self.current is not None and self.current.has_passed(halted)):
            return Phase.HALTED
        return self._phase

    async def _answer(self, body: bytes) -> bytes:
        if self.current is None or self.phase is Phase.HALTED:
            raise Unavailable(f"{self.shard} is {self.phase.value}")
        with trio.move_on_after(_CALLER_GONE_S):  # callers give up long before; their connection may not tell
            return await self.current.inbox.submit(body)
        raise Unavailable(f"{self.shard} did not answer")

    async def run(self) -> None:
        """Until cancelled; then the lease is given back, so that the next holder need not wait for it to run out."""
        while True:
            try:
                suspect = None
                lease = await self._acquire()
                try:
                    await self._live(lease)
                finally:
                    suspect = self._bury()
                    with trio.move_on_after(1.0, shield=True):
                        await self._release(lease)
            except Exception as error:
                self._after(error, suspect)
            await trio.sleep(self._limits.retry_s if self.phase is not Phase.HALTED else self._limits.lease_s)

    async def _acquire(self) -> Lease:
        while True:
            try:
                return await self._world.store.acquire(
                    self.shard, self._holder, self._world.network.address, self._limits.lease_s
                )
            except Held:
                self._phase = Phase.STANDBY
            except Unavailable:
                pass
            await trio.sleep(self._limits.retry_s)

    async def _live(self, lease: Lease) -> None:
        self._phase = Phase.LOADING
        loaded = await load(self.shard, self._make, self._topology, self._world, self._limits)
        past = Past(self._crashes.poison, self._crashes.halted, self._limits.batch_max if self._crashes.lately else 0)
        self.current = Shard(lease, loaded, self._world, self._limits, past)
        self._phase = Phase.RUNNING
        await self.current.run(self.hears_commands)

    def _bury(self) -> Suspect | None:
        """Drop the memory; what it died of, if it died of an input."""
        shard, self.current = self.current, None
        if shard is None:
            return None
        if self._crashes.halted is not None and shard.has_passed(self._crashes.halted):
            self._crashes.halted = None
        return shard.suspect

    async def _release(self, lease: Lease) -> None:
        try:
            await self._world.store.release(lease)
        except PortError:
            self._world.tally.count("lease left to run out")

    def _after(self, error: Exception, suspect: Suspect | None) -> None:
        """The world's failures mean: begin again. Ours are counted against the input that they happened in, and reported."""
        leaves = _leaves(error)
        self._crashes.lately = not all(isinstance(leaf, PortError) for leaf in leaves)
        if not self._crashes.lately:
            fenced = any(isinstance(leaf, Fenced) for leaf in leaves)
            self._world.tally.count("fenced" if fenced else "began again after a port failed")
        else:
            self._world.tally.count("machine crashed")
            self._report(self.shard, error)
            if suspect is not None:
                self._crashes.note(suspect, self._limits.crashes_max)
        self._phase = Phase.STARTING


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for part in error.exceptions for leaf in _leaves(part)]
    return [error]

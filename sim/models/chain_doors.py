"""The Chain and Signer ports over the simulated chain: nodes that lag, lie, doubt and are away."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from sim.kernel import draws
from sim.kernel.incarnation import Incarnation
from sim.kernel.world import World
from sim.models.ambient import Marks
from sim.models.chain import ChainModel, write
from sim.models.links import Link, Pace
from tradewind.ports.errors import Unavailable, Unknown
from tradewind.values.wallet import Block, Payout, SignedPayout, Standing

T = TypeVar("T")
_PER = 1_000


@dataclass
class ChainFaults:
    """`behind`: blocks by which the node lags. `lies_per_thousand` answers are not true, `doubts_per_thousand` broadcasts go
    without an answer, half of them undone. `duplicates`: transfers are told twice, in their block and in the next."""

    down: bool = False
    behind: int = 0
    lies_per_thousand: int = 0
    doubts_per_thousand: int = 0
    duplicates: bool = False
    pace: Pace = field(default_factory=Pace)


class SimChain:
    def __init__(self, world: World, life: Incarnation, model: ChainModel, faults: ChainFaults, marks: Marks) -> None:
        self._world = world
        self._life = life
        self._model = model
        self._faults = faults
        self._marks = marks
        self._link = Link(world, faults.pace, life.node, "chain")
        self._lies: Random = world.draws("chain lies", life.node, life.number)

    async def _do(self, what: str, call: Callable[[], T]) -> T:
        def arrive() -> T:
            if self._faults.down:
                raise Unavailable("the node does not answer")
            self._world.trace("chain", self._life.node, what)
            return call()

        await self._life.check()
        return await self._world.ask(self._link.delay_ns(), self._link.delay_ns(), arrive)

    def _lying(self, what: str) -> bool:
        if draws.below(self._lies, _PER) >= self._faults.lies_per_thousand:
            return False
        self._marks.count(f"chain lies: {what}")
        return True

    @property
    def _visible(self) -> int:
        return max(0, self._model.height - self._faults.behind)

    async def tip(self) -> int:
        def answer() -> int:
            return max(0, self._visible - 3) if self._lying("old tip") else self._visible

        return await self._do("tip", answer)

    async def block(self, height: int) -> Block | None:
        def answer() -> Block | None:
            if height > self._visible:
                return None
            block = self._model.branch[height].block
            if self._faults.duplicates:
                block = self._repeated(block)
            return self._false(block) if self._lying("block") else block

        return await self._do(f"block {height}", answer)

    def _repeated(self, block: Block) -> Block:
        before = self._model.branch[block.height - 1].block.transfers if block.height else ()
        return block._replace(transfers=(*before, *block.transfers, *block.transfers))

    def _false(self, block: Block) -> Block | None:
        old = [other for other in self._model.given_up if other.height == block.height]
        match draws.below(self._lies, 4):
            case 0:
                raise Unavailable("internal error")
            case 1 if old:
                return old[-1]
            case 2:
                return block._replace(parent=f"no parent of {block.hash}")
            case 3 if not block.transfers:
                return None
        return block._replace(transfers=block.transfers[1:])

    async def broadcast(self, raw: bytes) -> None:
        def answer() -> None:
            doubt = draws.below(self._lies, _PER) < self._faults.doubts_per_thousand
            if doubt and draws.chance(self._lies, 1, 2):
                raise Unknown("no answer, and it was not taken")
            if not self._model.take(raw):
                raise Unavailable("nonce too low")
            if doubt:
                raise Unknown("no answer, though it was taken")

        await self._do("broadcast", answer)

    async def standing(self, txid: str) -> Standing:
        def answer() -> Standing:
            return Standing(False) if self._lying("standing") else self._model.standing(txid, self._visible)

        return await self._do("standing", answer)


class SimSigner:
    """Signs the same payout differently each time, as schemes with a random nonce do."""

    def __init__(self, world: World, life: Incarnation) -> None:
        self._life = life
        self._draws = world.draws("signer", life.node, life.number)

    async def sign(self, payout: Payout) -> SignedPayout:
        await self._life.check()
        txid = f"out-{payout.withdrawal_id}-{self._draws.getrandbits(32):08x}"
        return SignedPayout(txid, write(txid, payout))

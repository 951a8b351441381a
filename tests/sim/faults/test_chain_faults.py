"""Each fault of the chain by itself shows what it is for, and is over when it is healed."""

from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

from sim.cluster import Cluster
from sim.faults import FAULTS
from sim.kernel.incarnation import Incarnation
from sim.kernel.world import World
from sim.models.chain import BROKEN, NETWORK, ChainModel, write
from sim.models.chain_doors import SimChain, SimSigner
from sim.plan import Fault
from tests.sim.faults.small_world import shows
from tradewind.messages.topology import Topology
from tradewind.ports.errors import PortError, Unavailable, Unknown
from tradewind.runtime.limits import Limits
from tradewind.values.wallet import Payout

BLOCK_MS = 10
BLOCK_NS = BLOCK_MS * 1_000_000


class Stage:
    """A chain of some blocks with a deposit in each, and one process that looks at it."""

    def __init__(self, seed: int = 1) -> None:
        self.kernel = World(seed)
        self.cluster = Cluster(self.kernel, Topology(), Limits())
        self.model = self.cluster.chain = ChainModel(self.kernel, BLOCK_MS, 3)
        self.shown: list[Any] = []

    def play(self, look: Callable[[SimChain, SimSigner], Awaitable[None]]) -> None:
        async def live(life: Incarnation) -> None:
            door = SimChain(self.kernel, life, self.model, self.cluster.faults.chain, self.cluster.marks)
            await look(door, SimSigner(self.kernel, life))

        async def direct() -> None:
            self.model.start()
            for number in range(8):
                self.model.pay(f"d{number}", "ours", "BTC", 100)
                await self.kernel.sleep(BLOCK_NS)
            life = self.kernel.node("wallet").start(live)
            await life.over.wait()

        assert self.kernel.run(direct).clean

    def fault(self, do: str, amount: int = 0) -> Any:
        return FAULTS[do](self.cluster, Fault(do=do, amount=amount)) or (lambda: None)


async def attempt(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except PortError as error:
        return type(error)


@shows("chain_down")
def test_a_node_that_is_down_answers_nothing() -> None:
    stage = Stage()

    async def look(chain: SimChain, _: SimSigner) -> None:
        undo = stage.fault("chain_down")
        assert await attempt(chain.tip()) is await attempt(chain.block(1)) is await attempt(chain.standing("x")) is Unavailable
        undo()
        assert await chain.tip() == stage.model.height

    stage.play(look)


@shows("chain_late")
def test_a_late_node_shows_the_chain_of_some_blocks_ago() -> None:
    stage = Stage()

    async def look(chain: SimChain, _: SimSigner) -> None:
        undo = stage.fault("chain_late", 3)
        tip = await chain.tip()
        assert stage.model.height - 1 <= tip + 3 <= stage.model.height + 1
        assert await chain.block(tip + 3) is None
        undo()
        assert await chain.block(tip + 3) is not None

    stage.play(look)


@shows("chain_duplicates")
def test_duplicates_tell_a_transfer_twice_and_again_in_the_next_block() -> None:
    stage = Stage()

    async def look(chain: SimChain, _: SimSigner) -> None:
        true = [await chain.block(height) for height in (2, 3)]
        undo = stage.fault("chain_duplicates")
        told = [await chain.block(height) for height in (2, 3)]
        assert told[1].transfers == (*true[0].transfers, *true[1].transfers, *true[1].transfers)
        undo()
        assert [await chain.block(height) for height in (2, 3)] == true

    stage.play(look)


@shows("chain_lies")
def test_lies_are_old_incomplete_misplaced_or_errors() -> None:
    stage = Stage()

    async def look(chain: SimChain, _: SimSigner) -> None:
        stage.fault("chain_reorg", 4)
        gone = {block.height for block in stage.model.given_up}
        height = next(h for h in sorted(gone) if stage.model.branch[h].block.transfers)
        truth = await chain.block(height)
        undo = stage.fault("chain_lies", 1_000)
        told = [await attempt(chain.block(height)) for _ in range(60)]
        assert truth not in told and Unavailable in told
        blocks = [block for block in told if block is not None and block is not Unavailable]
        assert {block.parent == truth.parent for block in blocks} == {True, False}
        assert any(block.hash != truth.hash for block in blocks), "never the branch that was given up"
        assert await chain.tip() < stage.model.height
        undo()
        assert await chain.block(height) == truth

    stage.play(look)


@shows("broadcast_unknown")
def test_a_broadcast_without_an_answer_was_taken_or_not() -> None:
    stage = Stage()

    async def look(chain: SimChain, signer: SimSigner) -> None:
        undo = stage.fault("broadcast_unknown", 1_000)
        taken = set()
        for number in range(20):
            signed = await signer.sign(Payout(number, NETWORK, 100 + number, "theirs", "", "BTC", 5))
            assert await attempt(chain.broadcast(signed.raw)) is Unknown
            taken.add((await chain.standing(signed.txid)).known)
        assert taken == {True, False}
        undo()
        assert await attempt(chain.broadcast(signed.raw)) is None
        assert (await chain.standing(signed.txid)).known

    stage.play(look)


@shows("chain_reorg")
def test_a_reorganisation_gives_blocks_up_for_more_of_them() -> None:
    fates = set()
    for seed in range(1, 9):
        stage = Stage(seed)

        async def look(chain: SimChain, _: SimSigner, stage: Stage = stage) -> None:
            before = [mined.block for mined in stage.model.branch]
            stage.fault("chain_reorg", 3)
            after = [mined.block for mined in stage.model.branch]
            assert after[: len(before) - 3] == before[:-3] and len(after) == len(before) + 1
            assert not {block.hash for block in before[-3:]} & {block.hash for block in after}
            assert all(child.parent == parent.hash for parent, child in pairwise(after))
            inside = {transfer.txid for block in after for transfer in block.transfers}
            for transfer in (transfer for block in before[-3:] for transfer in block.transfers):
                waits = transfer.txid in stage.model.waiting
                fates.add("mined" if transfer.txid in inside else "waits" if waits else "gone")

        stage.play(look)
    assert fates == {"mined", "waits", "gone"}


def test_payouts_are_mined_in_the_order_of_their_nonces_once_each() -> None:
    stage = Stage()

    async def look(chain: SimChain, signer: SimSigner) -> None:
        for nonce in (1, 0, 3):
            address = BROKEN if nonce == 1 else "theirs"
            await chain.broadcast(write(f"t{nonce}", Payout(nonce, NETWORK, nonce, address, "", "BTC", 5)))
        await chain.broadcast(write("other", Payout(9, NETWORK, 0, "theirs", "", "BTC", 5)))
        await stage.kernel.sleep(3 * BLOCK_NS)
        assert [tx.nonce for tx in stage.model.mined_payouts()] == [0, 1]
        assert (await chain.standing("t1")).succeeded is False and not (await chain.standing("t3")).height
        again = Payout(8, NETWORK, 1, "theirs", "", "BTC", 5)
        assert await attempt(chain.broadcast(write("t1 again", again))) is Unavailable

    stage.play(look)

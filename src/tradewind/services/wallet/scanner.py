"""Tells the wallet machine what a chain says. It keeps nothing: where it stands is the machine's row.

So two of them may run, and one may die anywhere: the machine takes up each block once, whoever reports it.
"""

from tradewind.messages.commands import FreezeWithdrawals, ReportBlocks
from tradewind.messages.replies import Refused
from tradewind.ports.chain import Chain
from tradewind.ports.tables import Op, Query
from tradewind.ports.world import World
from tradewind.services.wallet.rules import REORG_BLOCKS_MAX
from tradewind.services.wallet.tables import ADDRESSES, CHAIN_BLOCKS, DEPOSITS, NETWORK_ASSETS, NETWORKS
from tradewind.services.wallet.tell import Tell
from tradewind.values.wallet import Block, DepositStatus

BLOCKS_PER_REPORT = 16
SECOND_LOOKS = 4  # blocks that are read again in each round: every young block is, over and over


class Scanner:
    def __init__(self, network: str, chain: Chain, world: World, tell: Tell) -> None:
        self._network = network
        self._chain = chain
        self._world = world
        self._tell = tell
        self._looked_at = 0  # height of the last second look

    async def round(self) -> bool:
        """Take up what is new, then look again at some of what is not; True when there may be more at once.

        Raises PortError: the next round begins anew.
        """
        known = await self._known()
        if not known:
            return False  # nobody has opened this network yet
        height = max(known)
        if await self._chain.tip() > height:
            blocks = await self._new(known, height)
            if blocks and await self._report(blocks):
                return True
        await self._look_again(known)
        return False

    async def _known(self) -> dict[int, str]:
        """Hashes of the branch that the machine follows, by height."""
        [networks, blocks] = await self._world.store.read(
            [
                Query(NETWORKS, (("network", "=", self._network),)),
                Query(CHAIN_BLOCKS, (("network", "=", self._network),)),
            ]
        )
        return {row.height: row.hash for row in blocks} if networks else {}

    async def _new(self, known: dict[int, str], height: int) -> list[Block]:
        """Blocks that follow ours, or a branch that leaves ours and outgrows it; [] when what the node says does not fit."""
        first = await self._chain.block(height + 1)
        if first is None:
            return []
        if first.parent == known[height]:
            blocks = [first]
        else:
            blocks = await self._branch(known, first)
            self._world.tally.count("branch of the chain given up" if blocks else "chain contradicts itself")
        while blocks and len(blocks) < BLOCKS_PER_REPORT:
            following = await self._chain.block(blocks[-1].height + 1)
            if following is None or following.parent != blocks[-1].hash:
                break
            blocks.append(following)
        return blocks

    async def _branch(self, known: dict[int, str], block: Block) -> list[Block]:
        """From the first block that is not ours up to `block`; [] when they don't link: nodes speak across each other."""
        branch = [block]
        while known.get(branch[0].height - 1) != branch[0].parent:
            if len(branch) >= REORG_BLOCKS_MAX or branch[0].height - 1 < min(known):
                await self._give_up()
                return []
            below = await self._chain.block(branch[0].height - 1)
            if below is None or below.hash != branch[0].parent:
                return []
            branch.insert(0, below)
        return branch

    async def _give_up(self) -> None:
        """Whatever this is, nobody is paid until somebody has looked."""
        self._world.tally.count("chain reorganised beyond what we follow")
        await self._tell.say(FreezeWithdrawals(self._network, True, "the chain has left our branch beyond what we follow"))

    async def _look_again(self, known: dict[int, str]) -> None:
        """A node may have told of a block without one of its transfers, and an address may be newer than its block."""
        for _ in range(min(SECOND_LOOKS, len(known) - 1)):
            heights = sorted(known)[1:]
            lower = [height for height in heights if height < self._looked_at]
            self._looked_at = lower[-1] if lower else heights[-1]
            block = await self._chain.block(self._looked_at)
            if block is not None and block.hash == known[self._looked_at]:
                ours = await self._ours(block)
                if await self._missing(ours):
                    self._world.tally.count("transfer found at a second look")
                    await self._tell.say(ReportBlocks(self._network, (ours,)))

    async def _report(self, blocks: list[Block]) -> bool:
        ours = [await self._ours(block) for block in blocks]
        return not isinstance(await self._tell.say(ReportBlocks(self._network, tuple(ours))), Refused)

    async def _ours(self, block: Block) -> Block:
        """Without what goes to others, and what is too little to be taken up."""
        to = sorted({transfer.address for transfer in block.transfers})
        if not to:
            return block
        here: tuple[str, Op, str] = ("network", "=", self._network)
        [mine, moved] = await self._world.store.read(
            [Query(ADDRESSES, (here, ("address", "in", to))), Query(NETWORK_ASSETS, (here,))]
        )
        addresses, least = {row.address for row in mine}, {row.asset: row.deposit_min for row in moved}
        ours = (
            transfer
            for transfer in block.transfers
            if transfer.address in addresses and transfer.asset in least and transfer.units >= least[transfer.asset]
        )
        return block._replace(transfers=tuple(ours))

    async def _missing(self, block: Block) -> bool:
        """Whether the machine does not know of one of its transfers, or takes it for an orphan."""
        if not block.transfers:
            return False
        txids = sorted({transfer.txid for transfer in block.transfers})
        [rows] = await self._world.store.read([Query(DEPOSITS, (("network", "=", self._network), ("txid", "in", txids)))])
        standing = {(row.txid, row.output_index) for row in rows if row.status is not DepositStatus.ORPHANED}
        return any((transfer.txid, transfer.output_index) not in standing for transfer in block.transfers)

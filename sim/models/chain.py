"""A blockchain: the truth of it, and the doors through which our processes see it. What was really paid out stands here.

Blocks come on virtual time until all is quiet. A reorganisation gives the newest ones up for a branch that is one longer;
what users sent in them may come back elsewhere, later, or never, what we sent comes back or must be sent again.
"""

import json
from typing import NamedTuple

from sim.kernel import draws
from sim.kernel.world import World
from sim.models.links import MILLISECOND_NS
from tradewind.values.wallet import Block, Payout, Standing, Transfer

GENESIS = "b0.0"
NETWORK = "simnet"
BROKEN = "broken"  # what is sent to such an address is mined, and fails


class Tx(NamedTuple):
    """A user's transfers to us, or a payout of ours."""

    txid: str
    transfers: tuple[Transfer, ...] = ()
    payout: Payout | None = None

    @property
    def nonce(self) -> int:
        return -1 if self.payout is None else self.payout.nonce

    @property
    def succeeds(self) -> bool:
        return self.payout is None or not self.payout.address.startswith(BROKEN)


class Mined(NamedTuple):
    block: Block
    txs: tuple[Tx, ...]


class ChainModel:
    def __init__(self, kernel: World, block_ms: int, confirmations: int) -> None:
        self.confirmations = confirmations
        self.draining = False  # the run ends: once nothing is under way, no more blocks come
        self.branch: list[Mined] = [Mined(Block(0, GENESIS, ""), ())]
        self.given_up: list[Block] = []
        self.waiting: dict[str, Tx] = {}
        self._kernel = kernel
        self._block_ns = block_ms * MILLISECOND_NS
        self._serial = 0
        self._draws = kernel.draws("chain")
        self._sent: dict[str, None] = {}

    @property
    def height(self) -> int:
        return len(self.branch) - 1

    def start(self) -> None:
        self._kernel.after(self._block_ns, self._tick)

    def _tick(self) -> None:
        if not self.still:
            self._mine(list(self.waiting.values()))
        self._kernel.after(self._block_ns, self._tick)

    @property
    def still(self) -> bool:
        """Nothing waits, and what was mined last lies deep."""
        newest = self.branch[-self.confirmations - 2 :]
        return self.draining and not self.waiting and not any(mined.txs for mined in newest)

    def _mine(self, candidates: list[Tx]) -> None:
        """Our own transactions go in the order of their nonces, without a gap; one whose nonce is spent goes nowhere."""
        nonce = len(self.mined_payouts())
        txs = [tx for tx in candidates if tx.payout is None]
        for tx in sorted((tx for tx in candidates if tx.payout is not None), key=lambda tx: (tx.nonce, tx.txid)):
            if tx.nonce == nonce:
                txs.append(tx)
                nonce += 1
        self._serial += 1
        last = self.branch[-1].block
        transfers = tuple(transfer for tx in txs for transfer in tx.transfers)
        block = Block(last.height + 1, f"b{last.height + 1}.{self._serial}", last.hash, transfers)
        self.branch.append(Mined(block, tuple(txs)))
        for tx in txs:
            self.waiting.pop(tx.txid, None)
        for tx in list(self.waiting.values()):
            if 0 <= tx.nonce < nonce:
                del self.waiting[tx.txid]
        self._kernel.trace("block", block.height, block.hash, tuple(tx.txid for tx in txs))

    def mined_payouts(self) -> list[Tx]:
        return [tx for mined in self.branch for tx in mined.txs if tx.payout is not None]

    def pay(self, key: str, address: str, asset: str, units: int) -> None:
        """A user sends `units` to `address`, once for each `key`; some in two outputs of one transaction."""
        if key in self._sent:
            return
        self._sent[key] = None
        draw = draws.keyed(self._kernel.seed, "payment", key)
        first = draws.below(draw, 3)
        parts = [units // 3, units - units // 3] if units > 2 and draws.chance(draw, 1, 3) else [units]
        txid = f"in-{key}"
        transfers = [Transfer(txid, first + place, address, asset, part) for place, part in enumerate(parts)]
        self.waiting[txid] = Tx(txid, tuple(transfers))

    def take(self, raw: bytes) -> bool:
        """A signed transaction; False when its nonce is spent."""
        tx = parse(raw)
        mined = self.mined_payouts()
        if tx.txid in self.waiting or any(tx.txid == other.txid for other in mined):
            return True
        if tx.nonce < len(mined):
            return False
        self.waiting[tx.txid] = tx
        return True

    def standing(self, txid: str, visible: int) -> Standing:
        for mined in self.branch[: visible + 1]:
            for tx in mined.txs:
                if tx.txid == txid:
                    return Standing(True, mined.block.height, mined.block.hash, tx.succeeds)
        return Standing(txid in self.waiting)

    def reorganise(self, depth: int) -> None:
        """The newest `depth` blocks give way to one more than that."""
        depth = min(depth, self.height)
        if not depth:
            return
        gone = self.branch[-depth:]
        del self.branch[-depth:]
        self.given_up += [mined.block for mined in gone]
        places: list[list[Tx]] = [[] for _ in range(depth + 1)]
        for tx in [tx for mined in gone for tx in mined.txs]:
            fate = draws.below(self._draws, 4)
            if fate < 2:
                draws.pick(self._draws, places).append(tx)
            elif fate == 2:
                self.waiting[tx.txid] = tx
            # Else it is forgotten: the user has spent it elsewhere, or our nodes have lost it.
        for txs in places:
            # A payout may fall before the one whose nonce comes first: then it waits again.
            before = len(self.branch)
            self._mine(txs)
            done = {tx.txid for tx in self.branch[before].txs}
            self.waiting.update({tx.txid: tx for tx in txs if tx.txid not in done})


def parse(raw: bytes) -> Tx:
    txid, *what = json.loads(raw)
    return Tx(txid, (), Payout(*what))


def write(txid: str, payout: Payout) -> bytes:
    return json.dumps([txid, *payout]).encode()

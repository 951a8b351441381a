"""A blockchain, and who signs for us on it. Nodes lie: they lag, forget, contradict themselves and each other."""

from typing import Protocol

from tradewind.values.wallet import Block, Payout, SignedPayout, Standing


class Chain(Protocol):
    """One network, through some node of it. Every call may raise Unavailable (not done, or no answer).

    An answer is hearsay. It may be old (an earlier tip, a branch that was given up), incomplete (a block without one of its
    transfers) or wrong (a block that does not fit its parent). It does not invent transfers or hashes: who fears that asks
    several nodes in the adapter. So whoever asks checks that blocks link to those it knows, looks at young blocks more than
    once, and takes nothing for settled before it lies deep enough.
    """

    async def tip(self) -> int:
        """Height of the newest block."""
        ...

    async def block(self, height: int) -> Block | None:
        """The block at `height` of what the node takes for the best branch; None when it knows none there."""
        ...

    async def broadcast(self, raw: bytes) -> None:
        """Hand a signed transaction over. Idempotent by its id: one that is waiting or mined is silently not taken again.

        Raises Unknown when it may have been taken: hand the same bytes over again. Returning means only that this node took
        it; it may still be forgotten, so it is repeated until it is mined.
        """
        ...

    async def standing(self, txid: str) -> Standing:
        """Where the transaction stands. "Not known" means only that this node does not know it (any more)."""
        ...


class Signer(Protocol):
    """Holds the keys; they are nowhere else."""

    async def sign(self, payout: Payout) -> SignedPayout:
        """A transaction that does `payout` and nothing else. Raises Unavailable.

        Asked twice it may answer with two different transactions: the wallet machine keeps the first that it hears of, and
        only what it has kept is ever broadcast.
        """
        ...

"""The running hash over a journal: whoever agrees with its newest value agrees with every byte before.

It covers what was heard and what came of it by their digests, so that a copy which must not show some of these bytes can
carry their digests instead, and is still a link of the same chain.
"""

from hashlib import blake2b
from struct import Struct

DIGEST_BYTES = 16
_FIXED = Struct(">qqqI")


def digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=DIGEST_BYTES).digest()


def link(chain: bytes, seq: int, at: int, source: str, source_seq: int, given: bytes, output: bytes) -> bytes:
    """The chain after one more entry. It covers what was heard and what came of it, but not by which epoch."""
    return link_digests(chain, seq, at, source, source_seq, digest(given), digest(output))


def link_digests(chain: bytes, seq: int, at: int, source: str, source_seq: int, given: bytes, output: bytes) -> bytes:
    """The same where only the digests of `given` and `output` are known."""
    assert len(given) == len(output) == DIGEST_BYTES, (len(given), len(output))
    name = source.encode()
    state = blake2b(chain, digest_size=DIGEST_BYTES)
    state.update(_FIXED.pack(seq, at, source_seq, len(name)) + name + given + output)
    return state.digest()

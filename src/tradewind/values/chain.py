"""The running hash over a journal: whoever agrees with its newest value agrees with every byte before."""

from hashlib import blake2b
from struct import Struct

_FIXED = Struct(">qqqIII")


def link(chain: bytes, seq: int, at: int, source: str, source_seq: int, given: bytes, output: bytes) -> bytes:
    """The chain after one more entry. It covers what was heard and what came of it, but not by which epoch."""
    name = source.encode()
    state = blake2b(chain, digest_size=16)
    state.update(_FIXED.pack(seq, at, source_seq, len(name), len(given), len(output)))
    state.update(name)
    state.update(given)
    state.update(output)
    return state.digest()

"""Columns of values as PostgreSQL's binary arrays (array_send in its sources): the cheapest way from Python to many rows.

header: dimensions, has nulls, element oid, length, lower bound (each int32); then every element: length int32, bytes.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import Struct
from typing import Any

Packer = Callable[[Sequence[Any]], bytes]

_HEADER = Struct(">iiIii")
_LENGTH = Struct(">i")
_ONE = Struct(">iiIiii")  # the header of one element, and its length
FEW_MAX = 16


def _header(oid: int, count: int) -> bytes:
    return _HEADER.pack(1, 0, oid, count, 1)


@lru_cache(maxsize=128)
def _fixed(code: str, size: int, slots: int) -> tuple[Struct, bytes]:
    """A struct of `slots` elements that leaves the lengths zero, and the lengths' low bytes to put there."""
    return Struct(">" + f"4x{code}" * slots), bytes([size]) * slots


def _fixed_packer(oid: int, code: str, size: int) -> Packer:
    stride = size + 4
    # Most commits have a few rows: then one call that writes header, lengths and values beats everything cleverer.
    few = [Struct(">iiIii" + f"i{code}" * count) for count in range(FEW_MAX + 1)]

    def pack(values: Sequence[Any]) -> bytes:
        count = len(values)
        if count == 1:
            return few[1].pack(1, 0, oid, 1, 1, size, values[0])
        if count <= FEW_MAX:
            elements = [size] * (2 * count)
            elements[1::2] = values
            return few[count].pack(1, 0, oid, count, 1, *elements)
        # Only powers of two are compiled, so that every batch size does not make a struct of its own.
        slots = 1 << (count - 1).bit_length()
        struct, lengths = _fixed(code, size, slots)
        packed = bytearray(struct.pack(*values, *(0,) * (slots - count)))
        packed[3::stride] = lengths
        return _header(oid, count) + packed[: count * stride]

    return pack


def _bytes_packer(oid: int) -> Packer:
    length_of = _LENGTH.pack

    def pack(values: Sequence[Any]) -> bytes:
        count = len(values)
        if count == 1:
            only: bytes = values[0]
            return _ONE.pack(1, 0, oid, 1, 1, len(only)) + only
        parts = [b""] * (2 * count)
        parts[::2] = [length_of(len(value)) for value in values]
        parts[1::2] = values
        return _header(oid, count) + b"".join(parts)

    return pack


def _text_packer(oid: int) -> Packer:
    pack_bytes = _bytes_packer(oid)

    def pack(values: Sequence[Any]) -> bytes:
        return pack_bytes([value.encode() for value in values])

    return pack


# SQL type -> (oid of its array, how a column of it is packed). Oids are fixed in PostgreSQL's pg_type.dat.
ARRAYS: dict[str, tuple[int, Packer]] = {
    "bigint": (1016, _fixed_packer(20, "q", 8)),
    "smallint": (1005, _fixed_packer(21, "h", 2)),
    "boolean": (1000, _fixed_packer(16, "?", 1)),
    "text": (1009, _text_packer(25)),
    "bytea": (1001, _bytes_packer(17)),
}

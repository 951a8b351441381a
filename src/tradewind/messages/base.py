"""The common shape: immutable records that travel as tagged arrays. New fields go last and have a default."""

import msgspec


class Message(msgspec.Struct, frozen=True, array_like=True, tag=True, tag_field="shape", gc=False):
    """Amounts are units, instants are wall nanoseconds, ids are those of values.ids."""

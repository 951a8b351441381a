"""Ids: made from a shard's journal sequence, so that no clock, crash or second writer can make one twice."""

import re

SHARDS_MAX = 64
ID_MAX = 2**53 - 1  # JSON numbers stay exact up to here

CLIENT_ORDER_ID = re.compile(r"[A-Za-z0-9._:/-]{1,36}")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

# System accounts are negative, so no user can be taken for one. Each clearing shard has its own three.
_KINDS = ("external", "house", "transit")


def order_id(seq: int, shard: int) -> int:
    """The id of the order accepted as input `seq` of clearing shard `shard`."""
    assert 0 <= shard < SHARDS_MAX, shard
    made = seq * SHARDS_MAX + shard
    assert 0 < made <= ID_MAX, seq
    return made


def system_account(kind: str, shard: int) -> int:
    """`external` is the world outside (deposits come from it), `house` takes fees, `transit` bridges shards."""
    return -(1 + _KINDS.index(kind) + len(_KINDS) * shard)


def system_account_kind(account: int) -> str:
    assert account < 0, account
    return _KINDS[(-account - 1) % len(_KINDS)]

"""Ids: made from a shard's journal sequence, so that no clock, crash or second writer can make one twice."""

import re

SHARDS_MAX = 64
ORDERS_PER_INPUT = 64  # a batch, or a pair, is one input of clearing
ID_MAX = 2**53 - 1  # JSON numbers stay exact up to here

CLIENT_ORDER_ID = re.compile(r"[A-Za-z0-9._:/-]{1,36}")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

# System accounts are negative, so no user can be taken for one. Each clearing shard has its own three.
_KINDS = ("external", "house", "transit")


# What the exchange calls orders to which their clients gave no name: clearing "tw" and the order's id, the edge "tw-" and the
# command's. Nobody else may use such names, so no two orders ever share one.
MADE_CLIENT_ORDER_ID = re.compile(r"tw(\d+|-[0-9a-f]{32}[0-9A-Za-z]?)")
_PLACES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def made_client_order_id(command_id: bytes, place: int | None = None) -> str:
    """The edge's name for an order of the command (16 bytes) that came without one; `place` counts in a batch or pair."""
    assert len(command_id) == 16, command_id
    return f"tw-{command_id.hex()}" + ("" if place is None else _PLACES[place])


def order_id(seq: int, shard: int, place: int = 0) -> int:
    """The id of the order accepted as input `seq` of clearing shard `shard`; `place` counts the orders of one input.

    It grows with seq, then place, and beyond all ids of the first release, whose inputs had one order each (seq * SHARDS_MAX).
    """
    assert 0 <= shard < SHARDS_MAX and 0 <= place < ORDERS_PER_INPUT, (shard, place)
    made = (seq * ORDERS_PER_INPUT + place) * SHARDS_MAX + shard
    assert 0 < made <= ID_MAX, seq
    return made


def seq_of(made: int) -> int:
    """The input that `order_id` made it of; of an order of the first release, an earlier one than that."""
    return made // (ORDERS_PER_INPUT * SHARDS_MAX)


def second_of_input(first: int) -> int:
    """The id at place 1, of that at place 0. The legs of a pair have them, and the pair itself is named by the first."""
    return first + SHARDS_MAX


def system_account(kind: str, shard: int) -> int:
    """`external` is the world outside (deposits come from it), `house` takes fees, `transit` bridges shards."""
    return -(1 + _KINDS.index(kind) + len(_KINDS) * shard)


def system_account_kind(account: int) -> str:
    assert account < 0, account
    return _KINDS[(-account - 1) % len(_KINDS)]

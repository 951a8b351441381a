"""Queries: the read models, asked through the store, never older than what this gateway has acknowledged."""

from collections.abc import Sequence
from typing import Any

from tradewind.ports.errors import PortError
from tradewind.ports.tables import Op, Query, Table
from tradewind.services.admin.tables import FEE_TIERS, FeeLevel
from tradewind.services.clearing.tables import BALANCES, LEDGER, Balance, Posting
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.problems import refused, unavailable
from tradewind.services.gateway.shapes import LEGS_MAX
from tradewind.services.order.tables import FILLS, ORDERS, PRIVATE_FEEDS, Fill, Order
from tradewind.services.user.tables import ACCOUNTS, Account
from tradewind.values.ids import second_of_input
from tradewind.values.orders import OrderStatus
from tradewind.values.refusals import Refusal

Where = tuple[tuple[str, Op, Any], ...]
Span = tuple[int, int]
OPEN_MAX = 1_000
FAMILY_MAX = 1_000  # more than user lets there be


async def _read(gateway: Gateway, queries: list[Query]) -> list[list[Any]]:
    try:
        return await gateway.world.store.read(queries)
    except PortError:
        raise unavailable("the store does not answer now") from None


async def _read_history(gateway: Gateway, account: int, *queries: Query) -> list[list[Any]]:
    """Rows of the book-keeper's tables, in one snapshot that holds all that was acknowledged before. Raises Problem."""
    shard = gateway.shard_of(account)
    needed = await gateway.seen.wait(shard)
    [reader] = gateway.topology.shards("order")
    positions, *found = await _read(gateway, [gateway.seen.query(reader, shard), *queries])
    gateway.seen.check(shard, needed, positions)
    return found


async def order(gateway: Gateway, account: int, symbol: str | None, order_id: int, client_order_id: str) -> Order:
    """By id, or when that is 0 by client order id (the newest that bore it). Somebody else's is as unknown as none."""
    where: Where = (("order_id", "=", order_id),)
    if not order_id:
        where = (("account", "=", account), ("client_order_id", "=", client_order_id))
    [rows] = await _read_history(gateway, account, Query(ORDERS, where=where, order=("order_id",), descending=True, limit=1))
    found: Order | None = rows[0] if rows else None
    if found is None or found.account != account or symbol not in {None, found.symbol}:
        raise refused(Refusal.UNKNOWN_ORDER)
    return found


async def pair(gateway: Gateway, account: int, list_id: int) -> list[Order]:
    """The two orders of a pair, which is named by the first. Somebody else's is as unknown as none."""
    legs = [Query(ORDERS, where=(("order_id", "=", made),), limit=1) for made in (list_id, second_of_input(list_id))]
    found: list[Order] = [row for rows in await _read_history(gateway, account, *legs) for row in rows]
    if len(found) != len(legs) or any(row.account != account or row.list_id != list_id for row in found):
        raise refused(Refusal.UNKNOWN_ORDER)
    return found


async def open_orders(gateway: Gateway, account: int, symbol: str | None) -> list[Order]:
    where: Where = (("account", "=", account), ("status", "<", OrderStatus.FILLED))
    if symbol is not None:
        where = (*where, ("symbol", "=", symbol))
    [rows] = await _read_history(gateway, account, Query(ORDERS, where=where, order=("order_id",), limit=OPEN_MAX))
    return rows


async def orders(gateway: Gateway, account: int, symbol: str | None, after: int, limit: int) -> list[Order]:
    where: Where = (("account", "=", account), ("order_id", ">", after))
    if symbol is not None:
        where = (*where, ("symbol", "=", symbol))
    [rows] = await _read_history(gateway, account, Query(ORDERS, where=where, order=("order_id",), limit=limit))
    return rows


def _within(span: Span | None) -> Where:
    """Booked at or after the first instant (ns), and before the second."""
    return () if span is None else (("at", ">=", span[0]), ("at", "<", span[1]))


async def fills(
    gateway: Gateway, account: int, symbol: str | None, order_id: int, after: int, limit: int, span: Span | None = None
) -> list[Fill]:
    """`order_id` 0 = of all orders."""
    where: Where = (("account", "=", account), ("fill_id", ">", after), *_within(span))
    if symbol is not None:
        where = (*where, ("symbol", "=", symbol))
    if order_id:
        where = (*where, ("order_id", "=", order_id))
    [rows] = await _read_history(gateway, account, Query(FILLS, where=where, order=("fill_id",), limit=limit))
    return rows


async def page(gateway: Gateway, account: int, table: Table, where: Where, key: str, limit: int, *, newest: bool) -> list[Any]:
    """Rows of the account's history with `key` growing: the last ones when `newest`, else the first."""
    mine: Where = (("account", "=", account), *where)
    [rows] = await _read_history(gateway, account, Query(table, where=mine, order=(key,), descending=newest, limit=limit))
    return rows[::-1] if newest else rows


async def rows(gateway: Gateway, *queries: Query) -> list[list[Any]]:
    """Of any service, in one snapshot. Raises Problem."""
    return await _read(gateway, list(queries))


def _own(gateway: Gateway, account: int) -> Where:
    return (("shard", "=", gateway.topology.clearing_of(account)), ("account", "=", account))


async def balances(gateway: Gateway, account: int) -> list[Balance]:
    """Clearing's own rows: an acknowledgement came after their commit, so they are never older."""
    [rows] = await _read(gateway, [Query(BALANCES, where=_own(gateway, account))])
    return rows


async def ledger(gateway: Gateway, account: int, after: int, limit: int, span: Span | None = None) -> list[Posting]:
    """Postings whose id (seq * LEGS_MAX + leg) is above `after`."""
    own = (*_own(gateway, account), *_within(span))
    seq, leg = divmod(after, LEGS_MAX)
    order_by = ("seq", "leg")
    same, later = await _read(
        gateway,
        [
            Query(LEDGER, where=(*own, ("seq", "=", seq), ("leg", ">", leg)), order=order_by, limit=limit),
            Query(LEDGER, where=(*own, ("seq", ">", seq)), order=order_by, limit=limit),
        ],
    )
    return [*same, *later][:limit]


async def sub_accounts(gateway: Gateway, account: int) -> list[Account]:
    where: Where = (("parent", "=", account),)
    [rows] = await _read(gateway, [Query(ACCOUNTS, where=where, order=("account",), limit=FAMILY_MAX)])
    return rows


async def family_heads(gateway: Gateway, accounts: Sequence[int]) -> list[int]:
    """The account at the head of each one's family; 0 for an account that there is not."""
    found = await _read(gateway, [Query(ACCOUNTS, where=(("account", "=", account),), limit=1) for account in accounts])
    return [rows[0].parent or rows[0].account if rows else 0 for rows in found]


async def fee_levels(gateway: Gateway) -> list[FeeLevel]:
    [rows] = await _read(gateway, [Query(FEE_TIERS, order=("level",))])
    return rows


async def private_snapshot(gateway: Gateway, account: int) -> tuple[int, list[Balance], list[Order]]:
    """(sequence, balances, open orders) of one instant: every update with a greater sequence comes after it."""
    feeds, held, resting = await _read(
        gateway,
        [
            Query(PRIVATE_FEEDS, where=(("account", "=", account),)),
            Query(BALANCES, where=_own(gateway, account)),
            Query(
                ORDERS,
                where=(("account", "=", account), ("status", "<", OrderStatus.FILLED)),
                order=("order_id",),
                limit=OPEN_MAX,
            ),
        ],
    )
    return (feeds[0].account_seq if feeds else 0), held, resting

"""Coins and their networks, deposits and withdrawals, from the wallet's own rows."""

from typing import Any

from tradewind.ports.tables import Query
from tradewind.services.gateway import reads
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.compat import asks
from tradewind.services.gateway.compat.faults import fault
from tradewind.services.gateway.compat.history import span
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.reads import Where
from tradewind.services.gateway.shapes import ms
from tradewind.services.wallet.tables import ADDRESSES, DEPOSITS, NETWORK_ASSETS, WITHDRAWALS, Deposit, Withdrawal
from tradewind.values.money import format_units
from tradewind.values.wallet import DepositStatus, WithdrawalStatus

LIMIT_MAX = 1_000
ZERO = "0"
# Binance's numbers. Of a deposit: 0 pending, 6 credited but not to be withdrawn yet, 1 success, 7 wrong.
DEPOSIT_STATUS = {DepositStatus.SEEN: 0, DepositStatus.CONFIRMING: 0, DepositStatus.CREDITED: 1, DepositStatus.ORPHANED: 7}
# Of a withdrawal: 1 cancelled, 2 awaiting approval, 3 rejected, 4 processing, 5 failure, 6 completed.
WITHDRAWAL_STATUS = {
    WithdrawalStatus.PENDING: 2,
    WithdrawalStatus.APPROVED: 4,
    WithdrawalStatus.REJECTED: 3,
    WithdrawalStatus.CANCELED: 1,
    WithdrawalStatus.SIGNED: 4,
    WithdrawalStatus.BROADCAST: 4,
    WithdrawalStatus.COMPLETED: 6,
    WithdrawalStatus.FAILED: 5,
}
assert set(DEPOSIT_STATUS) == set(DepositStatus) and set(WITHDRAWAL_STATUS) == set(WithdrawalStatus)


async def coins(gateway: Gateway, call: Call[asks.NoQuestion]) -> Any:
    [networks] = await reads.rows(gateway, Query(NETWORK_ASSETS))
    balances = {one.asset: one for one in await reads.balances(gateway, call.account)}
    shown = []
    for asset, places in sorted(gateway.catalogue.precisions.items()):
        held = balances.get(asset)
        shown.append(
            {
                "coin": asset,
                "name": asset,
                "free": format_units(held.available if held else 0, places),
                "locked": format_units(held.held if held else 0, places),
                "freeze": ZERO,
                "withdrawing": ZERO,
                "ipoable": ZERO,
                "ipoing": ZERO,
                "storage": ZERO,
                "isLegalMoney": False,
                "trading": True,
                "depositAllEnable": True,
                "withdrawAllEnable": True,
                "networkList": [_network(row, places) for row in networks if row.asset == asset],
            }
        )
    return shown


def _network(row: Any, places: int) -> dict[str, Any]:
    return {
        "network": row.network,
        "coin": row.asset,
        "name": row.network,
        "isDefault": True,
        "depositEnable": True,
        "withdrawEnable": True,
        "depositDust": format_units(row.deposit_min, places),
        "withdrawFee": format_units(row.fee_units, places),
        "withdrawMin": format_units(row.withdrawal_min, places),
        "withdrawMax": "9999999999",
        "withdrawIntegerMultiple": format_units(1, places),
    }


async def address(gateway: Gateway, call: Call[asks.AddressAsked]) -> Any:
    """Where deposits of a coin go. Raises Fault when there is no such address yet."""
    asked = call.asked
    networks, addresses = await reads.rows(
        gateway,
        Query(NETWORK_ASSETS, where=(("asset", "=", asked.coin),)),
        Query(ADDRESSES, where=(("account", "=", call.account),)),
    )
    known = [row.network for row in networks if asked.network in {"", row.network}]
    mine = [row for row in addresses if row.network in known]
    if not mine:
        raise fault(-4018, "No deposit address of this coin has been given to this account yet.")
    return {"coin": asked.coin, "address": mine[0].address, "tag": "", "url": ""}


async def no_withdrawal(_gateway: Gateway, _call: Call[asks.WithdrawalAsked]) -> Any:
    """Raises Fault, always: a signature alone is not enough to take money out."""
    raise fault(-4026, "Withdrawals are not requested here: they want a second factor, which this interface cannot give.")


def _page(rows: list[Any], asked: asks.HistoryAsked) -> list[Any]:
    """Newest first."""
    return rows[asked.offset : asked.offset + min(asked.limit, LIMIT_MAX)]


async def deposits(gateway: Gateway, call: Call[asks.HistoryAsked]) -> Any:
    rows = await _of(gateway, call, DEPOSITS, "deposit_id", "seen_at")
    shown = [_deposit(row, gateway.catalogue.precision_of(row.asset)) for row in rows]
    return _page([one for one in shown if call.asked.status in {None, one["status"]}], call.asked)


async def withdrawals(gateway: Gateway, call: Call[asks.HistoryAsked]) -> Any:
    rows = await _of(gateway, call, WITHDRAWALS, "withdrawal_id", "requested_at")
    named = call.asked.withdraw_order_id
    shown = [
        _withdrawal(row, gateway.catalogue.precision_of(row.asset)) for row in rows if named in {"", str(row.idempotency_key)}
    ]
    return _page([one for one in shown if call.asked.status in {None, one["status"]}], call.asked)


async def _of(gateway: Gateway, call: Call[asks.HistoryAsked], table: Any, key: str, at: str) -> list[Any]:
    asked = call.asked
    where: Where = (("account", "=", call.account), *span(at, asked.start_time, asked.end_time, days=90))
    if asked.coin:
        where = (*where, ("asset", "=", asked.coin))
    if asked.tx_id:
        where = (*where, ("txid", "=", asked.tx_id))
    most = asked.offset + LIMIT_MAX
    [rows] = await reads.rows(gateway, Query(table, where=where, order=(key,), descending=True, limit=most))
    return rows


def _deposit(row: Deposit, places: int) -> dict[str, Any]:
    return {
        "id": str(row.deposit_id),
        "amount": format_units(row.units, places),
        "coin": row.asset,
        "network": row.network,
        "status": DEPOSIT_STATUS[row.status],
        "address": row.address,
        "addressTag": "",
        "txId": row.txid,
        "insertTime": ms(row.seen_at),
        "completeTime": ms(row.seen_at),
        "transferType": 0,
        "walletType": 0,
    }


def _withdrawal(row: Withdrawal, places: int) -> dict[str, Any]:
    return {
        "id": str(row.withdrawal_id),
        "amount": format_units(row.units, places),
        "transactionFee": format_units(row.fee_units, places),
        "coin": row.asset,
        "network": row.network,
        "status": WITHDRAWAL_STATUS[row.status],
        "address": row.address,
        "addressTag": row.tag,
        "txId": row.txid,
        "applyTime": ms(row.requested_at),
        "transferType": 0,
        "withdrawOrderId": row.idempotency_key,
        "info": row.reason,
        "walletType": 0,
    }

"""The private feed in Binance's letters: a trade once, with its fee; an order's end behind its trades; money that moved."""

from itertools import permutations
from typing import Any

import ccxt
import pytest

from tradewind.messages.events import BalanceUpdated, FillBooked, LegSettled, OrderUpdated
from tradewind.services.gateway.catalogue import Catalogue
from tradewind.services.gateway.compat.reports import Reports
from tradewind.services.gateway.compat.wallet import DEPOSIT_STATUS, WITHDRAWAL_STATUS, _deposit, _withdrawal
from tradewind.services.wallet.tables import Deposit, Withdrawal
from tradewind.values.orders import OrderStatus, OrderType, Side, TimeInForce
from tradewind.values.symbols import SymbolRules
from tradewind.values.wallet import DepositStatus, WithdrawalStatus

S = 10**9
RULES = SymbolRules("BTCUSDT", "BTC", "USDT", 8, 6, 10_000, 10_000, 0, 10**12, 0, 500, 1_000, False)


def reports() -> tuple[Reports, list[dict[str, Any]]]:
    catalogue, said = Catalogue(), list[dict[str, Any]]()
    catalogue.precisions |= {"BTC": 8, "USDT": 6}
    catalogue.rules[RULES.symbol] = RULES
    return Reports(catalogue, said.append), said


def update(seq: int, status: OrderStatus, executed: int = 0, quantity: int = 3) -> OrderUpdated:
    """Quantities in whole coins, at 100."""
    coin, price = 10**8, 100 * 10**6
    named = (7, seq, 64, "BTCUSDT", "mine", Side.SELL, OrderType.LIMIT, TimeInForce.GTC, price)
    return OrderUpdated(*named, quantity * coin, executed * coin, executed * price, status, "", S, seq * S)


def fill(seq: int, trade: int, quantity: int = 1) -> FillBooked:
    coin, price = 10**8, 100 * 10**6
    leg = LegSettled("BTCUSDT", trade, 64, 7, Side.SELL, True, price, quantity * coin, quantity * price, 50_000, "USDT")
    return FillBooked(7, seq, leg, seq * S)


def drawn(said: list[dict[str, Any]]) -> str:
    told = {"executionReport": lambda one: f"{one['x']} {one['X']} {float(one['z']):g}"}
    told |= {"outboundAccountPosition": lambda one: f"has {one['B'][0]['a']} {float(one['B'][0]['f']):g}"}
    told |= {"balanceUpdate": lambda one: f"moved {one['a']} {float(one['d']):g}"}
    return ", ".join(told[one["e"]](one) for one in said)


NEW, PART, FULL = OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED
LIVES: dict[str, list[OrderUpdated | FillBooked]] = {
    "NEW NEW 0, CANCELED CANCELED 0": [update(1, NEW), update(2, OrderStatus.CANCELED)],
    "NEW NEW 0, REJECTED REJECTED 0": [update(1, NEW), update(2, OrderStatus.REJECTED)],
    "NEW NEW 0, TRADE PARTIALLY_FILLED 1, REPLACED PARTIALLY_FILLED 1, TRADE FILLED 2": [
        update(1, NEW), update(2, PART, 1), fill(3, 1), update(4, PART, 1, quantity=2),
        update(5, PART, 2, 2), update(6, FULL, 2, 2), fill(7, 2),
    ],
    "NEW NEW 0, TRADE_PREVENTION EXPIRED_IN_MATCH 0": [update(1, NEW), update(2, OrderStatus.EXPIRED_IN_MATCH)],
}  # fmt: skip


@pytest.mark.parametrize("wanted", LIVES)
def test_a_life(wanted: str) -> None:
    told, said = reports()
    for event in LIVES[wanted]:
        told.tell([event], event.account_seq * S)
    assert drawn(said) == wanted


def test_the_end_comes_behind_the_trades_whatever_is_booked_when() -> None:
    """Two trades and an expiry by matching, and two bookings by clearing, in every order that keeps each one's own."""
    matching = [update(2, PART, 1), update(3, PART, 2), update(4, OrderStatus.EXPIRED, 2)]
    clearing = [fill(5, 1), fill(6, 2)]
    wanted = "NEW NEW 0, TRADE PARTIALLY_FILLED 1, TRADE PARTIALLY_FILLED 2, EXPIRED EXPIRED 2"
    seen = 0
    for order in permutations([*matching, *clearing]):
        if [one for one in order if one in matching] != matching or [one for one in order if one in clearing] != clearing:
            continue
        told, said = reports()
        for event in (update(1, NEW), *order):
            told.tell([event], event.account_seq * S)
        assert drawn(said) == wanted, order
        seen += 1
    assert seen == 10


def test_money_that_moved_without_a_trade_is_told_as_such() -> None:
    told, said = reports()
    told.tell([BalanceUpdated(7, 1, "USDT", 5_000_000, 0)], S)  # credited
    told.tell([BalanceUpdated(7, 2, "USDT", 2_000_000, 3_000_000)], S)  # held: nothing has moved
    told.tell([BalanceUpdated(7, 3, "USDT", 2_000_000, 2_000_000), fill(4, 1)], S)  # spent
    told.tell([BalanceUpdated(7, 5, "USDT", 1_000_000, 2_000_000)], S)  # sent away
    traded = "TRADE"
    moved = [one for one in said if one["e"] == "balanceUpdate"]
    assert [one["d"] for one in moved] == ["5.000000", "-1.000000"]
    assert [one["B"][0]["f"] for one in said if one["e"] == "outboundAccountPosition"] == [
        "5.000000",
        "2.000000",
        "2.000000",
        "1.000000",
    ]
    assert not any(one.get("x") == traded for one in said)  # of an order that nobody has told of


@pytest.mark.parametrize("status", DepositStatus)
def test_a_deposit_as_ccxt_reads_it(status: DepositStatus) -> None:
    row = Deposit("CHAIN", "0xab", 0, 9, 7, "me", "BTC", 150_000_000, 5, status, 1, 3 * S, True)
    [shown] = ccxt.binance().parse_transactions([_deposit(row, 8) | {"type": "deposit"}])
    assert (shown["id"], shown["amount"], shown["currency"], shown["txid"]) == ("9", 1.5, "BTC", "0xab")
    wanted = {0: "pending", 1: "ok"}
    assert DEPOSIT_STATUS[status] not in wanted or shown["status"] == wanted[DEPOSIT_STATUS[status]]
    assert shown["status"] != "ok" or status is DepositStatus.CREDITED


@pytest.mark.parametrize("status", WithdrawalStatus)
def test_a_withdrawal_as_ccxt_reads_it(status: WithdrawalStatus) -> None:
    texts = ("BTC", "CHAIN", "there", "")
    row = Withdrawal(9, 7, *texts, 150_000_000, 1_000_000, "key", status, "", 0, -1, "0xcd", b"", 0, False, 3 * S, 4 * S, False)
    [shown] = ccxt.binance().parse_transactions([_withdrawal(row, 8) | {"type": "withdrawal"}])
    assert (shown["id"], shown["amount"], shown["fee"]["cost"], shown["address"]) == ("9", 1.5, 0.01, "there")
    wanted = {1: "canceled", 2: "pending", 3: "failed", 4: "pending", 5: "failed", 6: "ok"}
    assert shown["status"] == wanted[WITHDRAWAL_STATUS[status]]

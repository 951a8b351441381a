"""ccxt reads an account: orders and trades that have been, balances, fees, deposits and withdrawals."""

from typing import Any

import ccxt
import pytest

from tests.compat.ccxt_client import Spot
from tests.compat.venue import Venue


@pytest.fixture(scope="module", autouse=True)
def lived(venue: Venue) -> None:
    for price in ("100", "101", "102"):
        venue.trade(price, "1")
    order = {"symbol": venue.symbol, "side": "SELL", "type": "LIMIT", "quantity": "2"}
    for price in ("110", "111"):
        venue.ann.native.call("POST", "/v1/order", None, order | {"price": price})
    gone = venue.ann.native.call("POST", "/v1/order", None, order | {"price": "112"})
    by = {"symbol": venue.symbol, "orderId": gone["orderId"], "newOrderRespType": "RESULT"}
    venue.ann.native.call("DELETE", "/v1/order", by)


def _ids(shown: Any) -> list[int]:
    return [int(one["id"]) for one in shown]


def test_orders_that_have_been(ann: Spot, venue: Venue) -> None:
    native = venue.orders(venue.ann)
    standing = [made for made, one in native.items() if one["status"] == "NEW"]
    filled = [made for made, one in native.items() if one["status"] == "FILLED"]
    gone = [made for made, one in native.items() if one["status"] == "CANCELED"]
    assert (len(standing), len(filled), len(gone)) == (2, 3, 1)
    assert _ids(ann.at.fetch_orders(ann.market)) == list(native)
    assert _ids(ann.at.fetch_open_orders(ann.market)) == standing
    assert _ids(ann.at.fetch_closed_orders(ann.market)) == filled
    assert _ids(ann.at.fetch_canceled_orders(ann.market)) == gone
    assert _ids(ann.at.fetch_orders(ann.market, limit=2)) == list(native)[-2:]
    since = native[filled[1]]["time"]
    assert _ids(ann.at.fetch_orders(ann.market, since=since)) == [made for made, one in native.items() if one["time"] >= since]
    later = ann.at.privateGetAllOrders({"symbol": venue.symbol, "orderId": filled[1], "limit": 2})
    assert [int(one["orderId"]) for one in later] == [made for made in native if made >= filled[1]][:2]


def test_trades_that_have_been(ann: Spot, bob: Spot, venue: Venue) -> None:
    for spot, maker in ((ann, True), (bob, False)):
        native = spot.native.call("GET", "/v1/myTrades", {"symbol": venue.symbol})
        shown = spot.at.fetch_my_trades(spot.market)
        found = [
            (one["id"], one["order"], one["price"], one["amount"], one["cost"], one["fee"]["cost"], one["fee"]["currency"])
            for one in shown
        ]
        assert found == [
            (
                *(str(one[name]) for name in ("id", "orderId")),
                *(float(one[name]) for name in ("price", "qty", "quoteQty", "commission")),
                one["commissionAsset"],
            )
            for one in native
        ]
        assert [one["takerOrMaker"] for one in shown] == ["maker" if maker else "taker"] * 3
    assert [one["id"] for one in ann.at.fetch_my_trades(ann.market, limit=1)] == ["3"]
    assert [one["id"] for one in ann.at.fetch_my_trades(ann.market, params={"fromId": 2})] == ["2", "3"]
    [first, *_] = ann.at.fetch_my_trades(ann.market)
    assert [one["id"] for one in ann.at.fetch_order_trades(first["order"], ann.market)] == [first["id"]]


def test_balances(ann: Spot, venue: Venue) -> None:
    native = {one["asset"]: one for one in ann.native.call("GET", "/v1/account")["balances"]}
    shown = ann.at.fetch_balance()
    for asset, one in native.items():
        assert (shown[asset]["free"], shown[asset]["used"]) == (float(one["free"]), float(one["locked"]))
    assert (shown[venue.asset]["used"], set(native)) == (4, {venue.asset, "USDT"})
    info = shown["info"]
    assert (info["canTrade"], info["canWithdraw"], info["uid"]) == (True, False, venue.ann.account)


def test_fees(ann: Spot, venue: Venue) -> None:
    for shown in (ann.at.fetch_trading_fee(ann.market), ann.at.fetch_trading_fees()[ann.market]):
        assert (shown["maker"], shown["taker"]) == (0.0005, 0.001)
    standard = ann.at.privateGetAccountCommission({"symbol": venue.symbol})["standardCommission"]
    assert (standard["maker"], standard["taker"]) == ("0.00050000", "0.00100000")


def test_fees_of_an_account_with_a_tier(venue: Venue) -> None:
    """Everybody else stays where the schedule begins."""
    tiers = [
        {"volumeMin": "0", "makerPermille": 1_000, "takerPermille": 1_000},
        {"volumeMin": "1000000000", "makerPermille": 500, "takerPermille": 250},
    ]
    venue.admin("/admin/fees", asset="USDT", tiers=tiers)
    whale = venue.party()
    venue.admin("/admin/accounts/tier", account=whale.account, level=1)
    spot = Spot(venue, whale)
    while spot.at.fetch_trading_fee(spot.market)["maker"] != 0.00025:
        pass  # clearing hears of it in a moment
    assert spot.at.fetch_trading_fees()[spot.market]["taker"] == 0.00025
    order = {"symbol": venue.symbol, "type": "LIMIT", "price": "104", "quantity": "1"}
    whale.native.call("POST", "/v1/order", None, order | {"side": "SELL"})
    venue.bob.native.call("POST", "/v1/order", None, order | {"side": "BUY", "newOrderRespType": "FULL"})
    [fill] = spot.at.fetch_my_trades(spot.market)
    assert (fill["fee"]["cost"], fill["fee"]["currency"]) == (0.026, "USDT")


def test_no_money_goes_out_on_a_signature_alone(venue: Venue) -> None:
    with pytest.raises(ccxt.AuthenticationError):
        Spot(venue, venue.ann).at.withdraw("USDT", 1, "somewhere", params={"network": "ETH"})
    taker = Spot(venue, venue.key(venue.ann.account, 7))
    before = taker.at.fetch_balance()["USDT"]
    with pytest.raises(ccxt.ExchangeError, match="-4026"):
        taker.at.withdraw("USDT", 1, "somewhere", params={"network": "ETH"})
    assert taker.at.fetch_balance()["USDT"] == before
    with pytest.raises(ccxt.ExchangeError, match="-4018"):
        taker.at.fetch_deposit_address("USDT")


def test_sub_accounts(ann: Spot) -> None:
    made = ann.native.call("POST", "/v1/subAccounts", None, {"label": "desk"})
    shown = ann.at.sapiGetSubAccountList()["subAccounts"]
    assert [(one["subUserId"], one["email"]) for one in shown] == [(made["subAccountId"], "desk")]


def test_orders_are_counted(ann: Spot) -> None:
    before = {one["interval"]: one["count"] for one in ann.at.privateGetRateLimitOrder()}
    placed = ann.order("limit", "sell", 1, 109)
    ann.at.cancel_order(placed["id"], ann.market)
    after = {one["interval"]: one["count"] for one in ann.at.privateGetRateLimitOrder()}
    assert after["DAY"] == before["DAY"] + 1 and set(after) == {"DAY", "SECOND"}
    limits = ann.at.publicGetExchangeInfo()["rateLimits"]
    assert {one["rateLimitType"] for one in limits} == {"REQUEST_WEIGHT", "ORDERS"}


def test_no_deposits_and_withdrawals_yet(ann: Spot) -> None:
    """What their rows look like, test_shapes.py tells."""
    assert ann.at.fetch_deposits() == [] and ann.at.fetch_withdrawals() == []
    assert ann.at.fetch_deposits(ann.venue.asset, since=1) == []

"""ccxt places, changes and cancels orders of every type; what came of them is compared with what the native API says."""

from collections.abc import Iterator
from typing import Any

import ccxt
import pytest

from tests.compat.ccxt_client import Spot
from tests.compat.venue import Venue

STATUS = {
    "NEW": "open", "PARTIALLY_FILLED": "open", "FILLED": "closed", "CANCELED": "canceled", "EXPIRED": "expired",
    "EXPIRED_IN_MATCH": "expired", "REJECTED": "rejected",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def traded(venue: Venue) -> None:
    """Stops and market orders need a last price."""
    venue.trade("100", "1")


@pytest.fixture(autouse=True)
def nothing_stands(venue: Venue) -> Iterator[None]:
    yield
    venue.clear()


def same(shown: Any, native: Any) -> None:
    """ccxt's order is the native one."""
    assert shown["id"] == str(native["orderId"]) and shown["clientOrderId"] == native["clientOrderId"]
    assert shown["status"] == STATUS[native["status"]], (shown, native)
    assert (shown["side"], shown["amount"], shown["filled"]) == (
        native["side"].lower(), float(native["origQty"]), float(native["executedQty"]),
    )  # fmt: skip
    assert shown["cost"] == float(native["cummulativeQuoteQty"])
    if float(native["price"]):
        assert shown["price"] == float(native["price"])
    assert shown["triggerPrice"] == (float(native["stopPrice"]) or None)
    assert shown["timestamp"] == native["time"]


def fetched(spot: Spot, order: Any) -> Any:
    """As ccxt finds it by id; it must be what the native API says."""
    shown = spot.at.fetch_order(order["id"], spot.market)
    same(shown, spot.told(order["id"]))
    return shown


def test_a_limit_order_rests_and_trades(ann: Spot, bob: Spot) -> None:
    resting = ann.order("limit", "sell", 2, 101)
    assert resting["status"] == "open" and fetched(ann, resting)["remaining"] == 2
    taken = bob.order("limit", "buy", 0.5, 102)
    assert (taken["status"], taken["average"], taken["filled"], taken["cost"]) == ("closed", 101, 0.5, 50.5)
    [fill] = taken["trades"]
    assert fill["fee"] == {"currency": bob.venue.asset, "cost": 0.0005}
    assert fetched(bob, taken)["average"] == 101 and fetched(ann, resting)["filled"] == 0.5


def test_a_market_order_by_quantity_and_by_cost(ann: Spot, bob: Spot) -> None:
    ann.order("limit", "sell", 1, 100)
    ann.order("limit", "sell", 1, 101)
    bought = bob.order("market", "buy", 1.5)
    assert (bought["status"], bought["filled"], bought["cost"]) == ("closed", 1.5, 150.5)
    fetched(bob, bought)
    spent = bob.at.create_market_buy_order_with_cost(bob.market, 30)
    assert (spent["status"], spent["filled"], spent["cost"]) == ("closed", 0.297, 29.997)
    assert bob.told(spent["id"])["origQuoteOrderQty"] == "30.000000"
    fetched(bob, spent)


@pytest.mark.parametrize("params", [{"postOnly": True}, {"timeInForce": "PO"}])
def test_a_post_only_order(ann: Spot, bob: Spot, params: dict[str, Any]) -> None:
    resting = ann.order("limit", "sell", 1, 102, **params)
    assert ann.told(resting["id"])["type"] == "LIMIT_MAKER" and fetched(ann, resting)["status"] == "open"
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        bob.order("limit", "buy", 1, 102, **params)


@pytest.mark.parametrize(
    ("kind", "side", "stop", "price", "native"),
    [
        ("limit", "sell", {"stopLossPrice": 97}, 96, "STOP_LOSS_LIMIT"),
        ("market", "sell", {"stopLossPrice": 97}, None, "STOP_LOSS"),
        ("limit", "sell", {"takeProfitPrice": 104}, 104, "TAKE_PROFIT_LIMIT"),
        ("market", "sell", {"takeProfitPrice": 104}, None, "TAKE_PROFIT"),
        ("limit", "buy", {"triggerPrice": 103}, 104, "STOP_LOSS_LIMIT"),
        ("STOP_LOSS_LIMIT", "buy", {"stopPrice": 103}, 104, "STOP_LOSS_LIMIT"),
    ],
)
def test_a_stop_order_waits(ann: Spot, kind: str, side: str, stop: dict[str, Any], price: float | None, native: str) -> None:
    placed = ann.order(kind, side, 0.5, price, **stop)
    assert ann.told(placed["id"])["type"] == native
    assert fetched(ann, placed)["triggerPrice"] == next(iter(stop.values()))
    assert placed["id"] in {one["id"] for one in ann.at.fetch_open_orders(ann.market)}
    assert not any(ann.at.fetch_order_book(ann.market)[f"{name}s"] for name in ("bid", "ask"))
    assert ann.at.cancel_order(placed["id"], ann.market)["status"] == "canceled"


def test_a_stop_order_triggers(ann: Spot, bob: Spot, venue: Venue) -> None:
    placed = ann.order("limit", "sell", 0.5, 96, stopLossPrice=97)
    venue.trade("97", "0.1")
    for _ in range(100):
        if ann.told(placed["id"])["isWorking"]:
            break
    assert fetched(ann, placed)["status"] == "open" and ann.at.fetch_order_book(ann.market)["asks"] == [[96, 0.5]]
    venue.clear()
    venue.trade("100", "0.1")


@pytest.mark.parametrize(("time", "filled"), [("IOC", 1), ("FOK", 0)])
def test_what_does_not_rest(ann: Spot, bob: Spot, time: str, filled: float) -> None:
    ann.order("limit", "sell", 1, 101)
    asked = bob.order("limit", "buy", 3, 101, timeInForce=time)
    assert (asked["status"], asked["filled"], asked["timeInForce"]) == ("expired", filled, time)
    fetched(bob, asked)


def test_an_iceberg_shows_a_slice(ann: Spot) -> None:
    placed = ann.order("limit", "sell", 5, 102, icebergQty=1)
    assert ann.told(placed["id"])["icebergQty"] == "1.00000000"
    assert ann.at.fetch_order_book(ann.market)["asks"] == [[102, 1]]


@pytest.mark.parametrize("mode", ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"])
def test_self_trade_prevention(ann: Spot, mode: str) -> None:
    maker = ann.order("limit", "sell", 1, 101)
    taker = ann.order("limit", "buy", 1, 101, selfTradePreventionMode=mode)
    assert ann.told(taker["id"])["selfTradePreventionMode"] == mode
    assert fetched(ann, taker)["status"] == ("open" if mode == "EXPIRE_MAKER" else "expired")
    assert fetched(ann, maker)["status"] == ("open" if mode == "EXPIRE_TAKER" else "expired")


def test_a_client_order_id_names_one_order(ann: Spot) -> None:
    placed = ann.order("limit", "sell", 1, 103, clientOrderId="mine-1")
    assert ann.at.fetch_order(None, ann.market, {"origClientOrderId": "mine-1"})["id"] == placed["id"]
    # The same order under the same name is that order, not a second one; another order is refused.
    assert ann.order("limit", "sell", 1, 103, clientOrderId="mine-1")["id"] == placed["id"]
    with pytest.raises(ccxt.InvalidOrder, match="Duplicate order sent"):
        ann.order("limit", "sell", 2, 103, clientOrderId="mine-1")
    assert [one["id"] for one in ann.at.fetch_open_orders(ann.market)] == [placed["id"]]
    cancelled = ann.at.cancel_order(None, ann.market, {"origClientOrderId": "mine-1"})
    assert (cancelled["id"], cancelled["status"]) == (placed["id"], "canceled")


def test_testing_an_order_places_none(ann: Spot, venue: Venue) -> None:
    before = venue.orders(venue.ann)
    ann.order("limit", "sell", 1, 103, test=True)
    with pytest.raises(ccxt.BaseError, match="PERCENT_PRICE_BY_SIDE"):
        ann.order("limit", "buy", 1, 100_000, test=True)
    assert venue.orders(venue.ann) == before


def test_edit_cancel_and_cancel_all(ann: Spot) -> None:
    first = ann.order("limit", "sell", 1, 103)
    second = ann.at.edit_order(first["id"], ann.market, "limit", "sell", 2, 104)
    assert second["id"] != first["id"] and (second["amount"], second["price"]) == (2, 104)
    assert fetched(ann, first)["status"] == "canceled" and fetched(ann, second)["status"] == "open"
    third = ann.order("limit", "buy", 1, 95)
    assert ann.at.cancel_order(third["id"], ann.market)["status"] == "canceled"
    ann.order("limit", "buy", 1, 94)
    cancelled = ann.at.cancel_all_orders(ann.market)
    assert len(cancelled) == 2 and {one["status"] for one in cancelled} == {"canceled"}
    assert ann.at.fetch_open_orders(ann.market) == []


def test_reduce_and_keep_the_place(ann: Spot) -> None:
    placed = ann.order("limit", "sell", 3, 103)
    path, by = "/api/v3/order/amend/keepPriority", {"symbol": ann.venue.symbol, "orderId": placed["id"]}
    amended = ann.party.ask("PUT", path, **by, newQty="1.5").json()["amendedOrder"]
    assert (str(amended["orderId"]), amended["qty"]) == (placed["id"], "1.50000000")
    assert fetched(ann, placed)["amount"] == 1.5
    assert ann.party.ask("PUT", path, **by, newQty="2").json()["code"] == -2038


@pytest.mark.parametrize("words", ["old", "new"])
def test_pairs(ann: Spot, words: str) -> None:
    common = {"symbol": ann.venue.symbol, "side": "SELL", "quantity": "1"}
    if words == "old":
        stop = {"stopPrice": "96", "stopLimitPrice": "95", "stopLimitTimeInForce": "GTC"}
        shown = ann.at.privatePostOrderOco(common | {"price": "105"} | stop)
    else:
        above = {"aboveType": "LIMIT_MAKER", "abovePrice": "105"}
        below = {"belowType": "STOP_LOSS_LIMIT", "belowStopPrice": "96", "belowPrice": "95", "belowTimeInForce": "GTC"}
        shown = ann.at.privatePostOrderListOco(common | above | below)
    assert (shown["contingencyType"], len(shown["orders"]), len(shown["orderReports"])) == ("OCO", 2, 2)
    list_id = shown["orderListId"]
    native = ann.native.call("GET", "/v1/orderList", {"orderListId": int(list_id)})
    assert {one["orderId"] for one in native["orders"]} == {one["orderId"] for one in shown["orders"]}
    assert list_id in {one["orderListId"] for one in ann.at.privateGetOpenOrderList()}
    assert ann.at.privateGetOrderList({"orderListId": list_id})["listOrderStatus"] == "EXECUTING"
    done = ann.at.privateDeleteOrderList({"symbol": ann.venue.symbol, "orderListId": list_id})
    assert {one["status"] for one in done["orderReports"]} == {"CANCELED"}
    assert ann.at.privateGetOrderList({"orderListId": list_id})["listOrderStatus"] == "ALL_DONE"
    assert ann.at.fetch_open_orders(ann.market) == []

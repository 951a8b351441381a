"""Binance's own SDK, with our address in its configuration. It sends a POST's parameters in the query."""

from typing import Any

import pytest
from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import BadRequestError, ClientError
from binance_sdk_spot.spot import Spot

from tests.compat.venue import Venue


@pytest.fixture(scope="module")
def api(venue: Venue) -> Any:
    party = venue.ann
    return Spot(ConfigurationRestAPI(api_key=party.key, api_secret=party.secret, base_path=party.base)).rest_api


def test_it_trades(api: Any, venue: Venue) -> None:
    assert api.time().data().server_time > 0
    shown = api.new_order(symbol=venue.symbol, side="SELL", type="LIMIT", time_in_force="GTC", quantity=1, price=103).data()
    by = {"symbol": venue.symbol, "orderId": shown.order_id}
    assert venue.ann.native.call("GET", "/v1/order", by)["status"] == "NEW"
    assert api.get_order(symbol=venue.symbol, order_id=shown.order_id).data().status == "NEW"
    depth = api.depth(symbol=venue.symbol).data()
    assert depth.asks == venue.ann.native.call("GET", "/v1/depth", {"symbol": venue.symbol})["asks"]
    assert api.delete_order(symbol=venue.symbol, order_id=shown.order_id).data().status == "CANCELED"
    assert venue.ann.native.call("GET", "/v1/order", by)["status"] == "CANCELED"
    assert {one.asset for one in api.get_account().data().balances} == {venue.asset, "USDT"}
    with pytest.raises((BadRequestError, ClientError)):
        api.delete_order(symbol=venue.symbol, order_id=shown.order_id)

"""ccxt as it comes, with our addresses in place of Binance's."""

from typing import Any

import ccxt

from tests.compat.venue import Party, Venue


def settings(party: Party) -> dict[str, Any]:
    """For any of ccxt's classes of Binance: what a trader writes into his configuration."""
    http, ws = party.base, party.base.replace("http", "ws", 1)
    sockets = {"spot": f"{ws}/ws", "ws-api": {"spot": f"{ws}/ws-api/v3"}}
    api = {"public": f"{http}/api/v3", "private": f"{http}/api/v3", "v1": f"{http}/api/v1", "sapi": f"{http}/sapi/v1"}
    return {
        "apiKey": party.key,
        "secret": party.secret,
        "urls": {"api": api | {"ws": sockets}},
        "options": {"fetchMarkets": {"types": ["spot"]}},
        "enableRateLimit": False,
    }


class Spot:
    """One trader's ccxt, and his market. `native` is what the native API says to the same account."""

    def __init__(self, venue: Venue, party: Party) -> None:
        self.venue = venue
        self.party = party
        self.native = party.native
        self.at = ccxt.binance(settings(party))
        self.at.load_markets()
        self.market = venue.unified

    def order(self, kind: str, side: str, amount: float | None, price: float | None = None, **params: Any) -> Any:
        return self.at.create_order(self.market, kind, side, amount, price, params)

    def told(self, order_id: str) -> Any:
        """The order, natively."""
        return self.native.call("GET", "/v1/order", {"symbol": self.venue.symbol, "orderId": int(order_id)})

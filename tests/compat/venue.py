"""A market of one's own in a running exchange, with two traders: each a native client, and keys for Binance's clients."""

import hashlib
import hmac
import itertools
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.e2e.child import ExchangeChild
from tradewind.client.blocking import BlockingClient

NUMBERS = itertools.count(1)
PRICE = Decimal(100)
READ, READ_AND_TRADE = 1, 3
FUNDS = {"base": "1000.00000000", "USDT": "1000000.000000"}


@dataclass
class Party:
    """`native` speaks the native API for the same account."""

    account: int
    key: str
    secret: str
    native: BlockingClient
    base: str

    def signed(self, **params: Any) -> str:
        """A query string, signed as Binance wants it."""
        text = urlencode({"timestamp": time.time_ns() // 1_000_000, **params})
        return f"{text}&signature={hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()}"

    def send(self, method: str, path: str, query: str = "", body: str = "") -> httpx.Response:
        """As it stands, with the key."""
        headers = {"X-MBX-APIKEY": self.key, "Content-Type": "application/x-www-form-urlencoded"}
        return httpx.request(method, f"{self.base}{path}{'?' if query else ''}{query}", headers=headers, content=body or None)

    def ask(self, method: str, path: str, **params: Any) -> httpx.Response:
        """Signed, in the query."""
        return self.send(method, path, self.signed(**params))


@dataclass
class Venue:
    """`symbol` as we write it, `unified` as ccxt does."""

    exchange: ExchangeChild
    stack: ExitStack
    asset: str = field(init=False)
    ann: Party = field(init=False)
    bob: Party = field(init=False)

    def __post_init__(self) -> None:
        self.asset = f"TW{next(NUMBERS)}"
        self.admin("/admin/assets", asset=self.asset, precision=8)
        self.market()
        self.ann, self.bob = self.party(), self.party()

    @property
    def symbol(self) -> str:
        return f"{self.asset}USDT"

    @property
    def unified(self) -> str:
        return f"{self.asset}/USDT"

    def admin(self, path: str, **fields: Any) -> Any:
        demo = self.exchange.demo
        answer = httpx.post(demo.urls["admin"] + path, json=fields, headers={"X-Admin-Token": demo.admin["token"]})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def market(self) -> None:
        rules = {"tickSize": "0.01", "stepSize": "0.001", "minNotional": "1", "maxQty": "500", "bandBps": 1_000}
        fees = {"makerFeePpm": 500, "takerFeePpm": 1_000}
        self.admin("/admin/symbols", symbol=self.symbol, baseAsset=self.asset, quoteAsset="USDT", **rules, **fees)

    def party(self, permissions: int = READ_AND_TRADE) -> Party:
        account = self.admin("/admin/accounts", email=f"t{next(NUMBERS)}@compat.test")["account"]
        for asset, amount in ((self.asset, FUNDS["base"]), ("USDT", FUNDS["USDT"])):
            self.admin("/admin/adjustments", account=account, asset=asset, amount=amount, reference=f"t:{account}:{asset}")
        return self.key(account, permissions)

    def key(self, account: int, permissions: int) -> Party:
        made = self.admin("/admin/apiKeys", account=account, label="compat", permissions=permissions)
        key, secret = made["apiKey"], made["secret"]
        native = self.stack.enter_context(BlockingClient(self.exchange.public, key, secret))
        return Party(account, key, secret, native, self.exchange.public)

    def trade(self, price: str = "100", quantity: str = "1") -> None:
        """Ann sells, bob buys."""
        order = {"symbol": self.symbol, "type": "LIMIT", "price": price, "quantity": quantity}
        self.ann.native.call("POST", "/v1/order", None, order | {"side": "SELL"})
        bought = self.bob.native.call("POST", "/v1/order", None, order | {"side": "BUY", "newOrderRespType": "FULL"})
        assert bought["status"] == "FILLED", bought

    def clear(self) -> None:
        """No order of anybody's stands any more, and all funds are free."""
        for one in (self.ann, self.bob):
            one.native.call("DELETE", "/v1/openOrders", {"symbol": self.symbol})
            while one.native.call("GET", "/v1/openOrders", {"symbol": self.symbol}):
                pass

    def orders(self, party: Party) -> dict[int, Any]:
        """What the native API says, by order id."""
        return {one["orderId"]: one for one in party.native.call("GET", "/v1/allOrders", {"symbol": self.symbol})}

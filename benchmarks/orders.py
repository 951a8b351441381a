"""Signed orders that meet each other: random sides within three ticks of one price, as in PERFORMANCE.md E."""

import hmac
import time
from dataclasses import dataclass
from hashlib import sha256
from random import Random

SYMBOL = "BTCUSDT"
MIDDLE_TICKS = 6_500_000  # cents
BAND_TICKS = 3
LOTS_MAX = 10
LOTS_AHEAD_MAX = 400
FRESH_S = 25.0  # a signature is good for 30 s


@dataclass(frozen=True, slots=True)
class Account:
    key: str
    secret: bytes


class Orders:
    """Requests for POST /v1/order, numbered through so that no client order id or nonce comes twice."""

    def __init__(self, accounts: list[Account], seed: int = 1) -> None:
        self._accounts = accounts
        self._random = Random(seed)
        self._made = 0
        self._bought = 0  # lots asked for so far, less those offered

    def signed(self, count: int, responses: tuple[str, ...] = ("ACK",)) -> list[bytes]:
        """To be sent within FRESH_S. `responses`: what each in turn asks for. Costs about 10 us a request."""
        return [self._request(responses[number % len(responses)]) for number in range(count)]

    def body(self, response: str, side: str = "") -> str:
        """An order's parameters, unlike those of any other. `side` empty: drawn."""
        self._made += 1
        draw = self._random.randrange
        price, lots = MIDDLE_TICKS + draw(-BAND_TICKS, BAND_TICKS + 1), 1 + draw(LOTS_MAX)
        side = side or ("BUY", "SELL")[draw(2)]
        if abs(self._bought) > LOTS_AHEAD_MAX:  # else what rests on one side grows for ever, up to the limit of each account
            side = "SELL" if self._bought > 0 else "BUY"
        self._bought += lots if side == "BUY" else -lots
        return (
            f'{{"symbol":"{SYMBOL}","side":"{side}","type":"LIMIT","timeInForce":"GTC",'
            f'"quantity":"0.{lots:04}","price":"{price // 100}.{price % 100:02}",'
            f'"clientOrderId":"b{self._made}","newOrderRespType":"{response}"}}'
        )

    def _request(self, response: str) -> bytes:
        body = self.body(response).encode()
        account = self._accounts[self._made % len(self._accounts)]
        stamp, nonce = time.time_ns() // 1_000_000, f"n{self._made}"
        message = f"{stamp}\n{nonce}\nPOST\n/v1/order\n\n{sha256(body).hexdigest()}"
        signature = hmac.digest(account.secret, message.encode(), "sha256").hex()
        return (
            f"POST /v1/order HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-API-KEY: {account.key}\r\n"
            f"X-API-TIMESTAMP: {stamp}\r\nX-API-NONCE: {nonce}\r\nX-API-SIGNATURE: {signature}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

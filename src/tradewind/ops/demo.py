"""What a new exchange needs to be tried out: assets, symbols, funded accounts with keys. Safe to repeat."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import trio

from tradewind.client.rest import ApiError, Client, NoAnswer
from tradewind.ops.files import write_private

ASSETS = {"BTC": 8, "ETH": 8, "USDT": 6, "USD": 4, "AAPL": 0}
ACCOUNTS = ("alice", "bob", "carol", "dave")
FUNDS = {"BTC": "100.00000000", "ETH": "1000.00000000", "USDT": "10000000.000000", "USD": "1000000000.0000", "AAPL": "10000000"}
READ_AND_TRADE = 3
TRY_S, TRIES_MAX = 0.1, 600  # a minute for every process to start
UNKNOWN_MAX = 5
SYMBOLS: tuple[dict[str, Any], ...] = (
    {"symbol": "BTCUSDT", "baseAsset": "BTC", "quoteAsset": "USDT", "tickSize": "0.01", "stepSize": "0.0001"}
    | {"minNotional": "1", "maxQty": "1000", "makerFeePpm": 500, "takerFeePpm": 1000},
    {"symbol": "ETHUSDT", "baseAsset": "ETH", "quoteAsset": "USDT", "tickSize": "0.01", "stepSize": "0.001"}
    | {"minNotional": "1", "maxQty": "10000", "makerFeePpm": 500, "takerFeePpm": 1000},
    {"symbol": "ETHBTC", "baseAsset": "ETH", "quoteAsset": "BTC", "tickSize": "0.00001", "stepSize": "0.001"}
    | {"minNotional": "0.0001", "maxQty": "10000", "makerFeePpm": 500, "takerFeePpm": 1000},
    # For `tradewind flow`: prices in dollars * 10 000, no band, no fees, own orders may meet, as in the recording.
    {"symbol": "AAPLUSD", "baseAsset": "AAPL", "quoteAsset": "USD", "tickSize": "0.0001", "stepSize": "1"}
    | {"minNotional": "0", "maxQty": "1000000", "bandBps": 0, "selfTradeAllowed": True},
)


@dataclass
class Demo:
    """The file that `tradewind up` writes (API.md, "demo accounts"). Accounts have keys and no passwords yet."""

    accounts: list[dict[str, Any]] = field(default_factory=list)
    admin: dict[str, str] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)


def read_demo(path: Path) -> Demo:
    return msgspec.json.decode(path.read_bytes(), type=Demo) if path.exists() else Demo()


async def _patiently(client: Client, path: str, body: dict[str, Any]) -> Any:
    """The answer of an exchange that may still be starting: asked again while surely nothing was done."""
    for _ in range(TRIES_MAX):
        try:
            return await client.call("POST", path, body=body)
        except ApiError as error:
            if error.status != 503:
                raise
        except NoAnswer as error:
            if error.sent:
                raise
        await trio.sleep(TRY_S)
    return await client.call("POST", path, body=body)


async def _once(client: Client, path: str, body: dict[str, Any]) -> None:
    """Make it, unless it is there already; so an outcome that nobody knows is asked for again."""
    for _ in range(UNKNOWN_MAX):
        try:
            await _patiently(client, path, body)
        except ApiError as error:
            if error.unknown:
                continue
            if error.code != "ALREADY_EXISTS":
                raise
        return
    raise TimeoutError(f"{path}: nobody knows whether {body} was done")


async def furnish(path: Path, public: str, admin: str, feed: str, admin_token: str) -> Demo:
    """Bring a running exchange to the demo's state through its operators' listener; `path` remembers the keys."""
    demo = read_demo(path)
    demo.admin = {"token": admin_token}
    demo.urls = {"public": public, "admin": admin, "private_socket": public.replace("http", "ws", 1) + "/ws/private"}
    demo.urls["public_socket"] = public.replace("http", "ws", 1) + "/ws"
    demo.urls["feed"] = f"{feed}/ws"  # the same, on a port of its own: for many subscribers
    client = Client(admin, headers={"X-Admin-Token": admin_token})
    try:
        for asset, precision in ASSETS.items():
            await _once(client, "/admin/assets", {"asset": asset, "precision": precision})
        for symbol in SYMBOLS:
            await _once(client, "/admin/symbols", symbol)
        known = {account["email"] for account in demo.accounts}
        for name in ACCOUNTS:
            if f"{name}@demo.test" not in known:
                demo.accounts.append(await _account(client, f"{name}@demo.test"))
                write_private(path, demo)  # a key is shown once: keep it before going on
    finally:
        await client.aclose()
    write_private(path, demo)
    return demo


async def _account(client: Client, email: str) -> dict[str, Any]:
    made = await _patiently(client, "/admin/accounts", {"email": email})
    account = made["account"]
    for asset, amount in FUNDS.items():
        body = {"account": account, "asset": asset, "amount": amount, "reference": f"demo:{account}:{asset}"}
        await _once(client, "/admin/adjustments", body)
    key = await _patiently(client, "/admin/apiKeys", {"account": account, "label": "demo", "permissions": READ_AND_TRADE})
    return {"id": account, "email": email, "key": key["apiKey"], "secret": key["secret"], "permissions": READ_AND_TRADE}

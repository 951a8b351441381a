"""What operators ask for, on their own listener. Commands to the inboxes of admin and user."""

import re
from typing import Any

from tradewind.messages.commands import (
    Adjust,
    ChangeSymbol,
    Command,
    CreateAccount,
    CreateApiKey,
    CreateAsset,
    CreateSymbol,
    RevokeApiKey,
    SetMarketState,
)
from tradewind.messages.replies import Created, Refused
from tradewind.ports.errors import PortError, Unavailable, Unknown
from tradewind.runtime.vault import NONCE_BYTES
from tradewind.services.gateway.access import networks_of
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.problems import Problem, bad, refusal_of, unavailable
from tradewind.values.ids import ID_MAX
from tradewind.values.money import BPS, PPM, PRECISION_MAX, UNITS_MAX
from tradewind.values.orders import MarketState
from tradewind.values.symbols import ASSET, SYMBOL, SymbolRules

EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}")
REFERENCE = re.compile(r"[A-Za-z0-9._:/-]{1,64}")
API_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
COMMAND_ID_BYTES = 16
KEY_NAME_BYTES = 16
SECRET_BYTES = 32
_ACTIONS = {"HALT": MarketState.HALT, "CANCEL_ONLY": MarketState.CANCEL_ONLY, "RESUME": MarketState.TRADING}


async def _ask(gateway: Gateway, service: str, command: Command) -> int:
    """The id of what was made. Raises Problem."""
    [shard] = gateway.topology.shards(service)
    try:
        answer = await gateway.ask(shard, command, gateway.world.entropy.token(COMMAND_ID_BYTES))
    except Unavailable:
        raise unavailable() from None
    except Unknown:
        raise Problem(504, "OUTCOME_UNKNOWN", "it may have been done: look before you repeat it") from None
    if isinstance(answer.reply, Refused):
        raise refusal_of(answer.reply)
    assert isinstance(answer.reply, Created), answer
    return answer.reply.id


async def _reload(gateway: Gateway) -> None:
    """What has just been made is known here from now on, whether or not its event has come yet."""
    try:
        await gateway.catalogue.load(gateway.world.store)
    except PortError:
        gateway.world.tally.count("catalogue waits for the feed")


async def create_asset(gateway: Gateway, call: Call) -> Any:
    asset = call.fields.text("asset", ASSET)
    precision = call.fields.integer("precision", 0, PRECISION_MAX)
    call.fields.done()
    await _ask(gateway, "admin", CreateAsset(asset, precision))
    await _reload(gateway)
    return {"asset": asset, "precision": precision}


async def create_symbol(gateway: Gateway, call: Call) -> Any:
    """Amounts are decimal strings, in the precisions of the two assets."""
    fields = call.fields
    await _reload(gateway)
    base, quote = fields.text("baseAsset", ASSET), fields.text("quoteAsset", ASSET)
    base_precision, quote_precision = gateway.catalogue.precision_of(base), gateway.catalogue.precision_of(quote)
    rules = SymbolRules(
        symbol=fields.text("symbol", SYMBOL),
        base=base,
        quote=quote,
        base_precision=base_precision,
        quote_precision=quote_precision,
        tick=fields.amount("tickSize", quote_precision),
        lot=fields.amount("stepSize", base_precision),
        notional_min=fields.amount("minNotional", quote_precision, low=0),
        quantity_max=fields.amount("maxQty", base_precision),
        band_bps=fields.integer("bandBps", 0, BPS - 1, default=500),
        maker_fee_ppm=fields.integer("makerFeePpm", 0, PPM, default=0),
        taker_fee_ppm=fields.integer("takerFeePpm", 0, PPM, default=0),
        self_trade_allowed=fields.flag("selfTradeAllowed", False),
    )
    fields.done()
    await _ask(gateway, "admin", CreateSymbol(rules))
    await _reload(gateway)
    return {"symbol": rules.symbol}


async def change_symbol(gateway: Gateway, call: Call) -> Any:
    """Only the given fields change; amounts as at creation."""
    fields = call.fields
    await _reload(gateway)
    rules = gateway.catalogue.rules_of(fields.text("symbol", SYMBOL))

    def amount(name: str, precision: int, low: int = 1) -> int | None:
        return fields.amount(name, precision, low) if name in fields else None

    def integer(name: str, high: int) -> int | None:
        return fields.integer(name, 0, high) if name in fields else None

    command = ChangeSymbol(
        rules.symbol,
        tick=amount("tickSize", rules.quote_precision),
        lot=amount("stepSize", rules.base_precision),
        notional_min=amount("minNotional", rules.quote_precision, low=0),
        quantity_max=amount("maxQty", rules.base_precision),
        band_bps=integer("bandBps", BPS - 1),
        maker_fee_ppm=integer("makerFeePpm", PPM),
        taker_fee_ppm=integer("takerFeePpm", PPM),
    )
    fields.done()
    await _ask(gateway, "admin", command)
    await _reload(gateway)
    return {"symbol": rules.symbol}


async def kill_switch(gateway: Gateway, call: Call) -> Any:
    action = call.fields.word("action", tuple(_ACTIONS))
    symbol = call.fields.optional_text("symbol", SYMBOL)
    scope = call.fields.optional_text("scope")
    reason = call.fields.text("reason")
    call.fields.done()
    if (symbol is None) == (scope is None) or scope not in {None, "ALL"}:
        raise bad("either symbol, or scope ALL, is required")
    await _ask(gateway, "admin", SetMarketState(symbol or "", _ACTIONS[action], reason))
    return {"action": action, "symbol": symbol, "scope": scope}


async def adjust(gateway: Gateway, call: Call) -> Any:
    """A credit from outside; taking away is the wallet's, when there is one."""
    account = call.fields.integer("account", 1, ID_MAX)
    asset = call.fields.text("asset", ASSET)
    if asset not in gateway.catalogue.precisions:
        await _reload(gateway)
    delta = call.fields.amount("amount", gateway.catalogue.precision_of(asset))
    reference = call.fields.text("reference", REFERENCE)
    call.fields.done()
    await _ask(gateway, "admin", Adjust(account, asset, delta, reference))
    return {"reference": reference}


async def create_account(gateway: Gateway, call: Call) -> Any:
    """Without a password nobody can log in; keys of the account work all the same."""
    email = call.fields.text("email", EMAIL)
    call.fields.done()
    return {"account": await _ask(gateway, "user", CreateAccount(email, "")), "email": email}


async def create_key(gateway: Gateway, call: Call) -> Any:
    """The secret is shown here and never again; it is kept sealed. HMAC is keyed with its characters as they stand here."""
    fields = call.fields
    account = fields.integer("account", 1, ID_MAX)
    label = fields.optional_text("label") or ""
    permissions = fields.integer("permissions", 1, 7)
    ip_allow = fields.optional_text("ipWhitelist") or ""
    expires_at_ms = fields.integer("expiresAt", 0, UNITS_MAX // 1_000_000, default=0)
    fields.done()
    try:
        networks_of(ip_allow)
    except ValueError:
        raise bad("ipWhitelist must be addresses or networks, separated by commas") from None
    entropy = gateway.world.entropy
    api_key, secret = entropy.token(KEY_NAME_BYTES).hex(), entropy.token(SECRET_BYTES).hex()
    sealed = gateway.vault.seal(secret.encode(), entropy.token(NONCE_BYTES))
    command = CreateApiKey(account, label, api_key, sealed, permissions, ip_allow, expires_at_ms * 1_000_000)
    made = await _ask(gateway, "user", command)
    return {"id": made, "apiKey": api_key, "secret": secret, "label": label, "permissions": permissions}


async def revoke_key(gateway: Gateway, call: Call) -> Any:
    account = call.fields.integer("account", 1, ID_MAX)
    api_key = call.fields.text("apiKey", API_KEY)
    call.fields.done()
    await _ask(gateway, "user", RevokeApiKey(account, api_key))
    return {"apiKey": api_key}


async def status(gateway: Gateway, call: Call) -> Any:
    call.fields.done()
    try:
        heads = await gateway.world.store.heads()
    except PortError:
        raise unavailable("the store does not answer now") from None
    shards = [
        {"shard": name, "epoch": head.epoch, "seq": head.seq, "holder": head.holder, "address": head.address}
        for name, head in sorted(heads.items())
    ]
    return {"shards": shards, "complaints": gateway.complaints(), "degraded": gateway.degraded()}


async def live(_gateway: Gateway, call: Call) -> Any:
    call.fields.done()
    return {"status": "live"}


async def ready(gateway: Gateway, call: Call) -> Any:
    call.fields.done()
    complaints = gateway.complaints()
    if complaints:
        raise Problem(503, "NOT_READY", "; ".join(complaints), retry_after_s=1)
    return {"status": "ready", "degraded": gateway.degraded()}

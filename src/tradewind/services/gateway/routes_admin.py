"""What operators ask of admin: assets, symbols, states, credits. On their own listener."""

import re
from typing import Annotated, Any, Literal

from msgspec import Meta

from tradewind.messages.commands import Adjust, ChangeSymbol, Command, CreateAsset, CreateSymbol, SetMarketState
from tradewind.messages.replies import Created, Refused
from tradewind.ports.errors import PortError, Unavailable, Unknown
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.asked import Amount, Asked, AssetName, Id, Nothing, PrintableText, SymbolName, units, whole
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.problems import Problem, bad, refusal_of, unavailable
from tradewind.services.gateway.route import Route
from tradewind.values.money import BPS, PPM, PRECISION_MAX, UNITS_MAX, format_units
from tradewind.values.orders import MarketState
from tradewind.values.symbols import BREAKER_TIME_S_MAX, SymbolRules

REFERENCE = re.compile(r"[A-Za-z0-9._:/-]{1,64}")
COMMAND_ID_BYTES = 16
_ACTIONS = {"HALT": MarketState.HALT, "CANCEL_ONLY": MarketState.CANCEL_ONLY, "RESUME": MarketState.TRADING}

Reference = Annotated[str, Meta(pattern=whole(REFERENCE))]
Bps = Annotated[int, Meta(ge=0, le=BPS - 1)]
Ppm = Annotated[int, Meta(ge=0, le=PPM)]
Count = Annotated[int, Meta(ge=0, le=UNITS_MAX)]
BreakerTime = Annotated[int, Meta(ge=0, le=BREAKER_TIME_S_MAX)]


class AssetAsked(Asked, frozen=True):
    asset: AssetName
    precision: Annotated[int, Meta(ge=0, le=PRECISION_MAX)]


class SymbolAsked(Asked, frozen=True, kw_only=True):
    """Amounts in the precisions of the two assets. `maxNotional` and `maxOpenOrders` 0 = as much as can be counted, as many as
    anywhere; `breakerBps` 0 = no circuit breaker."""

    symbol: SymbolName
    base_asset: AssetName
    quote_asset: AssetName
    tick_size: Amount
    step_size: Amount
    min_notional: Amount
    max_notional: Amount = "0"
    max_qty: Amount
    max_open_orders: Count = 0
    band_bps: Bps = 500
    maker_fee_ppm: Ppm = 0
    taker_fee_ppm: Ppm = 0
    self_trade_allowed: bool = False
    breaker_bps: Bps = 0
    breaker_window_s: BreakerTime = 0
    breaker_halt_s: BreakerTime = 0
    breaker_reopen_s: BreakerTime = 0


class SymbolChangeAsked(Asked, frozen=True, kw_only=True):
    """Only the given fields change."""

    symbol: SymbolName
    tick_size: Amount | None = None
    step_size: Amount | None = None
    min_notional: Amount | None = None
    max_notional: Amount | None = None
    max_qty: Amount | None = None
    max_open_orders: Count | None = None
    band_bps: Bps | None = None
    maker_fee_ppm: Ppm | None = None
    taker_fee_ppm: Ppm | None = None
    breaker_bps: Bps | None = None
    breaker_window_s: BreakerTime | None = None
    breaker_halt_s: BreakerTime | None = None
    breaker_reopen_s: BreakerTime | None = None


class KillSwitchAsked(Asked, frozen=True, kw_only=True):
    """Either one symbol or all of them."""

    action: Literal["HALT", "CANCEL_ONLY", "RESUME"]
    symbol: SymbolName = ""
    scope: Literal["ALL"] | None = None
    reason: PrintableText


class AdjustmentAsked(Asked, frozen=True):
    """`reference` is unique for ever: the second use has no second effect."""

    account: Id
    asset: AssetName
    amount: Amount
    reference: Reference


async def ask(gateway: Gateway, service: str, command: Command) -> int:
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


async def create_asset(gateway: Gateway, call: Call[AssetAsked]) -> Any:
    await ask(gateway, "admin", CreateAsset(call.asked.asset, call.asked.precision))
    await _reload(gateway)
    return {"asset": call.asked.asset, "precision": call.asked.precision}


async def create_symbol(gateway: Gateway, call: Call[SymbolAsked]) -> Any:
    asked = call.asked
    await _reload(gateway)
    base, quote = gateway.catalogue.precision_of(asked.base_asset), gateway.catalogue.precision_of(asked.quote_asset)
    rules = SymbolRules(
        symbol=asked.symbol,
        base=asked.base_asset,
        quote=asked.quote_asset,
        base_precision=base,
        quote_precision=quote,
        tick=units(asked.tick_size, "tickSize", quote),
        lot=units(asked.step_size, "stepSize", base),
        notional_min=units(asked.min_notional, "minNotional", quote, low=0),
        quantity_max=units(asked.max_qty, "maxQty", base),
        band_bps=asked.band_bps,
        maker_fee_ppm=asked.maker_fee_ppm,
        taker_fee_ppm=asked.taker_fee_ppm,
        self_trade_allowed=asked.self_trade_allowed,
        notional_max=units(asked.max_notional, "maxNotional", quote, low=0),
        open_orders_max=asked.max_open_orders,
        breaker_bps=asked.breaker_bps,
        breaker_window_s=asked.breaker_window_s,
        breaker_halt_s=asked.breaker_halt_s,
        breaker_reopen_s=asked.breaker_reopen_s,
    )
    await ask(gateway, "admin", CreateSymbol(rules))
    await _reload(gateway)
    return {"symbol": rules.symbol}


async def list_symbols(gateway: Gateway, _call: Call[Nothing]) -> Any:
    """With the names and units that the other verbs take."""
    await _reload(gateway)
    catalogue = gateway.catalogue
    return [_shown(catalogue.rules[name], catalogue.versions[name], catalogue.states[name]) for name in sorted(catalogue.rules)]


def _shown(rules: SymbolRules, version: int, state: MarketState) -> dict[str, Any]:
    base, quote = rules.base_precision, rules.quote_precision
    return {
        "symbol": rules.symbol,
        "version": version,
        "state": state.name,
        "baseAsset": rules.base,
        "quoteAsset": rules.quote,
        "tickSize": format_units(rules.tick, quote),
        "stepSize": format_units(rules.lot, base),
        "minNotional": format_units(rules.notional_min, quote),
        "maxNotional": format_units(rules.notional_max, quote),
        "maxQty": format_units(rules.quantity_max, base),
        "maxOpenOrders": rules.open_orders_max,
        "bandBps": rules.band_bps,
        "makerFeePpm": rules.maker_fee_ppm,
        "takerFeePpm": rules.taker_fee_ppm,
        "selfTradeAllowed": rules.self_trade_allowed,
        "breakerBps": rules.breaker_bps,
        "breakerWindowS": rules.breaker_window_s,
        "breakerHaltS": rules.breaker_halt_s,
        "breakerReopenS": rules.breaker_reopen_s,
    }


async def change_symbol(gateway: Gateway, call: Call[SymbolChangeAsked]) -> Any:
    asked = call.asked
    await _reload(gateway)
    rules = gateway.catalogue.rules_of(asked.symbol)

    def amount(text: str | None, name: str, precision: int, low: int = 1) -> int | None:
        return None if text is None else units(text, name, precision, low)

    command = ChangeSymbol(
        rules.symbol,
        tick=amount(asked.tick_size, "tickSize", rules.quote_precision),
        lot=amount(asked.step_size, "stepSize", rules.base_precision),
        notional_min=amount(asked.min_notional, "minNotional", rules.quote_precision, low=0),
        quantity_max=amount(asked.max_qty, "maxQty", rules.base_precision),
        band_bps=asked.band_bps,
        maker_fee_ppm=asked.maker_fee_ppm,
        taker_fee_ppm=asked.taker_fee_ppm,
        notional_max=amount(asked.max_notional, "maxNotional", rules.quote_precision, low=0),
        open_orders_max=asked.max_open_orders,
        breaker_bps=asked.breaker_bps,
        breaker_window_s=asked.breaker_window_s,
        breaker_halt_s=asked.breaker_halt_s,
        breaker_reopen_s=asked.breaker_reopen_s,
    )
    await ask(gateway, "admin", command)
    await _reload(gateway)
    return {"symbol": rules.symbol}


async def kill_switch(gateway: Gateway, call: Call[KillSwitchAsked]) -> Any:
    asked = call.asked
    if bool(asked.symbol) == bool(asked.scope):
        raise bad("either symbol, or scope ALL, is required")
    await ask(gateway, "admin", SetMarketState(asked.symbol, _ACTIONS[asked.action], asked.reason))
    return {"action": asked.action, "symbol": asked.symbol or None, "scope": asked.scope}


async def adjust(gateway: Gateway, call: Call[AdjustmentAsked]) -> Any:
    """A credit from outside; taking away is the wallet's, when there is one."""
    asked = call.asked
    if asked.asset not in gateway.catalogue.precisions:
        await _reload(gateway)
    delta = units(asked.amount, "amount", gateway.catalogue.precision_of(asked.asset))
    await ask(gateway, "admin", Adjust(asked.account, asked.asset, delta, asked.reference))
    return {"reference": asked.reference}


_SYMBOL = dict[str, str]
ROUTES: tuple[Route[Any], ...] = (
    Route("GET", "/admin/symbols", list_symbols, Need.OPERATOR, 1, Nothing, list[dict[str, Any]], "All markets, their rules"),
    Route("POST", "/admin/assets", create_asset, Need.OPERATOR, 1, AssetAsked, dict[str, Any], "A new asset"),
    Route("POST", "/admin/symbols", create_symbol, Need.OPERATOR, 1, SymbolAsked, _SYMBOL, "A new market"),
    Route("PATCH", "/admin/symbols", change_symbol, Need.OPERATOR, 1, SymbolChangeAsked, _SYMBOL, "New rules of a market"),
    Route("POST", "/admin/killSwitch", kill_switch, Need.OPERATOR, 1, KillSwitchAsked, dict[str, Any], "Halt, or resume"),
    Route("POST", "/admin/adjustments", adjust, Need.OPERATOR, 1, AdjustmentAsked, dict[str, str], "Credit an account"),
)

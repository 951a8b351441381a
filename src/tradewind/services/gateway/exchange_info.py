"""Assets, symbols and their rules, as Binance's filters and as our own words."""

from typing import Any

from tradewind.services.clearing.rules import ACCOUNT_ORDERS_MAX, ICEBERG_SLICES_MAX
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.shapes import ms
from tradewind.values.money import BPS, UNITS_MAX, format_units
from tradewind.values.orders import OrderType, SelfTrade, TimeInForce
from tradewind.values.symbols import SymbolRules

BPS_PLACES = 4
NO_MULTIPLIER = "0.0000"
ANY_MULTIPLIER = "1000000.0000"


def exchange_info(gateway: Gateway, symbol: str) -> dict[str, Any]:
    """Of one symbol, or of all when it is empty. Raises Problem."""
    known = gateway.catalogue.rules
    chosen = [gateway.catalogue.rules_of(symbol)] if symbol else [known[name] for name in sorted(known)]
    return {
        "timezone": "UTC",
        "serverTime": ms(gateway.world.clock.now()),
        "assets": [{"asset": name, "precision": places} for name, places in sorted(gateway.catalogue.precisions.items())],
        "symbols": [_symbol(rules, gateway.mirror.market(rules.symbol).state.name) for rules in chosen],
    }


def _symbol(rules: SymbolRules, status: str) -> dict[str, Any]:
    modes = [one.name for one in SelfTrade if one or rules.self_trade_allowed]
    return {
        "symbol": rules.symbol,
        "status": status,
        "baseAsset": rules.base,
        "quoteAsset": rules.quote,
        "baseAssetPrecision": rules.base_precision,
        "quoteAssetPrecision": rules.quote_precision,
        "quotePrecision": rules.quote_precision,
        "orderTypes": list(OrderType.__members__),
        "timeInForce": list(TimeInForce.__members__),
        "icebergAllowed": True,
        "ocoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "defaultSelfTradePreventionMode": SelfTrade.EXPIRE_TAKER.name,
        "allowedSelfTradePreventionModes": modes,
        "selfTradePreventionModes": modes,
        "makerFeePpm": rules.maker_fee_ppm,
        "takerFeePpm": rules.taker_fee_ppm,
        "filters": filters(rules),
    }


def filters(rules: SymbolRules) -> list[dict[str, Any]]:
    base, quote = rules.base_precision, rules.quote_precision
    tick, lot = format_units(rules.tick, quote), format_units(rules.lot, base)
    quantities = {"minQty": lot, "maxQty": format_units(rules.quantity_max // rules.lot * rules.lot, base), "stepSize": lot}
    price_max = format_units(UNITS_MAX // rules.tick * rules.tick, quote)
    notional_min, notional_max = format_units(rules.notional_min, quote), format_units(rules.notional_max or UNITS_MAX, quote)
    told: list[dict[str, Any]] = [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": price_max, "tickSize": tick},
        {"filterType": "LOT_SIZE", **quantities},
        {"filterType": "MARKET_LOT_SIZE", **quantities},
        {"filterType": "ICEBERG_PARTS", "limit": ICEBERG_SLICES_MAX},
        {
            "filterType": "NOTIONAL",
            "minNotional": notional_min,
            "applyMinToMarket": True,
            "maxNotional": notional_max,
            "applyMaxToMarket": True,
            "avgPriceMins": 0,  # it is reckoned by the order's own limit, or by the last trade
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": rules.open_orders_max or ACCOUNT_ORDERS_MAX},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": rules.open_orders_max or ACCOUNT_ORDERS_MAX},
    ]
    if rules.band_bps:
        up, down = format_units(BPS + rules.band_bps, BPS_PLACES), format_units(BPS - rules.band_bps, BPS_PLACES)
        # Who bids low or asks high harms nobody: only the other direction has a limit.
        told.append(
            {"filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": up, "bidMultiplierDown": NO_MULTIPLIER}
            | {"askMultiplierUp": ANY_MULTIPLIER, "askMultiplierDown": down, "avgPriceMins": 0}
        )
    return told

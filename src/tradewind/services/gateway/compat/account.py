"""The account, its fees, its order counts, and its deposits and withdrawals as far as the wallet has them."""

from typing import Any

from tradewind.services.gateway import reads
from tradewind.services.gateway import shapes as native
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.compat import asks
from tradewind.services.gateway.compat.fees import NO_EXTRAS, fraction, rates
from tradewind.services.gateway.compat.info import rate_limits
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.limits import Standing
from tradewind.services.gateway.shapes import ms


def _bps(rate: str) -> int:
    """Of a fraction as text; rounded down."""
    return int(rate.removeprefix("0.")[:4])


async def account(gateway: Gateway, call: Call[asks.AccountAsked]) -> Any:
    """Rates are the highest of all symbols'; account/commission has those of one."""
    found = await reads.balances(gateway, call.account)
    balances = [native.balance(one, gateway.catalogue) for one in found]
    if call.asked.omit_zero_balances:
        balances = [one for one, row in zip(balances, found, strict=True) if row.available or row.held]
    tier = await rates(gateway, call.account)
    pairs = [tier.of(rules) for rules in gateway.catalogue.rules.values()]
    maker, taker = (max((pair[place] for pair in pairs), default=fraction(0)) for place in range(2))
    return {
        "makerCommission": _bps(maker),
        "takerCommission": _bps(taker),
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {"maker": maker, "taker": taker, "buyer": fraction(0), "seller": fraction(0)},
        "canTrade": bool(call.permissions & Need.TRADE),
        "canWithdraw": bool(call.permissions & Need.WITHDRAW),
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": True,
        "preventSor": False,
        "updateTime": ms(gateway.world.clock.now()),
        "accountType": "SPOT",
        "balances": balances,
        "permissions": ["SPOT"],
        "uid": call.account,
    }


async def commissions(gateway: Gateway, call: Call[asks.SymbolAsked]) -> Any:
    maker, taker = (await rates(gateway, call.account)).of(gateway.catalogue.rules_of(call.asked.symbol))
    nothing = {"maker": fraction(0), "taker": fraction(0), "buyer": fraction(0), "seller": fraction(0)}
    return {
        "symbol": call.asked.symbol,
        "standardCommission": nothing | {"maker": maker, "taker": taker},
        "specialCommission": nothing,
        "taxCommission": nothing,
        "discount": NO_EXTRAS["discount"],
    }


async def trade_fee(gateway: Gateway, call: Call[asks.OneOrAll]) -> Any:
    names = [call.asked.symbol] if call.asked.symbol else sorted(gateway.catalogue.rules)
    tier = await rates(gateway, call.account)
    shown = [(name, *tier.of(gateway.catalogue.rules_of(name))) for name in names]
    return [{"symbol": name, "makerCommission": maker, "takerCommission": taker} for name, maker, taker in shown]


async def order_counts(gateway: Gateway, call: Call[asks.NoQuestion]) -> Any:
    """Of this account, as far as this gateway has heard."""
    standing = Standing()
    gateway.gate.limits.ordered(call.account, 0, standing)
    used = {"SECOND": standing.orders_10s, "DAY": standing.orders_1d}
    return [one | {"count": used[one["interval"]]} for one in rate_limits(gateway) if one["rateLimitType"] == "ORDERS"]


async def restrictions(gateway: Gateway, call: Call[asks.NoQuestion]) -> Any:
    may = call.permissions
    return {
        "ipRestrict": False,
        "createTime": 0,
        "enableReading": bool(may & Need.READ),
        "enableSpotAndMarginTrading": bool(may & Need.TRADE),
        "enableWithdrawals": bool(may & Need.WITHDRAW),
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableFutures": False,
        "permitsUniversalTransfer": False,
        "enableVanillaOptions": False,
    }


async def sub_accounts(gateway: Gateway, call: Call[asks.NoQuestion]) -> Any:
    """Named by their labels: they have no addresses of their own."""
    found = await reads.sub_accounts(gateway, call.account)
    return {"subAccounts": [{"subUserId": one.account, "email": one.label, "isFreeze": False} for one in found]}

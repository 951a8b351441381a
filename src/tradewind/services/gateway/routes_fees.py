"""What operators ask about fees: the schedule of tiers, and which tier an account has. On their own listener."""

from typing import Annotated, Any

from msgspec import Meta

from tradewind.messages.commands import SetAccountTier, SetFeeTiers
from tradewind.services.gateway import reads
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.answers import Answer
from tradewind.services.gateway.asked import Amount, Asked, AssetName, Id, Nothing, read, units
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.problems import bad
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.routes_admin import ask
from tradewind.values.fees import LEVELS_MAX, PERMILLE, FeeTier
from tradewind.values.money import format_units

Permille = Annotated[int, Meta(ge=0, le=PERMILLE)]


class TierAsked(Asked, frozen=True):
    """From `volumeMin` on, so many thousandths of a symbol's own rates."""

    volume_min: Amount
    maker_permille: Permille
    taker_permille: Permille


class FeesAsked(Asked, frozen=True):
    """The whole schedule, lowest first, beginning at a volume of 0. Volume is counted in trades quoted in `asset`."""

    asset: AssetName
    tiers: Annotated[list[Any], Meta(max_length=LEVELS_MAX)]


class AccountTierAsked(Asked, frozen=True):
    """`level` -1: by its volume again."""

    account: Id
    level: Annotated[int, Meta(ge=-1, le=LEVELS_MAX - 1)]


class TierShown(Answer):
    level: int
    volume_min: str
    maker_permille: int
    taker_permille: int


class FeesShown(Answer):
    """`asset` is empty where there is no schedule: then the symbols' own rates hold."""

    asset: str
    tiers: list[TierShown]


class AccountTierShown(Answer):
    account: int
    level: int


async def show(gateway: Gateway, _call: Call[Nothing]) -> Any:
    levels = await reads.fee_levels(gateway)
    asset = levels[0].asset if levels else ""
    tiers = [
        {
            "level": one.level,
            "volumeMin": format_units(one.volume_min, gateway.catalogue.precision_of(one.asset)),
            "makerPermille": one.maker_permille,
            "takerPermille": one.taker_permille,
        }
        for one in levels
    ]
    return {"asset": asset, "tiers": tiers}


async def set_tiers(gateway: Gateway, call: Call[FeesAsked]) -> Any:
    precision = gateway.catalogue.precision_of(call.asked.asset)
    tiers = []
    for item in call.asked.tiers:
        if not isinstance(item, dict):
            raise bad("a tier must be an object")
        tier = read(TierAsked, dict(item))
        volume = units(tier.volume_min, "volumeMin", precision, low=0)
        tiers.append(FeeTier(volume, tier.maker_permille, tier.taker_permille))
    await ask(gateway, "admin", SetFeeTiers(call.asked.asset, tuple(tiers)))
    return await show(gateway, Call(call.request_id, 0, 0, b"", Nothing()))


async def set_account_tier(gateway: Gateway, call: Call[AccountTierAsked]) -> Any:
    asked = call.asked
    await ask(gateway, "admin", SetAccountTier(asked.account, asked.level))
    return {"account": asked.account, "level": asked.level}


_FEES = "/admin/fees"
ROUTES: tuple[Route[Any], ...] = (
    Route("GET", _FEES, show, Need.OPERATOR, 1, Nothing, FeesShown, "The fee schedule"),
    Route(
        "POST", _FEES, set_tiers, Need.OPERATOR, 1, FeesAsked, FeesShown, "A new fee schedule", items={"tiers": TierAsked}
    ),
    Route(
        "POST", "/admin/accounts/tier", set_account_tier, Need.OPERATOR, 1, AccountTierAsked, AccountTierShown,
        "An account's tier, whatever it trades",
    ),
)  # fmt: skip

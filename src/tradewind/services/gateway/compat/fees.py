"""What an account pays: a symbol's rates at the account's tier, as clearing's own rows have them at this moment."""

from typing import NamedTuple

from tradewind.ports.tables import Query
from tradewind.services.clearing.tables import ACCOUNT_VOLUMES, CLEARING_PINS, CLEARING_TIERS
from tradewind.services.gateway import reads
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.reads import Where
from tradewind.values.fees import PERMILLE, VOLUME_DAYS, FeeTier, level_of, tier_rate_ppm
from tradewind.values.symbols import SymbolRules

DAY_NS = 86_400 * 1_000_000_000
NO_EXTRAS = {
    "taxCommissionForOrder": {"maker": "0.00000000", "taker": "0.00000000"},
    "discount": {"enabledForAccount": False, "enabledForSymbol": False, "discountAsset": "", "discount": "0.00000000"},
}


class Rates(NamedTuple):
    """Thousandths of a symbol's own rates."""

    maker: int
    taker: int

    def of(self, rules: SymbolRules) -> tuple[str, str]:
        """(maker, taker) as fractions of what is received."""
        return (
            fraction(tier_rate_ppm(rules.maker_fee_ppm, self.maker)),
            fraction(tier_rate_ppm(rules.taker_fee_ppm, self.taker)),
        )


def fraction(ppm: int) -> str:
    return f"0.{ppm:06d}00"


async def rates(gateway: Gateway, account: int) -> Rates:
    """Raises Problem."""
    shard: Where = (("shard", "=", gateway.topology.clearing_of(account)),)
    mine: Where = (*shard, ("account", "=", account))
    today = gateway.world.clock.now() // DAY_NS
    days: Where = (("day", ">=", today - VOLUME_DAYS), ("day", "<", today))
    levels, pins, volumes = await reads.rows(
        gateway,
        Query(CLEARING_TIERS, where=shard, order=("level",)),
        Query(CLEARING_PINS, where=mine),
        Query(ACCOUNT_VOLUMES, where=(*mine, *days)),
    )
    if not levels:
        return Rates(PERMILLE, PERMILLE)
    tiers = tuple(FeeTier(row.volume_min, row.maker_permille, row.taker_permille) for row in levels)
    volume = sum(row.volume for row in volumes if row.asset == levels[0].asset)
    level = min(pins[0].level, len(tiers) - 1) if pins else level_of(tiers, volume)
    return Rates(tiers[level].maker_permille, tiers[level].taker_permille)

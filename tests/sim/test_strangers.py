"""Strangers want what the rules allow, and what nobody else wants."""

from collections.abc import Iterator

from sim.drawing.strangers import ALL_IN, FAR_AWAY, draw_strangers
from sim.markets import MARKETS, PURSE
from sim.plan import Op
from tradewind.services.clearing.rules import MARKET_BAND_BPS, needed
from tradewind.values.orders import Side

SEEDS = range(60)


def wishes(account: int) -> Iterator[Op]:
    for seed in SEEDS:
        for client in draw_strangers(seed, 0, 2_000):
            if client.account == account:
                yield from client.ops


def test_their_orders_are_on_the_grid() -> None:
    for op in (*wishes(ALL_IN), *wishes(FAR_AWAY)):
        rules, _ = MARKETS[op.symbol]
        assert op.price > 0 and op.price % rules.tick == 0
        assert op.quantity > 0 and op.quantity % rules.lot == 0


def test_who_goes_all_in_has_less_left_than_the_fee() -> None:
    sides = set()
    for op in wishes(ALL_IN):
        rules, _ = MARKETS[op.symbol]
        asset, need = needed(rules, Side(op.side), op.price, op.quantity)
        assert 0 <= PURSE[asset] - need < max(1, need * rules.taker_fee_ppm // 1_000_000)
        sides.add(op.side)
    assert sides == {Side.BUY, Side.SELL}


def test_who_quotes_far_away_is_beyond_the_reach_of_market_orders() -> None:
    far = list(wishes(FAR_AWAY))
    assert {op.side for op in far} == {Side.BUY, Side.SELL}
    for op in far:
        _, middle = MARKETS[op.symbol]
        assert abs(op.price - middle) * 10_000 > middle * MARKET_BAND_BPS

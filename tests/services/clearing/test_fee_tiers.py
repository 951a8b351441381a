"""Fee tiers: whoever has traded more in the thirty days before today pays less of a symbol's fees."""

from tests.services.clearing.drawing import Drawing, check
from tests.services.clearing.venue import SECOND_NS
from tradewind.services.clearing.tables import ACCOUNT_VOLUMES
from tradewind.services.clearing.volumes import DAY_NS, Volumes
from tradewind.values.fees import FeeTier

FEES = "list BTCUSDT BTC USDT maker 10000 taker 50000"
DAY_S = DAY_NS // SECOND_NS
FUNDS = """
    fund ann 1000000 USDT
    fund bob 1000000 BTC
"""
TRADE = """
    sell 200 @ 1 bob
    buy 200 @ 1 ann     -> """


def trade(taker_fee: int, maker_fee: int) -> str:
    fees = f"fee {taker_fee} BTC" if taker_fee else "", f"fee {maker_fee} USDT" if maker_fee else ""
    said = f"bob sells 200 for 200 {fees[1]}".strip(), f"ann buys 200 for 200 {fees[0]}".strip()
    return f"{TRADE}held 200 USDT; bob filled, ann filled, {said[0]}, {said[1]}\n"


def test_without_a_schedule_everybody_pays_the_symbols_rates() -> None:
    check(FUNDS + trade(10, 2) + f"wait {DAY_S} s\n" + trade(10, 2), listed=FEES)


def test_a_level_is_reached_at_midnight_and_lost_after_thirty_days() -> None:
    """200 traded are enough for half of the fees: not today, but from tomorrow on, and thirty whole days count."""
    schedule = "tiers USDT 0:1000:1000 200:500:500\n"
    check(
        FUNDS
        + schedule
        + trade(10, 2)
        + trade(10, 2)
        + f"wait {DAY_S} s\n"
        + trade(5, 1)
        + f"wait {30 * DAY_S} s\n"
        + trade(5, 1)
        + f"wait {31 * DAY_S} s\n"
        + trade(10, 2),
        listed=FEES,
    )


def test_a_fill_is_of_the_day_on_which_it_is_settled() -> None:
    """The trade was before midnight; clearing heard of it after."""
    check(
        FUNDS
        + "tiers USDT 0:1000:1000 200:500:500\n"
        + trade(10, 2)
        + f"""
        sell 200 @ 1 bob
        stop clearing
        buy 200 @ 1 ann     -> held 200 USDT; bob filled, ann filled
        wait {DAY_S} s
        start clearing      -> bob sells 200 for 200 fee 1 USDT, ann buys 200 for 200 fee 5 BTC
        """,
        listed=FEES,
    )


def test_only_what_is_quoted_in_the_schedules_asset_counts_and_it_is_counted_before_there_is_a_schedule() -> None:
    check(
        FUNDS
        + """
        asset ETH 0
        list BTCETH BTC ETH
        fund ann 1000 ETH
        sell 200 @ 1 bob in BTCETH
        buy 200 @ 1 ann in BTCETH
        """
        + f"wait {DAY_S} s\n"
        + "tiers USDT 0:1000:1000 200:500:500\n"
        + trade(10, 2)
        + "tiers ETH 0:1000:1000 200:500:500\n"
        + trade(5, 1)
        + "tiers ETH\n"
        + trade(10, 2),
        listed=FEES,
    )


def test_a_pinned_account_has_its_level_whatever_it_trades() -> None:
    check(
        FUNDS
        + """
        pin ann 1                       -> INVALID_FEE_TIERS
        tiers USDT 0:1000:1000 900:500:200 5000:0:0
        pin ann 3                       -> INVALID_FEE_TIERS
        pin ann 1                       -> ok
        """
        + trade(2, 2)
        + "pin ann 2\n"
        + trade(0, 2)
        + "tiers USDT 0:1000:1000 900:500:200\n"
        + trade(2, 2)
        + "pin ann -1\n"
        + trade(10, 2)
        + "pin ann -7\n"
        + trade(10, 2),
        listed=FEES,
    )


def test_each_shard_counts_and_pins_its_own() -> None:
    check(
        FUNDS
        + """
        tiers USDT 0:1000:1000 200:500:500
        pin bob 1
        sell 200 @ 1 bob
        buy 200 @ 1 ann     -> held 200 USDT; bob filled, ann filled,
            bob sells 200 for 200 fee 1 USDT, ann buys 200 for 200 fee 10 BTC
        """
        + f"wait {DAY_S} s\n"
        + trade(5, 1),
        clearing=2,
        listed=FEES,
    )


def test_old_days_go_two_for_each_that_comes() -> None:
    """So rows do not pile up, of accounts either that have left."""
    made = Drawing(1, "asset BTC 0, asset USDT 0", FEES)
    (node,) = made.venue.of("clearing")
    for line in [*FUNDS.split("\n")[1:3], "fund cat 100 USDT", "fund cat 100 BTC"]:
        made.play(line)
    made.play("sell 1 @ 1 cat")
    made.play("buy 1 @ 1 ann")
    days = []
    for _ in range(40):
        made.play(f"wait {DAY_S} s")
        made.play("sell 1 @ 1 bob")
        made.play("buy 1 @ 1 ann")
        rows = node.kept.of(ACCOUNT_VOLUMES)
        days.append({row.account: sum(row.account == one.account for one in rows) for row in rows})
    assert days[-1].keys() == {1, 2} and max(days[-1].values()) <= 31
    assert 3 in days[28] and days[-1] == days[-2]


def test_volumes_stay_countable() -> None:
    volumes = Volumes(0)
    volumes.set_schedule("USDT", (FeeTier(0, 1000, 1000), FeeTier(2**63 - 1, 0, 0)))
    for _ in range(3):
        volumes.traded(1, "USDT", 2**62, 5)
    assert (volumes.permille(1, 5, maker=True), volumes.permille(1, 5 + DAY_NS, maker=True)) == (1000, 0)

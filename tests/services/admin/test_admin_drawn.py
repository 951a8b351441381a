"""What admin promises, drawn: assets, symbols, states, adjustments."""

from dataclasses import fields, replace
from typing import Any

import pytest

from tests.services.kept import Run
from tradewind.messages.commands import (
    Adjust,
    ChangeSymbol,
    CreateAccount,
    CreateAsset,
    CreateSymbol,
    SetAccountTier,
    SetFeeTiers,
    SetMarketState,
)
from tradewind.messages.events import (
    AccountTierSet,
    Adjusted,
    AssetCreated,
    Event,
    FeeTiersSet,
    MarketStateSet,
    SymbolChanged,
    SymbolCreated,
)
from tradewind.messages.replies import Created, Refused
from tradewind.runtime.machine import At
from tradewind.services.admin.machine import AdminMachine
from tradewind.values.fees import FeeTier
from tradewind.values.ids import ID_MAX
from tradewind.values.money import UNITS_MAX
from tradewind.values.orders import MarketState, stricter
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules

CHANGING = ("tick", "lot", "notional_min", "quantity_max", "band_bps", "maker_fee_ppm", "taker_fee_ppm")
PLAIN = SymbolRules("BTCUSDT", "BTC", "USDT", 2, 3, 10, 10, 1, 10**9, 500, 0, 0, False)

PLAIN_WORDS = [f"{name} {getattr(PLAIN, name)}" for name in CHANGING]


class Drawing:
    def __init__(self, crashing: bool) -> None:
        self.run, self.crashing = Run(AdminMachine), crashing

    def ask(self, command: Any) -> str:
        if self.crashing:
            self.run.reload()
        self.run.seq += 1
        outcome = self.run.machine.apply(command, At(self.run.seq, self.run.seq))
        self.run.kept.write(self.run.machine.changes())
        if isinstance(outcome.reply, Refused):
            assert not outcome.events, "a refusal changes nothing"
            return str(outcome.reply.code)
        assert outcome.reply == Created(0)
        return ", ".join(said(event) for event in outcome.events) or "nothing new"

    def play(self, line: str) -> str:
        match line.split():
            case ["asset", asset, precision]:
                return self.ask(CreateAsset(asset, int(precision)))
            case ["list", symbol, *pairs]:
                return self.ask(CreateSymbol(replace(PLAIN, symbol=symbol, **given(pairs))))
            case ["change", symbol, *pairs]:
                return self.ask(ChangeSymbol(symbol, **given(pairs)))
            case ["all", state, *reason]:
                return self.ask(SetMarketState("", MarketState[state], " ".join(reason)))
            case ["fund", account, delta, asset, reference]:
                return self.ask(Adjust(int(account), asset, int(delta), reference))
            case ["tiers", asset, *tiers]:
                return self.ask(SetFeeTiers(asset, tuple(FeeTier(*map(int, tier.split(":"))) for tier in tiers)))
            case ["pin", account, level]:
                return self.ask(SetAccountTier(int(account), int(level)))
            case [symbol, state, *reason]:
                return self.ask(SetMarketState(symbol, MarketState[state], " ".join(reason)))
        raise AssertionError(line)


def given(words: list[str]) -> dict[str, Any]:
    """Fields of SymbolRules, each followed by its value."""
    pairs = zip(words[::2], words[1::2], strict=True)
    return {name: value if name in ("base", "quote") else int(value) for name, value in pairs}


def said(event: Event) -> str:
    match event:
        case AssetCreated():
            return f"{event.asset} has {event.precision} places"
        case SymbolCreated():
            return f"{event.rules.symbol} is listed"
        case SymbolChanged():
            rules = event.rules
            now = [f"{field.name} {getattr(rules, field.name)}" for field in fields(PLAIN) if field.name in CHANGING]
            changed = [word for word, was in zip(now, PLAIN_WORDS, strict=True) if word != was]
            return " ".join([f"{rules.symbol} version {event.version}", *changed])
        case MarketStateSet():
            return f"{event.symbol} {event.state.name}"
        case FeeTiersSet():
            return " ".join([f"{event.asset} tiers", *(":".join(map(str, tier)) for tier in event.tiers)])
        case AccountTierSet():
            return f"{event.account} has tier {event.level}"
        case Adjusted():
            return f"{event.account} gets {event.delta} {event.asset}"
    raise AssertionError(event)


def check(drawn: str) -> None:
    """As it stands, and with the machine dropped and loaded before every line."""
    for crashing in (False, True):
        drawing = Drawing(crashing)
        for line in filter(str.strip, drawn.splitlines()):
            heard, arrow, expected = line.partition("->")
            came = drawing.play(heard)
            assert not arrow or came == " ".join(expected.split()), f"{line.strip()}\n  said: {came}"


def test_assets() -> None:
    check("""
        asset BTC 2                 -> BTC has 2 places
        asset BTC 2                 -> ALREADY_EXISTS
        asset BTC 3                 -> ALREADY_EXISTS
        asset btc 2                 -> BAD_REQUEST
        asset LONGERTHANSIXTEEN 2   -> BAD_REQUEST
        asset USDT 19               -> BAD_REQUEST
        asset USDT -1               -> BAD_REQUEST
        asset USDT 18               -> USDT has 18 places
        asset WEI 0                 -> WEI has 0 places
    """)


def test_a_symbol_is_refused_unless_every_notional_is_exact() -> None:
    """R1.8."""
    check(f"""
        list BTCUSDT                                    -> UNKNOWN_ASSET
        asset BTC 2
        list BTCUSDT                                    -> UNKNOWN_ASSET
        asset USDT 3
        list BTCUSDT base_precision 3                   -> INVALID_SYMBOL_CONFIG
        list BTCUSDT quote_precision 2                  -> INVALID_SYMBOL_CONFIG
        list BTCUSDT tick 5                             -> INVALID_SYMBOL_CONFIG
        list BTCUSDT lot 5                              -> INVALID_SYMBOL_CONFIG
        list BTCUSDT tick 0                             -> INVALID_SYMBOL_CONFIG
        list BTCUSDT tick -10                           -> INVALID_SYMBOL_CONFIG
        list BTCUSDT lot 0                              -> INVALID_SYMBOL_CONFIG
        list BTCUSDT tick -10 lot -10                   -> INVALID_SYMBOL_CONFIG
        list BTCUSDT tick {(UNITS_MAX // 100 + 1) * 100}    -> INVALID_SYMBOL_CONFIG
        list BTCUSDT quantity_max 9                     -> INVALID_SYMBOL_CONFIG
        list BTCUSDT quantity_max {UNITS_MAX + 1}       -> INVALID_SYMBOL_CONFIG
        list BTCUSDT notional_min -1                    -> INVALID_SYMBOL_CONFIG
        list BTCUSDT notional_min {UNITS_MAX + 1}       -> INVALID_SYMBOL_CONFIG
        list BTCUSDT maker_fee_ppm 100001               -> INVALID_SYMBOL_CONFIG
        list BTCUSDT taker_fee_ppm -1                   -> INVALID_SYMBOL_CONFIG
        list BTCUSDT band_bps 10000                     -> INVALID_SYMBOL_CONFIG
        list BTCBTC quote BTC quote_precision 2         -> INVALID_SYMBOL_CONFIG
        list btcusdt                                    -> INVALID_SYMBOL_CONFIG
        list BTCUSDT                                    -> BTCUSDT is listed
        list BTCUSDT                                    -> ALREADY_EXISTS
        list USDTBTC base USDT base_precision 3 quote BTC quote_precision 2     -> INVALID_SYMBOL_CONFIG
        list USDTBTC base USDT base_precision 3 quote BTC quote_precision 2 tick 100    -> USDTBTC is listed
        list WIDE tick 1 lot 100 maker_fee_ppm 100000   -> WIDE is listed
    """)


def test_only_what_is_given_changes_and_each_change_is_a_version() -> None:
    check("""
        change BTCUSDT maker_fee_ppm 1                  -> UNKNOWN_SYMBOL
        asset BTC 2
        asset USDT 3
        list BTCUSDT
        change BTCUSDT maker_fee_ppm 7                  -> BTCUSDT version 2 maker_fee_ppm 7
        change BTCUSDT taker_fee_ppm 9 band_bps 0       -> BTCUSDT version 3 band_bps 0 maker_fee_ppm 7 taker_fee_ppm 9
        change BTCUSDT taker_fee_ppm 9                  -> nothing new
        change BTCUSDT maker_fee_ppm 100001             -> INVALID_SYMBOL_CONFIG
        change BTCUSDT quantity_max 9                   -> INVALID_SYMBOL_CONFIG
        change BTCUSDT maker_fee_ppm 0 taker_fee_ppm 0 band_bps 500 notional_min 5  -> BTCUSDT version 4 notional_min 5
    """)


def test_a_finer_grid_is_refused_when_an_older_order_could_meet_it_unevenly() -> None:
    """tick * lot must be a multiple of 100. A tick of 5 is even with a lot of 20, but not with what rests since a lot of 10."""
    check("""
        asset BTC 2
        asset USDT 3
        list BTCUSDT
        change BTCUSDT tick 5                           -> INVALID_SYMBOL_CONFIG
        change BTCUSDT tick 5 lot 20                    -> INVALID_SYMBOL_CONFIG
        change BTCUSDT tick 20 lot 30                   -> BTCUSDT version 2 tick 20 lot 30
        change BTCUSDT tick 20 lot 5                    -> INVALID_SYMBOL_CONFIG
        change BTCUSDT tick 10                          -> BTCUSDT version 3 lot 30
        change BTCUSDT lot 10 tick 30                   -> BTCUSDT version 4 tick 30
        list ROOMY tick 100 lot 100                     -> ROOMY is listed
        change ROOMY tick 10                            -> ROOMY version 2 lot 100
        change ROOMY tick 100 lot 1                     -> INVALID_SYMBOL_CONFIG
    """)


TWO = """
        asset BTC 2
        asset USDT 3
        list ZED
        list ABC
"""


def test_resuming_all_does_not_reopen_what_was_halted_alone() -> None:
    check(f"""{TWO}
        ZED HALT fraud              -> ZED HALT
        all HALT drill              -> ABC HALT
        all TRADING over            -> ABC TRADING
        ABC HALT                    -> ABC HALT
        ABC TRADING                 -> ABC TRADING
        ZED TRADING                 -> ZED TRADING
        NOSUCH HALT                 -> UNKNOWN_SYMBOL
    """)


def test_resuming_one_does_not_reopen_it_while_all_are_halted() -> None:
    check(f"""{TWO}
        all HALT                    -> ABC HALT, ZED HALT
        all HALT                    -> nothing new
        ZED TRADING                 -> nothing new
        ZED CANCEL_ONLY             -> nothing new
        all TRADING                 -> ABC TRADING, ZED CANCEL_ONLY
        all POST_ONLY               -> ABC POST_ONLY
        ZED TRADING                 -> ZED POST_ONLY
    """)


def test_a_symbol_that_is_listed_during_a_halt_is_halted_with_the_others() -> None:
    check(f"""{TWO}
        ZED HALT
        all CANCEL_ONLY
        list NEW                    -> NEW is listed, NEW CANCEL_ONLY
        ZED TRADING                 -> ZED CANCEL_ONLY
        all TRADING                 -> ABC TRADING, NEW TRADING, ZED TRADING
        list NEWER                  -> NEWER is listed
    """)


def test_a_halt_of_all_that_nothing_would_remember_is_refused() -> None:
    """It would be forgotten by the first listing; the operator must know that nothing is halted."""
    check("""
        all HALT                    -> UNKNOWN_SYMBOL
        asset BTC 2
        asset USDT 3
        list ZED                    -> ZED is listed
    """)


@pytest.mark.parametrize("one", MarketState)
@pytest.mark.parametrize("other", [state for state in MarketState if state is not MarketState.DELISTED])
def test_the_stricter_word_holds(one: MarketState, other: MarketState) -> None:
    """DELISTED over HALT over PRE_OPEN over CANCEL_ONLY over POST_ONLY over TRADING, whoever said it."""
    order = ["TRADING", "POST_ONLY", "CANCEL_ONLY", "PRE_OPEN", "HALT", "DELISTED"]
    assert stricter(one, other).name == max(one.name, other.name, key=order.index)
    check(f"""{TWO}
        ZED {one.name}
        all {other.name}
        list NEW
        ZED {one.name}              -> nothing new
        all {other.name}            -> nothing new
    """)


def test_adjustments_come_once_a_reference_and_stay_countable() -> None:
    check(f"""{TWO}
        fund 7 5 USDT a             -> 7 gets 5 USDT
        fund 7 5 USDT a             -> nothing new
        fund 7 6 USDT a             -> ALREADY_EXISTS
        fund 8 5 USDT a             -> ALREADY_EXISTS
        fund 7 5 BTC a              -> ALREADY_EXISTS
        fund 7 5 EUR b              -> UNKNOWN_ASSET
        fund 7 0 USDT b             -> QUANTITY_OUT_OF_RANGE
        fund 7 -5 USDT b            -> QUANTITY_OUT_OF_RANGE
        fund 0 5 USDT b             -> UNKNOWN_ACCOUNT
        fund -2 5 USDT b            -> UNKNOWN_ACCOUNT
        fund {ID_MAX + 1} 5 USDT b  -> UNKNOWN_ACCOUNT
        fund 7 {UNITS_MAX} USDT b   -> QUANTITY_OUT_OF_RANGE
        fund 7 {UNITS_MAX} BTC b    -> 7 gets {UNITS_MAX} BTC
        fund 8 1 BTC c              -> QUANTITY_OUT_OF_RANGE
        fund 7 {UNITS_MAX} BTC b    -> nothing new
        fund 8 {UNITS_MAX - 5} USDT d   -> 8 gets {UNITS_MAX - 5} USDT
        fund 7 5 USDT a             -> nothing new
    """)


def test_a_command_of_another_service_is_refused() -> None:
    assert Drawing(False).ask(CreateAccount("a@b", "")) == Refusal.BAD_REQUEST


def test_a_delisted_symbol_is_delisted_for_ever() -> None:
    check(f"""{TWO}
        all DELISTED                -> BAD_REQUEST
        ZED DELISTED                -> ZED DELISTED
        ZED TRADING                 -> MARKET_CLOSED
        ZED HALT                    -> MARKET_CLOSED
        ZED DELISTED                -> nothing new
        all HALT                    -> ABC HALT
        all TRADING                 -> ABC TRADING
    """)


def test_a_fee_schedule_begins_at_nothing_ascends_and_nobody_pays_more_than_the_symbols_rate() -> None:
    check(f"""{TWO}
        tiers USDT 0:1000:900 500:0:1000        -> USDT tiers 0:1000:900 500:0:1000
        tiers USDT 0:1000:900 500:0:1000        -> USDT tiers 0:1000:900 500:0:1000
        tiers EUR 0:1000:1000                   -> UNKNOWN_ASSET
        tiers USDT 1:1000:1000                  -> INVALID_FEE_TIERS
        tiers USDT 0:1000:1001                  -> INVALID_FEE_TIERS
        tiers USDT 0:-1:1000                    -> INVALID_FEE_TIERS
        tiers USDT 0:1000:1000 5:900:900 5:800:800      -> INVALID_FEE_TIERS
        tiers USDT 0:1000:1000 9:900:900 5:800:800      -> INVALID_FEE_TIERS
        tiers USDT 0:1000:1000 {UNITS_MAX + 1}:900:900  -> INVALID_FEE_TIERS
        tiers USDT {" ".join(f"{level}:1000:1000" for level in range(17))}      -> INVALID_FEE_TIERS
        tiers BTC                               -> BTC tiers
    """)


def test_an_account_is_pinned_to_a_level_that_there_is() -> None:
    check(f"""{TWO}
        pin 7 0                     -> INVALID_FEE_TIERS
        tiers USDT 0:1000:1000 500:0:1000
        pin 7 1                     -> 7 has tier 1
        pin 7 2                     -> INVALID_FEE_TIERS
        pin 0 1                     -> UNKNOWN_ACCOUNT
        pin {ID_MAX + 1} 1          -> UNKNOWN_ACCOUNT
        pin 7 -5                    -> 7 has tier -1
        pin 8 -1                    -> 8 has tier -1
        tiers USDT 0:1000:1000
        pin 7 1                     -> INVALID_FEE_TIERS
    """)

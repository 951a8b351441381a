"""Reading and writing amounts: what is no amount, the way there and back, and fees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.values.money import PPM, PRECISION_MAX, UNITS_MAX, BadAmount, fee_units, format_units, parse_units

GOOD = """
    0        2  0
    0.00     2  0
    1        2  100
    12.5     2  1250
    0.01     2  1
    0.010    2  1
    1.000000 2  100
    7        0  7
    7.000    0  7
    0.000000000000000001 18 1
    92233720368547758.07  2 9223372036854775807
"""

BAD = {
    "empty": "",
    "blank before": " 1",
    "blank after": "1 ",
    "blank within": "1 000",
    "newline": "1\n",
    "tab": "\t1",
    "no-break space": "\u00a01",
    "nul": "1\0",
    "plus": "+1",
    "minus": "-1",
    "minus zero": "-0",
    "unicode minus": "\u22121",
    "exponent": "1e3",
    "capital exponent": "1E3",
    "negative exponent": "1e-2",
    "underscore": "1_000",
    "thousands": "1,000",
    "decimal comma": "1,5",
    "arabic digits": "\u0661\u0662",
    "fullwidth digit": "\uff11",
    "superscript": "1\u00b2",
    "devanagari fraction": "1.\u0967",
    "not a number": "NaN",
    "infinity": "Infinity",
    "hexadecimal": "0x10",
    "bare point": ".",
    "no whole part": ".5",
    "no fraction": "5.",
    "two points": "1.2.3",
    "needless zeros": "00.1",
    "needless zero": "01",
    "too many places": "0.001",
    "a digit after zeros": "1.000001",
    "5 000 digits": "9" * 5000,
    "5 000 places": "0." + "0" * 5000,
    "64 digits": "9" * 64,
    "one unit too many": "92233720368547758.08",
}


@pytest.mark.parametrize("line", GOOD.strip().splitlines())
def test_an_amount(line: str) -> None:
    text, precision, units = line.split()
    assert parse_units(text, int(precision)) == int(units)


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_no_amount(text: str) -> None:
    with pytest.raises(BadAmount):
        parse_units(text, 2)


@given(st.integers(0, UNITS_MAX), st.integers(0, PRECISION_MAX))
def test_there_and_back(units: int, precision: int) -> None:
    assert parse_units(format_units(units, precision), precision) == units


@given(st.integers(1, UNITS_MAX), st.integers(0, PRECISION_MAX))
def test_negative_units_are_written_with_their_sign_and_never_read(units: int, precision: int) -> None:
    text = format_units(-units, precision)
    assert text == "-" + format_units(units, precision)
    with pytest.raises(BadAmount):
        parse_units(text, precision)


@given(st.text(max_size=70), st.integers(0, PRECISION_MAX))
def test_whatever_is_read_is_plain_ascii_and_means_itself(text: str, precision: int) -> None:
    try:
        units = parse_units(text, precision)
    except BadAmount:
        return
    assert text.isascii() and set(text) <= set("0123456789.")
    written = format_units(units, precision)
    longer = max(text, written, key=len)
    assert longer.removesuffix("." if longer.endswith(".") else "").startswith(min(text, written, key=len).rstrip("."))


@pytest.mark.parametrize(
    ("units", "precision", "text"),
    [(0, 0, "0"), (0, 2, "0.00"), (5, 2, "0.05"), (123, 2, "1.23"), (-5, 2, "-0.05"), (-7, 0, "-7"), (1, 8, "0.00000001")],
)
def test_all_places_are_written(units: int, precision: int, text: str) -> None:
    assert format_units(units, precision) == text


@pytest.mark.parametrize(
    ("received", "rate_ppm", "fee"),
    [(0, 1000, 0), (999, 1000, 0), (1000, 1000, 1), (1999, 1000, 1), (10**18, 0, 0), (7, PPM, 7), (1, PPM - 1, 0)],
)
def test_fees_are_rounded_down(received: int, rate_ppm: int, fee: int) -> None:
    assert fee_units(received, rate_ppm) == fee


@given(st.integers(0, UNITS_MAX), st.integers(0, PPM))
def test_a_fee_is_never_more_than_what_was_received_nor_a_unit_too_small(received: int, rate_ppm: int) -> None:
    fee = fee_units(received, rate_ppm)
    assert 0 <= fee <= received
    assert fee * PPM <= received * rate_ppm < (fee + 1) * PPM


@pytest.mark.parametrize("rate_ppm", [-1, PPM + 1])
def test_a_rate_beyond_everything_is_our_fault(rate_ppm: int) -> None:
    with pytest.raises(AssertionError):
        fee_units(100, rate_ppm)

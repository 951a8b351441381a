"""Amounts: integers in an asset's smallest unit, and the one strict way to read and write them as decimal text."""

UNITS_MAX = 2**63 - 1  # what a bigint column stores; every amount at the edge is checked against it
PRECISION_MAX = 18
PPM = 1_000_000
BPS = 10_000

_DIGITS = frozenset("0123456789")


class BadAmount(ValueError):
    """The text is no amount; the message says why, in words fit for a client."""


def parse_units(text: str, precision: int) -> int:
    """Units of `10**-precision` in a plain ASCII decimal ("12.5"). Raises BadAmount.

    No sign, exponent, blank, underscore, foreign digit, bare point, or digit that the asset does not have.
    """
    if not 0 < len(text) <= 64:
        raise BadAmount("amount must have 1 to 64 characters")
    whole, point, fraction = text.partition(".")
    if not whole or (point and not fraction) or not _DIGITS.issuperset(whole) or not _DIGITS.issuperset(fraction):
        raise BadAmount("amount must be a plain decimal number")
    if len(whole) > 1 and whole[0] == "0":
        raise BadAmount("amount must not begin with needless zeros")
    if len(fraction) > precision:
        fraction, rest = fraction[:precision], fraction[precision:]
        if rest.strip("0"):
            raise BadAmount(f"amount has more than {precision} decimal places")
    units: int = int(whole) * 10**precision + int(fraction.ljust(precision, "0") or "0")
    if units > UNITS_MAX:
        raise BadAmount("amount is too large")
    return units


def format_units(units: int, precision: int) -> str:
    """Decimal text of `units`, with all `precision` places, as in "0.01000000"; negative units keep their sign."""
    sign, digits = ("-", -units) if units < 0 else ("", units)
    if not precision:
        return f"{sign}{digits}"
    text = str(digits).rjust(precision + 1, "0")
    return f"{sign}{text[:-precision]}.{text[-precision:]}"


def fee_units(received: int, rate_ppm: int) -> int:
    """The fee on `received` units at `rate_ppm` millionths, rounded down to the unit: never more than was received."""
    assert 0 <= rate_ppm <= PPM, rate_ppm
    return received * rate_ppm // PPM

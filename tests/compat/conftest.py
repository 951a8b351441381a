"""One exchange, as production runs it, for all of these tests; a market of its own for each file of them.

Limits are far above what tests ask, but there: their headers are looked at.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.compat.ccxt_client import Spot
from tests.compat.venue import Venue
from tests.e2e.child import ExchangeChild

LIMITS = {
    "TRADEWIND_LIMIT_ADDRESS_1M": "10000000",
    "TRADEWIND_LIMIT_ACCOUNT_1M": "10000000",
    "TRADEWIND_LIMIT_ORDERS_10S": "100000",
    "TRADEWIND_LIMIT_ORDERS_1D": "10000000",
}


@pytest.fixture(scope="session")
def running(session_home: Path) -> Iterator[ExchangeChild]:
    exchange = ExchangeChild(session_home / "compatible", "--processes", environ=LIMITS)
    exchange.start()
    yield exchange
    exchange.stop()


@pytest.fixture(scope="module")
def venue(running: ExchangeChild) -> Iterator[Venue]:
    with ExitStack() as stack:
        yield Venue(running, stack)


@pytest.fixture(scope="module")
def ann(venue: Venue) -> Spot:
    return Spot(venue, venue.ann)


@pytest.fixture(scope="module")
def bob(venue: Venue) -> Spot:
    return Spot(venue, venue.bob)

"""One exchange for all tests that leave it standing; whoever kills or restarts starts his own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.child import ExchangeChild


@pytest.fixture(scope="session")
def front_door(session_home: Path) -> Iterator[ExchangeChild]:
    exchange = ExchangeChild(session_home / "front-door")
    exchange.start()
    yield exchange
    exchange.stop()

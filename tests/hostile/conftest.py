"""One exchange for all hostile tests: none of them may bring it down."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.child import ExchangeChild
from tests.hostile.siege import Siege
from tradewind.ops.settings import NO_LIMITS


@pytest.fixture(scope="session")
def besieged(session_home: Path) -> Iterator[Siege]:
    child = ExchangeChild(session_home / "besieged", "--processes", environ=NO_LIMITS)
    child.start()
    yield Siege(child)
    child.stop()


@pytest.fixture
def siege(besieged: Siege) -> Iterator[Siege]:
    """After every test others are served, and there is nothing to complain of."""
    yield besieged
    besieged.check()

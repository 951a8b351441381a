"""H29: a reconciliation that joins away what is wrong is told from a good one by the forgeries that it misses."""

import pytest

from sim.zoo.h29 import joining
from tests.audit.exchange import Exchange
from tests.audit.forged_money import an_account_has_a_balance_and_no_postings, an_account_has_postings_and_no_balance
from tests.audit.forging import Forge, Forgery
from tradewind.audit.books import Books


@pytest.fixture(scope="module")
def healthy() -> Books:
    exchange = Exchange(1)
    exchange.open()
    exchange.trade(100)
    exchange.settle()
    return exchange.books()


def reconciled(healthy: Books, forge: Forge) -> list[str]:
    forgery = Forgery(healthy)
    forge(forgery)
    return [finding.what for finding in forgery.findings() if finding.auditor == "A3"]


@pytest.mark.parametrize("forge", [an_account_has_postings_and_no_balance, an_account_has_a_balance_and_no_postings])
def test_who_joins_misses_what_has_no_counterpart(healthy: Books, forge: Forge) -> None:
    assert reconciled(healthy, forge)
    with joining():
        assert reconciled(healthy, forge) == []

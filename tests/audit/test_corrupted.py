"""Every auditor is shown to fail: a checker that never failed is not known to work."""

import pytest

from tests.audit import forged_feeds, forged_money, forged_orders, forged_trading, forged_wallet
from tests.audit.exchange import Exchange
from tests.audit.forging import CASES, Forge, Forgery
from tests.audit.wallet_day import WalletDay
from tradewind.audit.books import Books

FORGED = (forged_feeds, forged_money, forged_orders, forged_trading, forged_wallet)
assert all(module.__name__ for module in FORGED)  # they fill CASES


@pytest.fixture(scope="module")
def healthy() -> Books:
    exchange = Exchange(2)
    exchange.open()
    exchange.trade(400)
    exchange.settle()
    exchange.linger()
    WalletDay(exchange).live()
    return exchange.books()


@pytest.mark.parametrize(("auditor", "forge"), CASES, ids=lambda case: getattr(case, "__name__", case))
def test_the_forgery_is_found(healthy: Books, auditor: str, forge: Forge) -> None:
    forgery = Forgery(healthy)
    forge(forgery)
    findings = forgery.findings()
    assert auditor in {finding.auditor for finding in findings}, [str(finding) for finding in findings]


def test_every_auditor_has_been_fooled(healthy: Books) -> None:
    assert Forgery(healthy).findings() == []
    # A13 is no fold over journals: who was let in, or shown what, is seen at the doors (sim.judging, tests of the gateway).
    assert {auditor for auditor, _ in CASES} == {f"A{number}" for number in range(1, 17) if number != 13}

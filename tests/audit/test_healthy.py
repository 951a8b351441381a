"""What nothing is wrong with: the real machines, in every state that a snapshot can meet them in."""

import pytest

from tests.audit.exchange import ACCOUNTS, Exchange
from tradewind.audit.auditors import audit
from tradewind.audit.books import Witnessed
from tradewind.machines import MACHINES
from tradewind.messages.codec import Output, decode
from tradewind.messages.events import BookDelta, FillBooked, OrderUpdated
from tradewind.messages.topology import Topology
from tradewind.values.orders import Side


def judged(exchange: Exchange, quiet: bool) -> list[str]:
    return [str(finding) for finding in audit(exchange.books(), quiet=quiet, machines=MACHINES)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("clearing", [1, 2, 3])
def test_a_healthy_exchange_has_no_findings(seed: int, clearing: int) -> None:
    exchange = Exchange(seed, Topology(clearing=clearing, matching=2))
    exchange.open()
    exchange.trade(250)
    exchange.settle()
    assert judged(exchange, quiet=True) == []


@pytest.mark.parametrize("seed", range(3))
def test_a_snapshot_in_mid_flight_has_no_findings(seed: int) -> None:
    exchange = Exchange(seed)
    assert judged(exchange, quiet=False) == []
    exchange.open()
    for _ in range(12):
        exchange.trade(12, hops=3)
        assert judged(exchange, quiet=False) == []


@pytest.mark.parametrize("seed", range(8))
def test_a_symbol_may_be_listed_in_mid_traffic(seed: int) -> None:
    exchange = Exchange(seed)
    exchange.open()
    exchange.list_symbol("BTCETH", 8)
    for account in ACCOUNTS:
        for _ in range(3):
            exchange.hop()
        exchange.trade(2)
        if exchange.lists(account, "BTCETH"):
            exchange.place(account, "BTCETH", Side(account % 2), 100_000_000, 20_000)
    exchange.settle()
    assert judged(exchange, quiet=True) == []


def test_the_drawn_history_meets_everything_that_is_judged() -> None:
    exchange = Exchange(3)
    exchange.open()
    exchange.trade(500)
    exchange.settle()
    said = {
        type(event).__name__
        for shard in exchange.shards.values()
        for entry in shard.journal
        for event in decode(Output, entry.output).events
    }
    assert said >= {"Traded", "OrderRested", "OrderReduced", "OrderEnded", "RequestRefused", "LegSettled", "BookDelta"}
    assert said >= {"OrderArmed", "OrderTriggered", "OrderSized", "OrderShown", "TransferSent", "FeeTiersSet", "AccountTierSet"}
    ends = {row.status.name for row in exchange.books().rows["orders"]}
    assert ends >= {"FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH", "NEW", "PARTIALLY_FILLED"}


def test_what_clients_were_told_is_found_in_the_journal() -> None:
    exchange = Exchange(2)
    exchange.open()
    exchange.trade(100)
    exchange.settle()
    pushed = [
        event
        for name in ("order/0", "marketdata/0")
        for entry in exchange.shards[name].journal
        for event in decode(Output, entry.output).events
        if isinstance(event, OrderUpdated | FillBooked | BookDelta)
    ]
    witnessed = Witnessed(exchange.answers, pushed)
    assert audit(exchange.books(), quiet=True, machines=MACHINES, witnessed=witnessed) == []

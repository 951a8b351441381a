"""What the wallet's words do to money: held, released, debited with the fee, credited, taken back as far as it is there."""

from typing import Any

from tests.services.kept import Kept
from tradewind.messages.commands import RequestWithdrawal
from tradewind.messages.events import (
    Adjusted,
    AssetCreated,
    DepositCredited,
    DepositReversed,
    Entry,
    Event,
    ReversalUncovered,
    WithdrawalDebited,
    WithdrawalHeld,
    WithdrawalReleased,
)
from tradewind.messages.replies import Refused, WithdrawalAck
from tradewind.messages.topology import Topology
from tradewind.runtime.machine import At, Outcome
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.services.clearing.tables import BALANCES, LEDGER, WITHDRAWAL_HOLDS
from tradewind.services.clearing.withdrawals import ACCOUNT_WITHDRAWALS_MAX, KEY_NS
from tradewind.values.refusals import Refusal

ANN, EXTERNAL, HOUSE = 8, -1, -2


class Shard:
    """Clearing 0 of one, reloaded from its rows after every input."""

    def __init__(self, funds: int) -> None:
        self.kept, self.seq, self.now = Kept(), 0, 1
        self.hear(AssetCreated("BTC", 8), Adjusted(ANN, "BTC", funds, "purse"))

    def apply(self, item: Any) -> Outcome:
        self.seq += 1
        machine = ClearingMachine(0, Topology())
        machine.load(self.kept.loadable(ClearingMachine))
        outcome = machine.apply(item, At(self.seq, self.now))
        self.kept.write(machine.changes())
        return outcome

    def hear(self, *events: Event) -> list[Event]:
        return list(self.apply(Entry("wallet/0", self.seq + 1, self.now, "inbox", 1, events)).events)

    def ask(self, units: int, fee: int, key: str) -> Any:
        return self.apply(RequestWithdrawal(ANN, "BTC", "net", "there", "", units, fee, key)).reply

    def stands(self) -> tuple[int, int]:
        """Ann's available and held. All accounts sum to zero, and so do all postings."""
        rows = {row.account: row for row in self.kept.of(BALANCES)}
        assert sum(row.available + row.held for row in rows.values()) == 0
        for account, row in rows.items():
            posted = sum(posting.delta for posting in self.kept.of(LEDGER) if posting.account == account)
            assert posted == row.available + row.held, account
        return rows[ANN].available, rows[ANN].held

    def of(self, account: int) -> int:
        return sum(row.available for row in self.kept.of(BALANCES) if row.account == account)


def test_a_withdrawal_is_held_with_its_fee_and_paid() -> None:
    shard = Shard(100)
    outcome = shard.apply(RequestWithdrawal(ANN, "BTC", "net", "there", "tag", 60, 5, "key"))
    held = outcome.events[0]
    assert isinstance(held, WithdrawalHeld) and isinstance(outcome.reply, WithdrawalAck)
    assert shard.stands() == (35, 65)
    shard.hear(WithdrawalDebited(held.withdrawal_id, ANN, "BTC", 60, 5))
    assert shard.stands() == (35, 0)
    assert (shard.of(EXTERNAL), shard.of(HOUSE)) == (-100 + 60, 5)


def test_a_withdrawal_is_given_back_whole() -> None:
    shard = Shard(100)
    ack = shard.ask(95, 5, "key")
    assert shard.stands() == (0, 100)
    shard.hear(WithdrawalReleased(ack.withdrawal_id, ANN))
    assert shard.stands() == (100, 0)


def test_a_key_is_one_withdrawal() -> None:
    shard = Shard(100)
    ack = shard.ask(10, 1, "key")
    assert shard.ask(10, 1, "key") == WithdrawalAck(ack.withdrawal_id, repeated=True)
    assert shard.ask(11, 1, "key") == Refused(Refusal.DUPLICATE_IDEMPOTENCY_KEY)
    shard.hear(WithdrawalReleased(ack.withdrawal_id, ANN))
    assert shard.ask(10, 1, "key") == WithdrawalAck(ack.withdrawal_id, repeated=True)
    shard.now += KEY_NS + 1
    for name in ("second", "third"):
        other = shard.ask(10, 1, name)
        shard.hear(WithdrawalReleased(other.withdrawal_id, ANN))
    again = shard.ask(10, 1, "key")
    assert again == WithdrawalAck(again.withdrawal_id) and again.withdrawal_id != ack.withdrawal_id
    assert shard.stands() == (89, 11)


def test_what_is_refused_holds_nothing() -> None:
    shard = Shard(100)
    assert shard.ask(100, 1, "key") == Refused(Refusal.INSUFFICIENT_BALANCE)
    assert shard.ask(0, 1, "key") == shard.ask(5, -1, "key") == shard.ask(2**63 - 1, 1, "key")
    assert shard.ask(0, 1, "key") == Refused(Refusal.QUANTITY_OUT_OF_RANGE)
    assert shard.ask(5, 1, "") == Refused(Refusal.BAD_REQUEST)
    for account, asset, code in ((-2, "BTC", Refusal.UNKNOWN_ACCOUNT), (ANN, "XYZ", Refusal.UNKNOWN_ASSET)):
        request = RequestWithdrawal(account, asset, "net", "there", "", 1, 0, "key")
        assert shard.apply(request).reply == Refused(code)
    assert shard.stands() == (100, 0) and shard.kept.of(WITHDRAWAL_HOLDS) == []


def test_an_account_has_only_so_many_that_wait() -> None:
    shard = Shard(10 * ACCOUNT_WITHDRAWALS_MAX)
    acks = [shard.ask(1, 0, f"key-{number}") for number in range(ACCOUNT_WITHDRAWALS_MAX)]
    assert shard.ask(1, 0, "one-more") == Refused(Refusal.TOO_MANY_WITHDRAWALS)
    shard.hear(WithdrawalReleased(acks[3].withdrawal_id, ANN))
    assert isinstance(shard.ask(1, 0, "one-more"), WithdrawalAck)


def test_a_deposit_comes_and_is_taken_back() -> None:
    shard = Shard(100)
    shard.hear(DepositCredited(ANN, "BTC", 40, "net", "x", 0, 1))
    assert shard.stands() == (140, 0) and shard.of(EXTERNAL) == -140
    shard.hear(DepositReversed(ANN, "BTC", 40, "net", "x", 0, 1), DepositCredited(ANN, "BTC", 40, "net", "x", 0, 2))
    assert shard.stands() == (140, 0) and shard.of(EXTERNAL) == -140


def test_a_deposit_that_was_spent_is_taken_back_as_far_as_it_is_there() -> None:
    shard = Shard(1)
    shard.hear(DepositCredited(ANN, "BTC", 40, "net", "x", 0, 1))
    shard.ask(30, 1, "key")
    came = shard.hear(DepositReversed(ANN, "BTC", 40, "net", "x", 0, 1))
    assert ReversalUncovered(ANN, "BTC", 30, "net:x:0:1") in came
    assert shard.stands() == (0, 31)
    assert (shard.of(EXTERNAL), shard.of(HOUSE)) == (-1, -30)


def test_another_shards_money_is_not_ours() -> None:
    machine = ClearingMachine(0, Topology(clearing=2))
    event = DepositCredited(ANN + 1, "BTC", 40, "net", "x", 0, 1)
    assert not machine.concerns(event)
    assert machine.apply(Entry("wallet/0", 1, 1, "inbox", 1, (event,)), At(1, 1)).events == [] and machine.changes() == []

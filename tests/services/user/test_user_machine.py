"""What user promises: one account an address, keys with limits, and a revoked key stays revoked."""

from typing import Any

import pytest

from tests.services.kept import Run
from tradewind.messages.commands import CreateAccount, CreateApiKey, CreateAsset, CreateSubAccount, RevokeApiKey
from tradewind.messages.events import AccountCreated, ApiKeyCreated, ApiKeyRevoked, Event
from tradewind.messages.replies import Created, Refused, Reply
from tradewind.runtime.machine import At
from tradewind.services.user.machine import ACCOUNT_KEYS_MAX, FAMILY_MAX, UserMachine
from tradewind.services.user.tables import ACCOUNTS, API_KEYS
from tradewind.values.refusals import Refusal


class Users:
    """`crashing`: the machine is dropped and loaded before every command."""

    def __init__(self, crashing: bool) -> None:
        self.run, self.crashing = Run(UserMachine), crashing

    def ask(self, command: Any) -> tuple[Reply | Refusal, list[Event]]:
        if self.crashing:
            self.run.reload()
        self.run.seq += 1
        outcome = self.run.machine.apply(command, At(self.run.seq, 1_000 + self.run.seq))
        self.run.kept.write(self.run.machine.changes())
        assert outcome.reply is not None
        if isinstance(outcome.reply, Refused):
            assert not outcome.events, "a refusal changes nothing"
            return outcome.reply.code, []
        return outcome.reply, outcome.events


@pytest.fixture(params=[False, True], ids=["steady", "crashing"])
def users(request: pytest.FixtureRequest) -> Users:
    return Users(request.param)


def key(account: int, name: str, permissions: int = 3) -> CreateApiKey:
    return CreateApiKey(account, "label", name, b"sealed", permissions, "10.0.0.0/8", 99)


def test_an_account_is_numbered_by_the_journal_and_its_address_is_its_own(users: Users) -> None:
    assert users.ask(CreateAccount("ann@example.com", "hash")) == (Created(1), [AccountCreated(1, "ann@example.com")])
    assert users.ask(CreateAccount("ann@example.com", "other")) == (Refusal.ALREADY_EXISTS, [])
    assert users.ask(CreateAccount("bob@example.com", "hash")) == (Created(3), [AccountCreated(3, "bob@example.com")])
    assert [(row.account, row.password_hash) for row in users.run.kept.of(ACCOUNTS)] == [(1, "hash"), (3, "hash")]


def test_a_key_is_said_whole_and_sealed(users: Users) -> None:
    users.ask(CreateAccount("ann@example.com", ""))
    said = ApiKeyCreated(1, 2, "label", "k", b"sealed", 3, "10.0.0.0/8", 99)
    assert users.ask(key(1, "k")) == (Created(2), [said])
    (row,) = users.run.kept.of(API_KEYS)
    assert (row.created_at, row.revoked_at, row.sealed_secret, row.expires_at) == (1_002, 0, b"sealed", 99)


def test_which_keys_are_refused(users: Users) -> None:
    users.ask(CreateAccount("ann@example.com", ""))
    users.ask(CreateAccount("bob@example.com", ""))
    users.ask(key(1, "k"))
    assert users.ask(key(9, "new"))[0] is Refusal.UNKNOWN_ACCOUNT
    assert users.ask(key(-2, "new"))[0] is Refusal.UNKNOWN_ACCOUNT
    assert users.ask(key(1, "k"))[0] is Refusal.ALREADY_EXISTS
    assert users.ask(key(2, "k"))[0] is Refusal.ALREADY_EXISTS
    for permissions in (0, -1, 8):
        assert users.ask(key(1, "new", permissions))[0] is Refusal.BAD_REQUEST
    for permissions in range(1, 8):
        assert users.ask(key(1, f"good{permissions}", permissions))[1]


def test_a_revoked_key_stays_revoked_and_its_name_stays_taken(users: Users) -> None:
    """H53: revocation is said each time it is asked for, so whoever missed it hears it again."""
    users.ask(CreateAccount("ann@example.com", ""))
    users.ask(CreateAccount("bob@example.com", ""))
    users.ask(key(1, "k"))
    assert users.ask(RevokeApiKey(2, "k"))[0] is Refusal.UNKNOWN_ACCOUNT, "not his to revoke"
    assert users.ask(RevokeApiKey(1, "nosuch"))[0] is Refusal.UNKNOWN_ACCOUNT
    for _ in range(2):
        assert users.ask(RevokeApiKey(1, "k")) == (Created(3), [ApiKeyRevoked(1, "k")])
        assert [row.revoked_at for row in users.run.kept.of(API_KEYS)] == [1_006], "the first time counts"
    assert users.ask(key(1, "k"))[0] is Refusal.ALREADY_EXISTS


def test_an_account_has_so_many_living_keys_and_no_more(users: Users) -> None:
    users.ask(CreateAccount("ann@example.com", ""))
    users.ask(CreateAccount("bob@example.com", ""))
    for number in range(ACCOUNT_KEYS_MAX):
        assert users.ask(key(1, f"k{number}"))[1]
    assert users.ask(key(1, "more"))[0] is Refusal.BAD_REQUEST
    assert users.ask(key(2, "his"))[1], "another account has its own limit"
    for _ in range(2):
        users.ask(RevokeApiKey(1, "k7"))
    assert users.ask(key(1, "more"))[1]
    assert users.ask(key(1, "again more"))[0] is Refusal.BAD_REQUEST, "revoked twice, it made room once"


def test_a_command_of_another_service_is_refused(users: Users) -> None:
    assert users.ask(CreateAsset("BTC", 2))[0] is Refusal.BAD_REQUEST


def test_a_family_has_one_level_and_labels_of_its_own(users: Users) -> None:
    users.ask(CreateAccount("ann@example.com", ""))
    users.ask(CreateAccount("bob@example.com", ""))
    assert users.ask(CreateSubAccount(1, "grid")) == (Created(3), [AccountCreated(3, "", 1, "grid")])
    assert users.ask(CreateSubAccount(1, "grid"))[0] is Refusal.ALREADY_EXISTS
    assert users.ask(CreateSubAccount(2, "grid"))[1], "another family has its own labels"
    assert users.ask(CreateSubAccount(3, "deeper"))[0] is Refusal.BAD_REQUEST
    assert users.ask(CreateSubAccount(9, "orphan"))[0] is Refusal.UNKNOWN_ACCOUNT
    for label in ("", "x" * 65):
        assert users.ask(CreateSubAccount(1, label))[0] is Refusal.BAD_REQUEST
    rows = [(row.account, row.parent, row.label, row.email) for row in users.run.kept.of(ACCOUNTS) if row.parent]
    assert rows == [(3, 1, "grid", ""), (5, 2, "grid", "")]
    assert users.ask(key(3, "k"))[1], "a sub-account has keys of its own"
    assert users.ask(CreateAccount("", "hash"))[1], "no address is taken by those who have none"


def test_a_family_has_so_many_members_and_no_more(users: Users) -> None:
    users.ask(CreateAccount("ann@example.com", ""))
    users.ask(CreateAccount("bob@example.com", ""))
    for number in range(FAMILY_MAX):
        assert users.ask(CreateSubAccount(1, f"s{number}"))[1]
    assert users.ask(CreateSubAccount(1, "more"))[0] is Refusal.BAD_REQUEST
    assert users.ask(CreateSubAccount(1, "s7"))[0] is Refusal.ALREADY_EXISTS
    assert users.ask(CreateSubAccount(2, "his"))[1]

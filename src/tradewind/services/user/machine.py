"""User decides who is who. Secrets come in sealed and leave sealed; slow hashing happened at the edge."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from tradewind.messages.commands import Command, CreateAccount, CreateApiKey, CreateSubAccount, RevokeApiKey
from tradewind.messages.events import AccountCreated, ApiKeyCreated, ApiKeyRevoked, Entry
from tradewind.messages.replies import Created, Refused
from tradewind.messages.topology import Topology
from tradewind.ports.tables import Change, Table
from tradewind.runtime.machine import At, Outcome
from tradewind.runtime.rows import Rows, drain_all
from tradewind.services.user.tables import ACCOUNTS, API_KEYS, Account, ApiKey
from tradewind.values.refusals import Refusal

PERMISSIONS_ALL = 7  # READ 1, TRADE 2, WITHDRAW 4
ACCOUNT_KEYS_MAX = 50
FAMILY_MAX = 100  # sub-accounts of one account
LABEL_LENGTH_MAX = 64


class UserMachine:
    tables: ClassVar[tuple[Table, ...]] = (ACCOUNTS, API_KEYS)
    hears: ClassVar[frozenset[type]] = frozenset()

    def __init__(self, index: int, topology: Topology) -> None:
        self._accounts = Rows(ACCOUNTS)
        self._keys = Rows(API_KEYS)
        self._by_email: dict[str, int] = {}
        self._by_key: dict[str, int] = {}
        self._families: dict[int, dict[str, int]] = {}  # parent -> its sub-accounts by label
        self._alive: dict[int, int] = {}  # account -> keys that are not revoked

    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        self._accounts.load(rows[ACCOUNTS])
        self._keys.load(rows[API_KEYS])
        self._by_email = {row.email: row.account for row in rows[ACCOUNTS] if not row.parent}
        for row in rows[ACCOUNTS]:
            if row.parent:
                self._families.setdefault(row.parent, {})[row.label] = row.account
        self._by_key = {row.api_key: row.key_id for row in rows[API_KEYS]}
        for row in rows[API_KEYS]:
            self._alive[row.account] = self._alive.get(row.account, 0) + (not row.revoked_at)

    def changes(self) -> list[Change]:
        return drain_all(self._accounts, self._keys)

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        match item:
            case CreateAccount():
                return self._create_account(item, at)
            case CreateSubAccount():
                return self._create_sub_account(item, at)
            case CreateApiKey():
                return self._create_key(item, at)
            case RevokeApiKey():
                return self._revoke_key(item, at)
            case _:
                return Outcome([], Refused(Refusal.BAD_REQUEST, "user does not know this command"))

    def _create_account(self, command: CreateAccount, at: At) -> Outcome:
        if command.email in self._by_email:
            return Outcome([], Refused(Refusal.ALREADY_EXISTS))
        self._accounts.put(Account(at.seq, command.email, command.password_hash, at.now, 0, ""))
        self._by_email[command.email] = at.seq
        return Outcome([AccountCreated(at.seq, command.email)], Created(at.seq))

    def _create_sub_account(self, command: CreateSubAccount, at: At) -> Outcome:
        parent = self._accounts.get(command.parent)
        if parent is None:
            return Outcome([], Refused(Refusal.UNKNOWN_ACCOUNT))
        family = self._families.get(command.parent, {})
        if command.label in family:
            return Outcome([], Refused(Refusal.ALREADY_EXISTS))
        if parent.parent or not 0 < len(command.label) <= LABEL_LENGTH_MAX or len(family) >= FAMILY_MAX:
            return Outcome([], Refused(Refusal.BAD_REQUEST))
        self._accounts.put(Account(at.seq, "", "", at.now, command.parent, command.label))
        self._families[command.parent] = family | {command.label: at.seq}
        return Outcome([AccountCreated(at.seq, "", command.parent, command.label)], Created(at.seq))

    def _create_key(self, command: CreateApiKey, at: At) -> Outcome:
        if command.account not in self._accounts:
            return Outcome([], Refused(Refusal.UNKNOWN_ACCOUNT))
        if command.api_key in self._by_key:
            return Outcome([], Refused(Refusal.ALREADY_EXISTS))
        if not 0 < command.permissions <= PERMISSIONS_ALL or self._alive.get(command.account, 0) >= ACCOUNT_KEYS_MAX:
            return Outcome([], Refused(Refusal.BAD_REQUEST))
        self._keys.put(
            ApiKey(
                at.seq,
                command.account,
                command.label,
                command.api_key,
                command.sealed_secret,
                command.permissions,
                command.ip_allow,
                command.expires_at,
                at.now,
                0,
            )
        )
        self._by_key[command.api_key] = at.seq
        self._alive[command.account] = self._alive.get(command.account, 0) + 1
        event = ApiKeyCreated(
            command.account,
            at.seq,
            command.label,
            command.api_key,
            command.sealed_secret,
            command.permissions,
            command.ip_allow,
            command.expires_at,
        )
        return Outcome([event], Created(at.seq))

    def _revoke_key(self, command: RevokeApiKey, at: At) -> Outcome:
        key_id = self._by_key.get(command.api_key)
        key = None if key_id is None else self._keys[key_id]
        if key is None or key.account != command.account:
            return Outcome([], Refused(Refusal.UNKNOWN_ACCOUNT))
        if not key.revoked_at:
            self._keys.put(msgspec.structs.replace(key, revoked_at=at.now))
            self._alive[key.account] -= 1
        return Outcome([ApiKeyRevoked(key.account, key.api_key)], Created(key.key_id))

"""What user keeps: accounts and their API keys."""

import msgspec

from tradewind.messages.secrecy import PersonalText, SecretBytes, SecretText
from tradewind.ports.tables import Table


class Account(msgspec.Struct, frozen=True):
    """A sub-account has a `parent` (0 = it is nobody's) and a `label`, but no e-mail address: nobody logs in to it."""

    account: int
    email: PersonalText
    password_hash: SecretText
    created_at: int
    parent: int
    label: PersonalText


class ApiKey(msgspec.Struct, frozen=True):
    """`sealed_secret` opens only with a key of the vault; `revoked_at` 0 = alive."""

    key_id: int
    account: int
    label: PersonalText
    api_key: str
    sealed_secret: SecretBytes
    permissions: int
    ip_allow: PersonalText
    expires_at: int
    created_at: int
    revoked_at: int


ACCOUNTS = Table("accounts", Account, key=("account",), units={"created_at": "ns"}, indexes=(("email",), ("parent", "label")))
API_KEYS = Table(
    "api_keys",
    ApiKey,
    key=("key_id",),
    units={"expires_at": "ns", "created_at": "ns", "revoked_at": "ns"},
    indexes=(("api_key",), ("account",)),
)

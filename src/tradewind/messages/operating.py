"""What user and admin say."""

from tradewind.messages.base import Message
from tradewind.messages.secrecy import PersonalText, SecretBytes
from tradewind.values.fees import FeeTier
from tradewind.values.orders import MarketState
from tradewind.values.symbols import SymbolRules


# --- user
class AccountCreated(Message, frozen=True):
    """A sub-account has a `parent` and a `label`, and no e-mail address."""

    account: int
    email: PersonalText
    parent: int = 0
    label: PersonalText = ""


class ApiKeyCreated(Message, frozen=True):
    account: int
    key_id: int
    label: PersonalText
    api_key: str
    sealed_secret: SecretBytes
    permissions: int
    ip_allow: PersonalText
    expires_at: int


class ApiKeyRevoked(Message, frozen=True):
    account: int
    api_key: str


# --- admin
class AssetCreated(Message, frozen=True):
    asset: str
    precision: int


class SymbolCreated(Message, frozen=True):
    rules: SymbolRules


class SymbolChanged(Message, frozen=True):
    """The symbol's rules, for each service from the entry where it hears this: for orders that clearing accepts and trades
    that it settles; what stands in a book stays as it is. `version` counts from 1, which is what it was created with."""

    rules: SymbolRules
    version: int


class MarketStateSet(Message, frozen=True):
    """An operator's word; matching obeys it at the sequence number where it hears it."""

    symbol: str
    state: MarketState
    reason: str


class Adjusted(Message, frozen=True):
    account: int
    asset: str
    delta: int
    reference: str


class FeeTiersSet(Message, frozen=True):
    """The schedule from now on, lowest first; `asset` is the quote asset in which volume is counted."""

    asset: str
    tiers: tuple[FeeTier, ...]


class AccountTierSet(Message, frozen=True):
    """The account has tier `level` whatever it trades; below 0 = what its volume gives it."""

    account: int
    level: int

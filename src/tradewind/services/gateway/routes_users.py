"""What operators ask of user: accounts and their keys. On their own listener."""

import re
from typing import Annotated, Any

from msgspec import Meta

from tradewind.messages.commands import CreateAccount, CreateApiKey, RevokeApiKey
from tradewind.runtime.vault import NONCE_BYTES
from tradewind.services.gateway.access import Need, networks_of
from tradewind.services.gateway.asked import Asked, Id, Instant, PrintableText, whole
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.problems import bad
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.routes_admin import ask

EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}")
API_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
KEY_NAME_BYTES = 16
SECRET_BYTES = 32
_NS_PER_MS = 1_000_000


class AccountAsked(Asked, frozen=True):
    email: Annotated[str, Meta(pattern=whole(EMAIL))]


class KeyAsked(Asked, frozen=True):
    """`permissions`: READ 1, TRADE 2, WITHDRAW 4, added. `expiresAt` 0 = never."""

    account: Id
    permissions: Annotated[int, Meta(ge=1, le=7)]
    label: PrintableText = ""
    ip_whitelist: PrintableText = ""
    expires_at: Instant = 0


class RevokeAsked(Asked, frozen=True):
    account: Id
    api_key: Annotated[str, Meta(pattern=whole(API_KEY))]


async def create_account(gateway: Gateway, call: Call[AccountAsked]) -> Any:
    """Without a password nobody can log in; keys of the account work all the same."""
    email = call.asked.email
    return {"account": await ask(gateway, "user", CreateAccount(email, "")), "email": email}


async def create_key(gateway: Gateway, call: Call[KeyAsked]) -> Any:
    """The secret is shown here and never again; it is kept sealed. HMAC is keyed with its characters as they stand here."""
    asked = call.asked
    try:
        networks_of(asked.ip_whitelist)
    except ValueError:
        raise bad("ipWhitelist must be addresses or networks, separated by commas") from None
    entropy = gateway.world.entropy
    api_key, secret = entropy.token(KEY_NAME_BYTES).hex(), entropy.token(SECRET_BYTES).hex()
    sealed = gateway.vault.seal(secret.encode(), entropy.token(NONCE_BYTES))
    command = CreateApiKey(
        asked.account, asked.label, api_key, sealed, asked.permissions, asked.ip_whitelist, asked.expires_at * _NS_PER_MS
    )
    made = await ask(gateway, "user", command)
    return {"id": made, "apiKey": api_key, "secret": secret, "label": asked.label, "permissions": asked.permissions}


async def revoke_key(gateway: Gateway, call: Call[RevokeAsked]) -> Any:
    await ask(gateway, "user", RevokeApiKey(call.asked.account, call.asked.api_key))
    return {"apiKey": call.asked.api_key}


ROUTES: tuple[Route[Any], ...] = (
    Route("POST", "/admin/accounts", create_account, Need.OPERATOR, 1, AccountAsked, dict[str, Any], "A new account"),
    Route("POST", "/admin/apiKeys", create_key, Need.OPERATOR, 1, KeyAsked, dict[str, Any], "A new key of an account"),
    Route("DELETE", "/admin/apiKeys", revoke_key, Need.OPERATOR, 1, RevokeAsked, dict[str, str], "Revoke a key"),
)

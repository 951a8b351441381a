"""What a process is told by its environment. Everything that is wrong is said at once, and no secret is ever printed."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network

from tradewind.messages.codec import VERSIONS, WRITTEN

SECRET_CHARACTERS_MIN = 32
VAULT_KEY_BYTES = 32
LIMIT_MAX = 1_000_000_000
NO_LIMITS = dict.fromkeys(
    ("TRADEWIND_LIMIT_ADDRESS_1M", "TRADEWIND_LIMIT_ACCOUNT_1M", "TRADEWIND_LIMIT_ORDERS_10S", "TRADEWIND_LIMIT_ORDERS_1D"), "0"
)


SECRET = {"secret": True}


class BadSettings(ValueError):
    """The message has one line per violation, each naming its variable."""


@dataclass(frozen=True)
class Settings:
    """`vault_keys`: key id -> 32 bytes; new secrets are sealed with `vault_key_id`. Binds are "host:port".

    `limit_*`: what the gateways together let one address or account ask (weight a minute, orders), 0 = as much as it likes.
    `trusted_proxies`: networks whose X-Forwarded-For is believed; empty = loopback and private ones. `docs` are served.
    `feed_origins`: pages whose browsers may open the public feed ("*" = any).

    `message_version`: what this process writes. 2 once no process of a release that reads only 1 is left.
    """

    postgres: str = field(metadata=SECRET)  # these two may have a password in them
    redis: str = field(metadata=SECRET)
    internal_token: str = field(metadata=SECRET)
    admin_token: str = field(metadata=SECRET)
    vault_key_id: str
    vault_keys: dict[str, bytes] = field(metadata=SECRET)
    clearing_shards: int
    matching_shards: int
    public_bind: str
    admin_bind: str
    internal_host: str
    internal_port: int
    message_version: int
    limit_address_1m: int
    limit_account_1m: int
    limit_orders_10s: int
    limit_orders_1d: int
    trusted_proxies: tuple[str, ...]
    docs: bool
    feed_bind: str
    feed_origins: tuple[str, ...]
    feed_subscriptions_max: int
    feed_sockets_max: int
    feed_sockets_per_address_max: int

    def __repr__(self) -> str:
        return "Settings(...)"


def shown(settings: Settings) -> dict[str, str]:
    """By name, as it may leave the house: secrets are only said to be there."""
    return {one.name: "masked" if one.metadata else str(getattr(settings, one.name)) for one in fields(settings)}


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.wrong: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        value = self.environ.get(name, default)
        if not value:
            self.wrong.append(f"{name} is not set")
        return value or ""

    def secret(self, name: str) -> str:
        value = self.text(name)
        if value and len(value) < SECRET_CHARACTERS_MIN:
            self.wrong.append(f"{name} has fewer than {SECRET_CHARACTERS_MIN} characters")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.environ.get(name, str(default))
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            self.wrong.append(f"{name} is not a whole number from {least} to {most}")
            return default
        return int(value)

    def flag(self, name: str) -> bool:
        value = self.environ.get(name, "false")
        if value not in {"true", "false"}:
            self.wrong.append(f"{name} is neither true nor false")
        return value == "true"

    def networks(self, name: str) -> tuple[str, ...]:
        found = tuple(part.strip() for part in self.environ.get(name, "").split(",") if part.strip())
        for part in found:
            try:
                ip_network(part)
            except ValueError:
                self.wrong.append(f"{name} has something that is no network: {part!a}")
        return found

    def docs(self) -> bool:
        """In development, or where two settings say that it is meant. APP_ENV unset counts as production."""
        enabled, allowed = self.flag("ENABLE_DOCS"), self.flag("ALLOW_DOCS_IN_NONDEV")
        return self.environ.get("APP_ENV") == "dev" or (enabled and allowed)

    def origins(self, name: str) -> tuple[str, ...]:
        """`https://host[:port]`, separated by commas. When it is not set: none, but for development any."""
        dev = self.environ.get("APP_ENV") == "dev"
        found = tuple(self.environ.get(name, "*" if dev else "").replace(",", " ").split())
        if "*" in found and not dev:
            self.wrong.append(f"{name} must name its pages: * is for APP_ENV=dev alone")
        return found

    def keys(self, name: str) -> dict[str, bytes]:
        """`id:base64,id:base64`, the first one seals."""
        keys: dict[str, bytes] = {}
        for part in self.text(name).split(","):
            key_id, _, encoded = part.strip().partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                key = b""
            if not key_id or len(key) != VAULT_KEY_BYTES:
                self.wrong.append(f"{name} must be id:key[,id:key...], each key {VAULT_KEY_BYTES} bytes in base64")
                return {"": b""}
            keys[key_id] = key
        return keys


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Raises BadSettings."""
    reader = _Reader(environ)
    keys = reader.keys("API_KEY_SECRET_KEY")
    settings = Settings(
        postgres=reader.text("TRADEWIND_PG_URL"),
        redis=reader.text("TRADEWIND_REDIS_URL"),
        internal_token=reader.secret("INTERNAL_TOKEN"),
        admin_token=reader.secret("ADMIN_TOKEN"),
        vault_key_id=next(iter(keys)),
        vault_keys=keys,
        clearing_shards=reader.number("TRADEWIND_CLEARING_SHARDS", 1, 1, 64),
        matching_shards=reader.number("TRADEWIND_MATCHING_SHARDS", 2, 1, 64),
        public_bind=reader.text("TRADEWIND_PUBLIC_BIND", "127.0.0.1:8080"),
        admin_bind=reader.text("TRADEWIND_ADMIN_BIND", "127.0.0.1:8087"),
        internal_host=reader.text("TRADEWIND_INTERNAL_HOST", "127.0.0.1"),
        internal_port=reader.number("TRADEWIND_INTERNAL_PORT", 0, 0, 65535),
        message_version=reader.number("TRADEWIND_MESSAGE_VERSION", WRITTEN, min(VERSIONS), max(VERSIONS)),
        limit_address_1m=reader.number("TRADEWIND_LIMIT_ADDRESS_1M", 12_000, 0, LIMIT_MAX),
        limit_account_1m=reader.number("TRADEWIND_LIMIT_ACCOUNT_1M", 12_000, 0, LIMIT_MAX),
        limit_orders_10s=reader.number("TRADEWIND_LIMIT_ORDERS_10S", 1_000, 0, LIMIT_MAX),
        limit_orders_1d=reader.number("TRADEWIND_LIMIT_ORDERS_1D", 2_000_000, 0, LIMIT_MAX),
        trusted_proxies=reader.networks("TRUSTED_PROXY_CIDRS"),
        docs=reader.docs(),
        feed_bind=reader.text("TRADEWIND_FEED_BIND", "127.0.0.1:8094"),
        feed_origins=reader.origins("MARKETDATA_WS_ALLOW_ORIGINS"),
        feed_subscriptions_max=reader.number("MARKETDATA_WS_MAX_SUBSCRIPTIONS", 50, 1, 1_000),
        feed_sockets_max=reader.number("MARKETDATA_WS_MAX_CONNECTIONS", 10_000, 1, 100_000),
        feed_sockets_per_address_max=reader.number("MARKETDATA_WS_MAX_CONNECTIONS_PER_ADDRESS", 100, 1, 100_000),
    )
    if reader.wrong:
        raise BadSettings("\n".join(reader.wrong))
    return settings

"""What the environment may say, and what is said when it says something else."""

import base64

import pytest

from tradewind.ops.settings import BadSettings, Settings, read_settings

GOOD = {
    "TRADEWIND_PG_URL": "postgresql:///x",
    "TRADEWIND_REDIS_URL": "redis://x",
    "INTERNAL_TOKEN": "i" * 32,
    "ADMIN_TOKEN": "a" * 32,
    "API_KEY_SECRET_KEY": "k1:" + base64.b64encode(bytes(32)).decode(),
}


def _read(**environ: str) -> Settings:
    return read_settings(GOOD | environ)


@pytest.mark.parametrize(
    ("environ", "docs"),
    [
        ({}, False),
        ({"APP_ENV": "dev"}, True),
        ({"APP_ENV": "production"}, False),
        ({"ENABLE_DOCS": "true"}, False),
        ({"ALLOW_DOCS_IN_NONDEV": "true"}, False),
        ({"APP_ENV": "production", "ENABLE_DOCS": "true", "ALLOW_DOCS_IN_NONDEV": "true"}, True),
    ],
)
def test_documents_are_served_in_development_or_where_two_settings_say_so(environ: dict[str, str], docs: bool) -> None:
    assert _read(**environ).docs is docs


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENABLE_DOCS", "yes"),
        ("TRUSTED_PROXY_CIDRS", "10.0.0.0/8,somewhere"),
        ("MARKETDATA_WS_ALLOW_ORIGINS", "https://ours.test,*"),
        ("MARKETDATA_WS_MAX_SUBSCRIPTIONS", "0"),
        ("TRUSTED_PROXY_CIDRS", "10.0.0.1/8"),
        ("TRADEWIND_LIMIT_ADDRESS_1M", "-1"),
        ("TRADEWIND_LIMIT_ORDERS_10S", "many"),
        ("ADMIN_TOKEN", "short"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=name):
        _read(**{name: value})


def test_limits_and_proxies() -> None:
    assert _read().limit_address_1m > 0
    given = _read(TRADEWIND_LIMIT_ORDERS_1D="0", TRUSTED_PROXY_CIDRS="10.0.0.0/8, 2001:db8::/32")
    assert (given.limit_orders_1d, given.trusted_proxies) == (0, ("10.0.0.0/8", "2001:db8::/32"))


@pytest.mark.parametrize(
    ("environ", "origins"),
    [
        ({}, ()),
        ({"APP_ENV": "dev"}, ("*",)),
        ({"APP_ENV": "dev", "MARKETDATA_WS_ALLOW_ORIGINS": ""}, ()),
        ({"MARKETDATA_WS_ALLOW_ORIGINS": "https://a.test, https://b.test:8443"}, ("https://a.test", "https://b.test:8443")),
    ],
)
def test_r1_7_1_pages_are_named_but_in_development(environ: dict[str, str], origins: tuple[str, ...]) -> None:
    given = _read(**environ)
    assert (given.feed_origins, given.feed_subscriptions_max) == (origins, 50)

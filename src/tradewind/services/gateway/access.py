"""Who may do what. Each route declares its need (route.py); here needs are held against keys, addresses and origins."""

from enum import IntFlag
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from tradewind.services.gateway.problems import Problem

Networks = tuple[IPv4Network | IPv6Network, ...]


class Need(IntFlag):
    """Permission bits of an API key; OPERATOR is no bit of a key but the operator's token."""

    PUBLIC = 0
    READ = 1
    TRADE = 2
    WITHDRAW = 4
    OPERATOR = 8


def forbidden(message: str) -> Problem:
    return Problem(403, "FORBIDDEN", message)


def check_permission(need: Need, permissions: int) -> None:
    """A key's bits can never be an operator's. Raises Problem."""
    bits = permissions & (Need.READ | Need.TRADE | Need.WITHDRAW)
    if need & ~bits:
        raise forbidden(f"this key has not the permission {(need & ~bits).name}")


def client_address(peer: str, forwarded: bytes, proxies: Networks) -> str:
    """The address that limits, audit and allow-lists see.

    X-Forwarded-For is believed only from a trusted proxy: the right-most address in it that is not one is the client.
    """
    try:
        client = _plain(peer) if ":" in peer else peer
    except ValueError:
        client = peer
    if not forwarded or not _within(client, proxies):
        return client
    for part in reversed(forwarded.decode("latin-1").split(",")):
        try:
            client = _plain(part.strip())
        except ValueError:
            return client  # whoever wrote this is the last one that we know of
        if not _within(client, proxies):
            return client
    return client


def _plain(text: str) -> str:
    """An address as we write it; an IPv4 address in an IPv6 socket's clothes is an IPv4 address. Raises ValueError."""
    address = ip_address(text)
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.scope_id is not None:
        raise ValueError(text)  # the name of somebody's network card: one host may have any number of them
    return str(address.ipv4_mapped or address)


def limited_address(address: str) -> str:
    """Whom an address limit counts: of IPv6 the network that one subscriber has whole, a /64; what is no address as it is."""
    if ":" not in address:
        return address
    try:
        return str(ip_network((address, 64), strict=False))
    except ValueError:
        return address


def networks_of(text: str) -> Networks:
    """Addresses and networks, separated by commas. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def check_address(address: str, ip_allow: str) -> None:
    """`ip_allow` empty = any. A list that cannot be read allows nobody. Raises Problem."""
    if not ip_allow:
        return
    try:
        allowed = _within(address, networks_of(ip_allow))
    except ValueError:
        allowed = False
    if not allowed:
        raise forbidden("this key may not be used from this address")


def check_origin(origin: bytes | None, allowed: tuple[str, ...]) -> None:
    """A browser says which page asks; programs say nothing, and may. "*" allows every page. Raises Problem."""
    if origin is not None and "*" not in allowed and origin.decode("latin-1") not in allowed:
        raise forbidden("this page may not read market data here")


def _within(address: str, networks: Networks) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)

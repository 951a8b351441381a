"""What an operator may set about a gateway."""

from dataclasses import dataclass

from tradewind.services.gateway.access import Networks, networks_of

PRIVATE_NETWORKS = networks_of("127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16")


@dataclass(frozen=True, slots=True)
class Options:
    """Limits are weights a minute and orders (see limits.py), 0 = none; of all gateways together. After `ban_after` refusals in
    a minute an address is banned for a while, 0 = never. `proxies`: peers whose X-Forwarded-For is believed."""

    address_weight_1m: int = 12_000
    account_weight_1m: int = 12_000
    orders_10s: int = 1_000
    orders_1d: int = 2_000_000
    ban_after: int = 1_000
    proxies: Networks = PRIVATE_NETWORKS
    docs: bool = False  # /docs and the documents behind it are served
    origins: tuple[str, ...] = ("*",)  # pages whose browsers may open the public socket
    ask_timeout_s: float = 5.0
    subscriptions_max: int = 50  # per public socket
    sockets_max: int = 10_000  # public ones, in all and from one address
    sockets_per_address_max: int = 100
    messages_rate: int = 20  # of one client on a public socket, a second; and so many at once
    messages_burst: int = 200
    frames_max: int = 1_000  # towards one slow peer, before it is told so
    requests_max: int = 64  # in flight on one private socket


UNLIMITED = Options(address_weight_1m=0, account_weight_1m=0, orders_10s=0, orders_1d=0)

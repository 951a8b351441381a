"""How long a revoked key may still work: the gateways' own promise, and what a slow step may add."""

from sim.cluster import Cluster
from tradewind.services.gateway.gateway import REVOKED_WITHIN_READS

SLACK_NS = 500_000_000


def within_ns(cluster: Cluster) -> int:
    """Nanoseconds after an operator was told that the key is revoked."""
    return int(REVOKED_WITHIN_READS * cluster.limits.read_wait_s * 1e9) + SLACK_NS

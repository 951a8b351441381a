"""Whether anything is still under way, seen from the database and from what /ready would say."""

from sim.cluster import Cluster
from sim.models.bus import mailbox_stream
from tradewind.ports.store import COMMANDS, POSITIONS
from tradewind.runtime.host import Phase
from tradewind.runtime.readiness import host_checks

LATE_NS = 10**9  # by so much what comes by itself may be late


def complaint(cluster: Cluster) -> str:
    """The first thing that is not as it should be: every shard served, ready, and with all it follows read. "" if it is."""
    running = {host.shard for host in cluster.living() if host.phase is Phase.RUNNING}
    missing = sorted(set(cluster.topology.shards()) - running)
    if missing:
        phases = sorted({f"{host.shard} {host.phase.value}" for host in cluster.living() if host.shard in missing})
        return f"nobody runs {missing} ({', '.join(phases)})"
    for host in cluster.living():
        if host.phase is Phase.RUNNING:
            for check in host_checks(host, cluster.limits):
                if not check.ok or check.degraded:
                    return f"{check.name}: {check.detail}"
    if 0 < next_instant(cluster) < cluster.store_wall.now() - LATE_NS:
        return f"what was to come at {next_instant(cluster)} has not come by {cluster.store_wall.now()}"
    return _lag(cluster)


def _lag(cluster: Cluster) -> str:
    read = {(row.shard, row.source): row.position for row in cluster.database.tables.get(POSITIONS, {}).values()}
    for shard in cluster.topology.shards():
        for source in cluster.topology.sources(shard):
            row = cluster.database.shards.get(source)
            if row is not None and read.get((shard, source), 0) < row.head.seq:
                return f"{shard} has read {source} to {read.get((shard, source), 0)} of {row.head.seq}"
        mailbox = cluster.broker.stream(mailbox_stream(f"inbox/{shard}"))
        if mailbox.entries and read.get((shard, "inbox"), 0) < mailbox.last:
            return f"{shard} has commands in its inbox"
    return ""


def next_instant(cluster: Cluster) -> int:
    """The first (wall ns) at which something comes by itself: an order's end, a breaker's step, a switch; 0 = at none."""
    tables = {table.name: rows.values() for table, rows in cluster.database.tables.items()}
    columns = (
        *(("resting_orders", "good_till"), ("armed_stops", "good_till"), ("dead_switches", "strikes_at")),
        *(("markets", "breaker_until"), ("markets", "again_at")),
    )
    instants = [getattr(row, column) for table, column in columns for row in tables.get(table, ())]
    return min((instant for instant in instants if instant), default=0)


def still_life(cluster: Cluster) -> dict[str, object]:
    """Every row and every journal's end, to be compared with what is there later."""
    tables = {f"table {table.name}": dict(rows) for table, rows in cluster.database.tables.items() if table is not COMMANDS}
    return tables | {f"journal {shard}": len(entries) for shard, entries in cluster.database.journals.items() if entries}

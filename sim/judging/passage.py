"""What the matching shards' journals tell that a run has been through: marks, so that a scenario can say what must have come
about in it, and a campaign can count it."""

from collections.abc import Iterator

from sim.cluster import Cluster
from tradewind.messages.codec import Output, decode
from tradewind.messages.events import OrderEnded, OrderRested, RequestRefused, Traded
from tradewind.values.orders import OrderStatus


def mark(cluster: Cluster) -> None:
    """Count each thing as often as it happened."""
    for shard in cluster.topology.shards("matching"):
        for what in _passed(cluster, shard):
            cluster.marks.count(what)


def _passed(cluster: Cluster, shard: str) -> Iterator[str]:
    traded: dict[int, int] = {}  # by order, the epoch of its latest trade: another epoch is another life of the shard
    for entry in cluster.database.journals.get(shard, []):
        for event in decode(Output, entry.output).events:
            match event:
                case Traded():
                    yield f"trade in {event.symbol}"
                    for order in (event.maker_order, event.taker_order):
                        if traded.setdefault(order, entry.epoch) != entry.epoch:
                            yield "order traded on after a restart"
                        traded[order] = entry.epoch
                case OrderRested() if event.order_id in traded:
                    yield "order rested after a part was filled"
                case OrderEnded():
                    in_part = event.order_id in traded and event.status is not OrderStatus.FILLED
                    yield f"order {event.status.name}" + (" after a part was filled" if in_part else "")
                case RequestRefused():
                    yield f"request refused by the book: {event.reason}"

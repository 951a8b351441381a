"""What the matching shards' journals tell that a run has been through: marks, so that a scenario can say what must have come
about in it, and a campaign can count it."""

from collections.abc import Iterator

from sim.cluster import Cluster
from tradewind.messages.codec import Output, decode
from tradewind.messages.events import (
    CancelRequested,
    MarketStateChanged,
    OrderArmed,
    OrderEnded,
    OrderReduced,
    OrderRested,
    OrderShown,
    OrderSized,
    OrderTriggered,
    RequestRefused,
    Traded,
    TransferSent,
)
from tradewind.messages.replies import Outcomes
from tradewind.values.orders import OrderStatus


def mark(cluster: Cluster) -> None:
    """Count each thing as often as it happened."""
    for shard in cluster.topology.shards("matching"):
        for what in _passed(cluster, shard):
            cluster.marks.count(what)
    for shard in cluster.topology.shards("clearing"):
        for what in _cleared(cluster, shard):
            cluster.marks.count(what)


def _cleared(cluster: Cluster, shard: str) -> Iterator[str]:
    for entry in cluster.database.journals.get(shard, []):
        output = decode(Output, entry.output)
        if isinstance(output.reply, Outcomes):
            kinds = {type(outcome) for outcome in output.reply.outcomes}
            yield "batch refused in part" if len(kinds) > 1 else f"batch: {', '.join(kind.__name__ for kind in kinds)}"
        for event in output.events:
            match event:
                case CancelRequested(reason="CANCEL_AFTER"):
                    yield "cancelled by a switch"
                case TransferSent():
                    other = cluster.topology.clearing_of(event.account) != cluster.topology.clearing_of(event.to_account)
                    yield "transfer to another shard" if other else "transfer within a shard"


def _passed(cluster: Cluster, shard: str) -> Iterator[str]:
    stood: dict[int, None] = {}
    traded: dict[int, int] = {}  # by order, the epoch of its latest trade: another epoch is another life of the shard
    for entry in cluster.database.journals.get(shard, []):
        triggered = 0
        for event in decode(Output, entry.output).events:
            match event:
                case Traded():
                    yield f"trade in {event.symbol}"
                    for order in (event.maker_order, event.taker_order):
                        if traded.setdefault(order, entry.epoch) != entry.epoch:
                            yield "order traded on after a restart"
                        traded[order] = entry.epoch
                case OrderRested():
                    stood[event.order_id] = None
                    if event.order_id not in traded:
                        continue
                    yield "order rested after a part was filled"
                case OrderEnded():
                    if event.reason in ("PAIR", "GOOD_TILL", "SELF_TRADE", "DELISTED"):
                        yield f"order {event.status.name} {event.reason}" + (" by alarm" if entry.source == "clock" else "")
                    in_part = event.order_id in traded and event.status is not OrderStatus.FILLED
                    yield f"order {event.status.name}" + (" after a part was filled" if in_part else "")
                case OrderTriggered():
                    yield "stop order triggered"
                    triggered += 1
                    if triggered > 1:
                        yield "stop orders triggered in a cascade"
                case OrderShown():
                    yield "slice of an iceberg replaced"
                case OrderSized():
                    yield "order sized by its amount"
                case OrderReduced() if event.shown_by == 0 and event.order_id not in stood:
                    yield "taker reduced by self-trade prevention"
                case OrderArmed():
                    stood[event.order_id] = None
                    yield "stop order armed"
                case MarketStateChanged():
                    yield f"market {event.state.name}" + (" by its breaker" if event.reason == "CIRCUIT_BREAKER" else "")
                case RequestRefused():
                    yield f"request refused by the book: {event.reason}"

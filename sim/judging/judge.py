"""What must be true when all is quiet: the auditors over the database, and what clients were told against the journals."""

from collections.abc import Sequence

from sim.clients.hostile import HOSTILE
from sim.clients.trader import ABOUT_ORDERS, Trader
from sim.cluster import Cluster
from sim.judging.wallet import broken_promises
from tradewind.audit.auditors import audit
from tradewind.audit.books import Books, Witnessed
from tradewind.messages.codec import Output, decode
from tradewind.messages.events import Event, OrderAccepted
from tradewind.services.order.tables import ORDERS
from tradewind.values.orders import OrderStatus

TRADE = 2  # the permission bit


def judge(cluster: Cluster, traders: Sequence[Trader], *, quiet: bool) -> None:
    """Report everything that is not so. `quiet`: nothing is under way, so the strict forms hold."""
    told = [one for trader in traders for one in trader.told]
    lost = cluster.lost  # nobody is judged for what the operator gave up
    answers = [one.heard.answer for one in told if one.heard.answer is not None]
    witnessed = Witnessed([one for one in answers if not lost.answer(one.shard, one.seq, one.request)])
    for found in audit(books(cluster), quiet=quiet, machines=cluster.machines, witnessed=witnessed):
        cluster.kernel.report(f"{found.auditor} {found.name}", found.what)
    reasons = [row.reason for row in cluster.database.tables.get(ORDERS, {}).values() if row.status is OrderStatus.REJECTED]
    if closed := sum(reason.startswith("MARKET_") for reason in reasons):
        cluster.marks.count("order rejected by a closed market", closed)
    for name, what in (*_broken_words(cluster, traders), *broken_promises(cluster, told)):
        cluster.kernel.report(name, what)


def books(cluster: Cluster) -> Books:
    """The simulated database as auditors see one."""
    database = cluster.database
    heads = {shard: row.head for shard, row in database.shards.items()}
    rows = {table.name: list(kept.values()) for table, kept in database.tables.items()}
    return Books(cluster.topology, heads, rows, database.journals)


def _broken_words(cluster: Cluster, traders: Sequence[Trader]) -> list[tuple[str, str]]:
    told = [one for trader in traders for one in trader.told]
    found: list[tuple[str, str]] = []
    accepted: dict[tuple[int, str], list[OrderAccepted]] = {}
    weak = {trader.client.name for trader in traders if trader.client.gateway and not trader.client.permissions & TRADE}
    for event in _said(cluster, "clearing"):
        if isinstance(event, OrderAccepted):
            accepted.setdefault((event.account, event.client_order_id), []).append(event)
    for (account, name), orders in accepted.items():
        if len(orders) > 1:
            found.append(("A10 idempotency", f"account {account} has {len(orders)} orders named {name}"))
    again = {one.name for one in told if one.op.do in ("repeat", "twist")}
    for one in told:
        if cluster.lost.order(one.account, one.name):
            continue
        heard, orders = one.heard, accepted.get((one.account, one.name), [])
        if one.op.do in ABOUT_ORDERS and heard.yes:
            if [order.order_id for order in orders] != list(heard.orders):
                found.append(("A11 durability", f"{one.client} was told {heard} of {one.name}, the journal has {orders}"))
            elif orders[0].quantity != one.op.quantity and not (heard.found or one.op.amount):
                found.append(("A10 idempotency", f"{one.client}: {one.op} was answered with {orders[0]}"))
        if one.op.do == "place" and not heard.yes and one.sure and orders and one.name not in again:
            found.append(("A11 durability", f"{one.client} was told {heard.code} of {one.name}, which stands as {orders}"))
        if one.client in weak and one.heard.yes and one.op.do != "look":
            found.append(("A13 access", f"{one.client}, whose key may only read, was told {heard} of {one.op}"))
    for (account, name), orders in accepted.items():
        if name.startswith(HOSTILE):
            found.append(("A13 access", f"a hostile request of account {account} became {orders}"))
    return found


def _said(cluster: Cluster, service: str) -> list[Event]:
    return [
        event
        for shard in cluster.topology.shards(service)
        for entry in cluster.database.journals.get(shard, [])
        for event in decode(Output, entry.output).events
    ]

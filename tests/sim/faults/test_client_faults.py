"""Faults of clients: storms of retries, duplicates, slow readers, cut sockets. Each does what its sentence says, no harm."""

from sim.plan import Client, Fault, Op, Plan, Watch, When
from sim.run import Ran, run
from tests.sim.faults.small_world import shows

BTC = {"do": "place", "symbol": "BTCUSDT", "price": 30_000_000_000, "quantity": 10**6}
ORDERS = tuple(Op(id=id, at_ms=20 + 10 * id, side=1, **BTC) for id in range(1, 16))  # type: ignore[arg-type]
BOOK = Watch(name="watcher/1", gateway="gateway/0", channels=("market.BTCUSDT.book",))
OWN = Watch(name="watcher/2", gateway="gateway/0", account=1)


def day(*faults: Fault, ops: tuple[Op, ...] = ORDERS, frames_max: int = 1_000) -> Ran:
    """One trader with a gateway and two subscribers; whatever happens, nothing is found."""
    trader = Client(name="client/1", account=1, gateway="gateway/0", ops=ops)
    ran = run(
        Plan(
            gateways=1, markets=("BTCUSDT",), storm_ms=600, clients=(trader,), watches=(BOOK, OWN), faults=faults,
            frames_max=frames_max,
        ),
        1,
    )  # fmt: skip
    assert ran.findings == []
    return ran


def test_a_calm_day_of_subscribers() -> None:
    marks = day().marks
    assert marks["told: place yes"] == len(ORDERS)
    assert "subscriber closed: 1013" not in marks and "snapshot after missed updates" not in marks


@shows("retry_storm")
def test_a_storm_of_retries_is_one_order_each() -> None:
    marks = day(Fault(do="retry_storm", node="client/1", when=When(at_ms=0), for_ms=2_000, amount=5)).marks
    assert marks["request sent many times at once"] == 5 * len(ORDERS) and marks["told: place yes"] == len(ORDERS)


@shows("duplicates")
def test_copies_equal_to_the_byte_work_once() -> None:
    marks = day(Fault(do="duplicates", node="client/1", when=When(at_ms=0), for_ms=2_000, amount=3)).marks
    assert marks["request duplicated"] >= 3 * len(ORDERS) and marks["told: place yes"] == len(ORDERS)


@shows("slow_reader")
def test_a_slow_reader_is_told_and_begins_again() -> None:
    slow = Fault(do="slow_reader", node="watcher/2", when=When(at_ms=20), for_ms=500)
    marks = day(slow, frames_max=8).marks
    assert marks["subscriber closed: 1013"] == 1 and marks["snapshot after missed updates"] == 1
    assert "subscriber closed: 1013" not in day(slow).marks, "the gateway keeps enough for a short pause"


@shows("socket_cut")
def test_a_socket_that_is_cut_anywhere_is_opened_again_where_it_was() -> None:
    again = 0
    for steps in range(0, 12, 3):
        cuts = [
            Fault(do="socket_cut", node=node, when=When(at_ms=at, steps=steps))
            for node in (BOOK.name, OWN.name)
            for at in (2, 90)
        ]
        again += day(*cuts).marks.get("private feed resumed", 0)
    assert again > 8, "two of each run are the cold restart's"

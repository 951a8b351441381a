"""What happens on the ways between nodes, and between clients and gateways."""

import pytest
import trio

from sim.kernel.incarnation import Incarnation
from sim.models.ways import Way
from sim.plan import Fault, When
from sim.web.client import AsgiClient
from sim.web.server import AsgiServer
from tests.sim.faults.small_world import MS, Small, Writer, outcome_of, seen, shows

AT_ONCE = When(at_ms=1)
LONG_MS = 60_000


class Pair:
    """Two nodes; `two` answers calls."""

    def __init__(self, small: Small) -> None:
        self.small, self.handled = small, 0
        self.one, self.two = (small.boot(node) for node in ("one", "two"))
        self.two.network.serve("/echo", self._echo)

    async def _echo(self, body: bytes) -> bytes:
        self.handled += 1
        return body

    async def call(self, deadline_s: float = 0.5) -> str:
        return await outcome_of(self.one.network.call("two", "/echo", b"x", deadline_s))


@shows("cut")
@pytest.mark.parametrize(("one_way", "handled"), [(0, 0), (1, 0)])
def test_between_the_two_sides_of_a_cut_nothing_arrives(one_way: int, handled: int) -> None:
    async def body(small: Small) -> None:
        pair = Pair(small)
        small.strike(Fault(do="cut", node="one", peer="two", when=AT_ONCE, for_ms=100, amount=one_way))
        await small.sleep(5)
        assert await pair.call() == "Unavailable" and pair.handled == handled
        await small.sleep(700)
        assert await pair.call() == "done"

    seen(body)


@shows("cut")
def test_one_way_it_is_heard_and_not_answered() -> None:
    async def body(small: Small) -> None:
        pair = Pair(small)
        small.strike(Fault(do="cut", node="two", peer="one", when=AT_ONCE, for_ms=100, amount=1))
        await small.sleep(5)
        assert await pair.call(0.05) == "Unknown" and pair.handled == 1

    seen(body)


@shows("cut")
def test_what_is_under_way_dies_with_the_cut() -> None:
    async def body(small: Small) -> None:
        pair = Pair(small)
        small.cluster.faults.network.pace.added_ns = 50_000_000
        small.strike(Fault(do="cut", node="one", peer="two", when=When(at_ms=20), for_ms=200))
        assert await pair.call() == "Unknown" and pair.handled == 0

    seen(body)


@shows("cut")
@pytest.mark.parametrize(("one_way", "told", "stands"), [(0, "Unavailable", 0), (1, "Unknown", 1)])
def test_cut_off_from_the_database(one_way: int, told: str, stands: int) -> None:
    async def body(small: Small) -> None:
        writer = Writer(small.boot("one"))
        await writer.begin()
        small.strike(Fault(do="cut", node="one", peer="store", when=AT_ONCE, for_ms=2_000, amount=one_way))
        await small.sleep(5)
        assert await writer.write() == told
        assert len(small.cluster.database.journals.get("clearing/0", [])) == stands
        assert await outcome_of(small.boot("two").store.heads()) == "done"

    seen(body)


@shows("cut")
@pytest.mark.parametrize(("one_way", "told", "has"), [(0, "Unavailable", 0), (1, "Unknown", 1)])
def test_cut_off_from_the_bus(one_way: int, told: str, has: int) -> None:
    async def body(small: Small) -> None:
        bus = small.boot("one").bus
        small.strike(Fault(do="cut", node="one", peer="bus", when=AT_ONCE, for_ms=2_000, amount=one_way))
        await small.sleep(5)
        assert await outcome_of(bus.publish("clearing/0", 1, b"x")) == told
        assert await outcome_of(bus.read("clearing/0", 0, 0.01)) == "Unavailable"
        assert len(await small.boot("two").bus.read("clearing/0", 0, 0.01)) == has

    seen(body)


@shows("net_slow")
def test_latency_has_a_tail() -> None:
    async def body(small: Small) -> None:
        pair = Pair(small)
        small.strike(Fault(do="net_slow", when=AT_ONCE, for_ms=LONG_MS, amount=5))
        await small.sleep(5)
        took = []
        for _ in range(100):
            began_ms = small.now_ms
            assert await pair.call(5.0) == "done"
            took.append(small.now_ms - began_ms)
        took.sort()
        assert min(took) >= 10 and took[50] < 45 and took[-1] > 150

    seen(body)


@shows("net_loss")
def test_what_gets_lost_nobody_is_told_of() -> None:
    async def body(small: Small) -> None:
        pair = Pair(small)
        small.strike(Fault(do="net_loss", when=AT_ONCE, for_ms=LONG_MS, amount=400))
        await small.sleep(5)
        told = [await pair.call(0.1) for _ in range(60)]
        assert set(told) == {"done", "Unknown"}
        assert told.count("done") < pair.handled < 60, "requests get lost, and answers"

    seen(body)


@shows("net_duplicates")
def test_a_request_is_handled_twice_and_answered_once() -> None:
    async def body(small: Small) -> None:
        pair = Pair(small)
        small.strike(Fault(do="net_duplicates", when=AT_ONCE, for_ms=100, amount=1_000))
        await small.sleep(5)
        assert await pair.call() == "done" and pair.handled == 2
        await small.sleep(100)
        assert await pair.call() == "done" and pair.handled == 3

    seen(body)


@shows("net_reset")
def test_an_answer_breaks_off_though_the_work_is_done() -> None:
    async def body(small: Small) -> None:
        pair = Pair(small)
        small.strike(Fault(do="net_reset", when=AT_ONCE, for_ms=100, amount=1_000))
        await small.sleep(5)
        assert await pair.call() == "Unknown" and pair.handled == 1

    seen(body)


async def hello(scope: object, receive: object, send: object) -> None:
    """The smallest application; it has no lifespan."""
    if scope["type"] == "lifespan":  # type: ignore[index]
        for phase in ("startup", "shutdown"):
            await receive()  # type: ignore[operator]
            await send({"type": f"lifespan.{phase}.complete"})  # type: ignore[operator]
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"hello", "more_body": False})  # type: ignore[operator]


@shows("net_reset", "net_slow", "cut")
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(do="net_reset", when=AT_ONCE, for_ms=LONG_MS, amount=1_000), "ConnectionResetError"),
        (Fault(do="net_slow", when=AT_ONCE, for_ms=LONG_MS, amount=300), "no answer"),
        (Fault(do="cut", node="client/1", peer="gateway/0", when=AT_ONCE, for_ms=LONG_MS), "no answer"),
        (Fault(do="cut", node="client/2", peer="gateway/0", when=AT_ONCE, for_ms=LONG_MS), "hello"),
    ],
)
def test_between_a_client_and_its_gateway(fault: Fault, told: str) -> None:
    async def body(small: Small) -> None:
        kernel = small.kernel

        async def serve(life: Incarnation) -> None:
            await AsgiServer(kernel, kernel.node("gateway/0"), hello).serve()

        kernel.node("gateway/0").start(serve)
        small.strike(fault)
        await small.sleep(5)
        way = Way(kernel, small.cluster.faults.network, "client/1", 1, "gateway/0")
        client = AsgiClient(kernel, kernel.node("gateway/0"), "192.0.2.1", way.delay_ns, way.passes, way.breaks)
        heard = "no answer"
        with trio.move_on_after(0.5):
            try:
                heard = (await client.request("GET", "/")).body.decode()
            except ConnectionResetError as error:
                heard = type(error).__name__
        assert heard == told

    seen(body)


@shows("clog")
def test_a_clogged_node_hears_everything_later() -> None:
    async def body(small: Small) -> None:
        pair = Pair(small)
        small.strike(Fault(do="clog", node="two", when=AT_ONCE, for_ms=200))
        await small.sleep(5)
        assert await pair.call(1.0) == "done" and 200 <= small.now_ms < 250
        assert await pair.call(1.0) == "done" and small.now_ms < 280
        small.strike(Fault(do="clog", node="one", when=AT_ONCE, for_ms=200))
        await small.sleep(5)
        began_ms = small.now_ms
        await small.doors["one"].bus.publish("clearing/0", 1, b"x")
        assert small.now_ms - began_ms > 150, "on every way"

    seen(body)


def test_what_a_clog_holds_back_arrives_when_it_is_healed() -> None:
    """At the end of the storm, and not with the shorter one of two."""

    async def body(small: Small) -> None:
        pair = Pair(small)
        small.cluster.faults.calm_ns = 300 * MS
        small.strike(
            Fault(do="clog", node="two", when=AT_ONCE, for_ms=60_000), Fault(do="clog", node="two", when=AT_ONCE, for_ms=50)
        )
        await small.sleep(100)
        assert await pair.call(1.0) == "done" and 300 <= small.now_ms < 350
        small.injector.heal()
        assert small.cluster.faults.clogged == {}

    seen(body)


@shows("swizzle")
def test_nodes_are_cut_off_in_one_order_and_come_back_in_another() -> None:
    async def body(small: Small) -> None:
        nodes = ["one", "two", "three", "four"]
        for node in nodes:
            small.boot(node)
        fault = Fault(do="swizzle", node="one", others=tuple(nodes[1:]), when=AT_ONCE, for_ms=400, amount=30)
        small.strike(fault)
        gone: list[str] = []
        back: list[str] = []
        while small.now_ms < 500:
            await small.sleep(5)
            for node in nodes:
                away = node in small.cluster.faults.store.cut
                assert away == (node in small.cluster.faults.bus.cut)
                if away and node not in gone:
                    gone.append(node)
                if not away and node in gone and node not in back:
                    back.append(node)
        assert gone == nodes and sorted(back) == sorted(nodes) and back != nodes

    seen(body)

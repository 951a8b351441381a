"""The pages of a process: /live whatever happens, /ready by what it has last seen, one line per dependency."""

from dataclasses import replace
from typing import Any

import msgspec

from tests.runtime.bench import Bench
from tradewind.ports.world import World
from tradewind.runtime.gauges import GaugedBus, GaugedStore
from tradewind.runtime.readiness import Probe

SECOND_NS = 1_000_000_000


class Process:
    """Doors of a node whose pages can be read."""

    def __call__(self, world: World) -> World:
        self.store, self.bus = GaugedStore(world.store), GaugedBus(world.bus)
        return replace(world, store=self.store, bus=self.bus)

    async def page(self, bench: Bench, node: str) -> tuple[int, str, dict[str, Any]]:
        probe = Probe([bench.hosts[node]], None, self.store, self.bus, bench.limits)
        assert (await probe.live())[0] == 200
        status, kind, body = await probe.ready()
        assert kind == "application/json"
        told = msgspec.json.decode(body)
        assert all({"name", "status", "latency_ms"} <= set(line) for line in told["dependencies"])
        return status, told["status"], {line["name"]: line for line in told["dependencies"]}


def test_what_the_page_says_through_outages() -> None:
    bench, process = Bench(), Process()

    async def story() -> None:
        async def page() -> tuple[int, str, dict[str, Any]]:
            return await process.page(bench, "clearing/0")

        async def becomes(status: int, word: str) -> dict[str, Any]:
            for _ in range(600):
                now = await page()
                if now[:2] == (status, word):
                    return now[2]
                await bench.kernel.sleep(SECOND_NS // 20)
            raise AssertionError(f"still {now}, not {word}")

        bench.boot("admin/0")
        bench.boot("clearing/0", doors=process)
        await bench.until(lambda: "clearing/0" in bench.hosts)
        lines = await becomes(200, "ready")
        assert {"store", "bus", "clearing/0", "clearing/0 reads admin/0", "clearing/0 inbox"} <= set(lines)
        assert lines["store"]["latency_ms"] > 0
        bench.faults.bus.down = True
        lines = await becomes(200, "degraded")
        assert lines["store"]["status"] == "ok" and lines["bus"]["status"] == "degraded"
        bench.faults.store.down = True
        lines = await becomes(503, "down")
        await bench.kernel.sleep(30 * SECOND_NS)
        lines = await becomes(503, "down")
        assert lines["store"]["status"] == "down" and lines["store"]["detail"]
        bench.faults.store.down = bench.faults.bus.down = False
        await becomes(200, "ready")

    bench.play(story)


def test_asking_calls_nobody() -> None:
    """Ten thousand questions add not one call: /ready cannot make an outage worse."""
    hashes = set()
    for questions in (0, 10_000):
        bench, process = Bench(), Process()

        async def story(bench: Bench = bench, process: Process = process, questions: int = questions) -> None:
            bench.boot("admin/0", doors=process)
            await bench.running("admin/0")
            probe = Probe([bench.hosts["admin/0"]], None, process.store, process.bus, bench.limits)
            for _ in range(questions):
                await probe.ready()
                await probe.live()
            await bench.kernel.sleep(10 * SECOND_NS)

        hashes.add(bench.play(story).hash)
    assert len(hashes) == 1


class Hung:
    """A gateway's own words."""

    def complaints(self) -> list[str]:
        return ["feed order/0 is not being read"]

    def degraded(self) -> list[str]:
        return ["commands travel over the network"]


def test_a_gateway_speaks_for_itself() -> None:
    bench, process = Bench(), Process()

    async def story() -> None:
        bench.boot("admin/0", doors=process)
        await bench.running("admin/0")
        probe = Probe([], Hung(), process.store, process.bus, bench.limits)
        status, _, body = await probe.ready()
        [line] = [line for line in msgspec.json.decode(body)["dependencies"] if line["name"] == "gateway"]
        assert status == 503 and line["status"] == "down" and "order/0" in line["detail"] and "network" in line["detail"]

    bench.play(story)

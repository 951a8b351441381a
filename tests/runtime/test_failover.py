"""One writer at a time: leases, zombies, standbys, commits whose outcome nobody learned, machines that die."""

from itertools import count

import pytest

from sim.models.store import Fate
from tests.runtime.bench import Bench, small
from tests.runtime.toys import BROKEN, DONE, HEARD, MACHINES, Fragile
from tradewind.messages.codec import encode
from tradewind.messages.replies import Created, Refused
from tradewind.ports.errors import PortError
from tradewind.runtime.host import Phase
from tradewind.values.refusals import Refusal

SECOND_NS = 1_000_000_000


@pytest.fixture(autouse=True)
def mended() -> None:
    BROKEN.clear()


def done(bench: Bench) -> dict[str, int]:
    return {row.name: row.times for row in bench.rows(DONE)}


@pytest.mark.parametrize("fate", [Fate.REFUSED, Fate.UNKNOWN_DONE, Fate.UNKNOWN_LOST])
def test_after_a_commit_that_failed_nothing_is_lost_and_nothing_done_twice(fate: Fate) -> None:
    for number in count(1):
        bench = Bench(seed=number)
        bench.faults.store.fates = {("admin/0", number): fate}

        async def story(bench: Bench = bench) -> None:
            bench.boot("admin/0")
            bench.boot("clearing/0")
            for place, name in enumerate(("one", "two", "three"), start=1):
                assert (await bench.add(name)).reply == Created(place)
            assert done(bench) == {"one": 1, "two": 1, "three": 1}
            await bench.until(lambda: len(bench.rows(HEARD)) >= 3)
            assert [row.name for row in bench.rows(HEARD)] == ["one", "two", "three"]

        bench.play(story)
        if bench.faults.store.fates:
            break  # every commit has failed once
    assert number > 3


def test_a_zombie_commits_nothing_and_answers_nothing() -> None:
    bench = Bench()

    async def story() -> None:
        old = bench.boot("admin/0", "old")
        assert (await bench.add("one")).reply == Created(1)
        bench.faults.bus.cut.add("old")  # else it would hear the same commands as its successor, and try to commit them
        await bench.kernel.sleep(2 * SECOND_NS)
        old.pause()
        bench.boot("admin/0", "new")
        assert (await bench.add("two", timeout_s=20.0)).reply == Created(2)
        zombie = bench.hosts["old"]
        old.wall.step(60 * SECOND_NS)  # by its clock every deadline has passed
        told: list[object] = []
        client = bench.kernel.node("client").incarnation
        assert client is not None
        world = bench.cluster.ports(client)

        async def ask_the_zombie() -> None:
            body = bench.envelope("three", 3, "request-3", timeout_s=30.0)
            told.append(await world.network.call("old", "/internal/command/admin/0", encode(body), 10.0))

        assert zombie.phase is Phase.RUNNING
        bench.kernel.spawn(bench.kernel.node("client"), ask_the_zombie)
        await bench.kernel.sleep(SECOND_NS)
        old.resume()
        await bench.until(lambda: zombie.phase is Phase.STANDBY)
        assert told == [] and {entry.epoch for entry in bench.journal()[1:]} == {bench.database.shards["admin/0"].epoch}
        assert done(bench) == {"one": 1, "two": 1} and bench.crashes == []

    bench.play(story)


def test_a_writer_that_slept_through_its_succession_does_not_blame_the_bus() -> None:
    """Paused between its lease and its first look at the bus, it finds there what another has said since."""
    bench = Bench()

    async def story() -> None:
        bench.faults.store.pace.added_ns = SECOND_NS // 20
        old = bench.boot("admin/0", "old")
        await bench.until(lambda: "admin/0" in bench.database.shards)
        old.pause()
        bench.boot("admin/0", "new")
        assert (await bench.add("one", timeout_s=20.0)).reply == Created(1)
        await bench.until(lambda: bench.broker.stream("admin/0").last == 1)
        old.resume()
        await bench.until(lambda: bench.hosts["old"].phase is Phase.STANDBY)
        assert bench.crashes == []

    bench.play(story)


def test_of_two_hosts_one_stands_by_and_takes_over_within_the_lease() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("admin/0", "first")
        await bench.running("first")
        bench.boot("admin/0", "second")
        await bench.until(lambda: "second" in bench.hosts and bench.hosts["second"].phase is Phase.STANDBY)
        assert bench.ready("second") == "down" and bench.checks("second")["admin/0"].detail == "standby"
        assert (await bench.add("one")).reply == Created(1)
        bench.kernel.node("first").kill()
        killed_ns = bench.kernel.now_ns
        await bench.running("second")
        assert bench.kernel.now_ns - killed_ns <= (bench.limits.lease_s + 1) * SECOND_NS
        assert (await bench.add("two")).reply == Created(2)

    bench.play(story)


def test_a_graceful_stop_gives_the_lease_back_at_once() -> None:
    bench = Bench(limits=small(lease_s=3_000.0))

    async def story() -> None:
        first = bench.boot("admin/0", "first")
        assert (await bench.add("one")).reply == Created(1)
        await first.stop(5 * SECOND_NS)
        assert bench.database.shards["admin/0"].holder == ""
        bench.boot("admin/0", "second")
        assert (await bench.add("two")).reply == Created(2)

    bench.play(story)


def test_a_stop_in_the_middle_of_a_failure_is_still_a_stop() -> None:
    """Whichever step the store's failure falls on, the process ends without a word."""
    for wait_ns in range(0, 3_000_000, 100_000):
        bench = Bench(seed=wait_ns)

        async def story(bench: Bench = bench, wait_ns: int = wait_ns) -> None:
            node = bench.boot("admin/0")
            await bench.running("admin/0")
            bench.faults.store.fates = {("admin/0", 1): Fate.UNKNOWN_DONE}
            bench.put(bench.envelope("one", 1, "request-1"))
            await bench.kernel.sleep(wait_ns)
            await node.stop(5 * SECOND_NS)
            assert not node.up

        bench.play(story)


def test_a_feed_entry_that_kills_the_machine_halts_the_shard_and_is_never_skipped() -> None:
    bench = Bench()
    BROKEN.add("clearing:bad")

    async def story() -> None:
        bench.boot("clearing/0")
        bench.boot("admin/0")
        await bench.add("one")
        await bench.until(lambda: len(bench.rows(HEARD)) == 1)
        await bench.add("bad")
        await bench.add("two")
        await bench.until(lambda: bench.hosts["clearing/0"].phase is Phase.HALTED)
        assert bench.ready("clearing/0") == "down" and bench.checks("clearing/0")["clearing/0"].detail == "halted"
        await bench.kernel.sleep(20 * SECOND_NS)
        assert bench.hosts["clearing/0"].phase is Phase.HALTED
        assert [row.name for row in bench.rows(HEARD)] == ["one"] and bench.quarantine() == []
        assert (await bench.add("three")).reply == Created(4)  # others do not care
        with pytest.raises(PortError):
            await bench.add("new business", shard="clearing/0", timeout_s=10.0)
        assert bench.hosts["clearing/0"].phase is Phase.HALTED and len(bench.journal("clearing/0")) == 1
        BROKEN.clear()
        await bench.running("clearing/0")
        await bench.until(lambda: len(bench.rows(HEARD)) == 4)
        assert [row.name for row in bench.rows(HEARD)] == ["one", "bad", "two", "three"]
        assert isinstance((await bench.add("new business", shard="clearing/0")).reply, Created)
        assert bench.ready("clearing/0") == "ok"

    bench.play(story)


def test_with_the_store_down_nothing_is_ready_and_all_goes_on_when_it_is_back() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("admin/0")
        assert (await bench.add("one")).reply == Created(1)
        bench.faults.store.down = True
        await bench.until(lambda: bench.ready("admin/0") == "down")
        await bench.kernel.sleep(10 * SECOND_NS)
        assert bench.ready("admin/0") == "down"
        bench.faults.store.down = False
        await bench.running("admin/0")
        assert (await bench.add("two")).reply == Created(2) and bench.ready("admin/0") == "ok"
        assert bench.crashes == []

    bench.play(story)


def test_a_command_whose_rows_cannot_be_written_is_found_among_its_neighbours() -> None:
    bench = Bench(machines=MACHINES | {"admin": Fragile})
    BROKEN.add("bad")

    async def story() -> None:
        for place, name in enumerate(("one", "bad", "two"), start=1):
            bench.put(bench.envelope(name, place, name))
        bench.boot("admin/0")
        await bench.until(lambda: len(bench.answers()) == 3)
        assert {answer.request: answer.reply for answer in bench.answers()} == {
            "one": Created(1), "bad": Refused(Refusal.QUARANTINED), "two": Created(2),
        }  # fmt: skip
        assert done(bench) == {"one": 1, "two": 1}

    bench.play(story)


def test_what_came_before_a_killing_entry_is_done_though_it_came_with_it() -> None:
    bench = Bench()
    BROKEN.add("clearing:bad")

    async def story() -> None:
        bench.boot("admin/0")
        for name in ("one", "two", "bad", "three"):
            await bench.add(name)
        bench.boot("clearing/0")
        await bench.until(lambda: "clearing/0" in bench.hosts and bench.hosts["clearing/0"].phase is Phase.HALTED)
        assert [row.name for row in bench.rows(HEARD)] == ["one", "two"]

    bench.play(story)


def test_a_poisoned_command_does_not_keep_its_neighbours_from_being_done() -> None:
    bench = Bench()
    BROKEN.add("bad")

    async def story() -> None:
        for place, name in enumerate(("one", "bad", "two"), start=1):
            bench.put(bench.envelope(name, place, name))
        bench.boot("admin/0")
        await bench.until(lambda: len(bench.answers()) == 3)
        assert {answer.request: answer.reply for answer in bench.answers()} == {
            "one": Created(1), "bad": Refused(Refusal.QUARANTINED), "two": Created(2),
        }  # fmt: skip

    bench.play(story)

"""What an operator does with inputs that could not be applied, and sees on his terminal."""

import pytest
import trio

from sim.kernel.incarnation import Incarnation
from tests.runtime.bench import Bench
from tests.runtime.toys import BROKEN, DONE
from tradewind.messages.commands import SettleQuarantine
from tradewind.messages.replies import Created, Refused
from tradewind.ops.quarantine import settle, show
from tradewind.ports.store import QUARANTINE
from tradewind.values.refusals import Refusal


@pytest.fixture(autouse=True)
def mended() -> None:
    BROKEN.clear()


async def operator(bench: Bench, *words: str) -> tuple[int, list[str]]:
    """`show`, `retry SHARD N` or `discard SHARD N` on a node of its own: the exit code, and the lines."""
    lines: list[str] = []
    codes: list[int] = []
    gone = trio.Event()

    async def tool(life: Incarnation) -> None:
        world = bench.cluster.ports(life)
        if words[0] == "show":
            codes.append(await show(world, lines.append))
        else:
            retry = words[0] == "retry"
            codes.append(await settle(world, words[1], int(words[2]), retry=retry, reason="of a test", say=lines.append))
        gone.set()

    bench.kernel.node("operator").start(tool)
    await gone.wait()
    await bench.until(lambda: not bench.kernel.node("operator").up)
    return codes[0], lines


def done(bench: Bench) -> dict[str, int]:
    return {row.name: row.times for row in bench.rows(DONE)}


async def poisoned(bench: Bench) -> None:
    BROKEN.add("bad")
    bench.boot("admin/0")
    assert (await bench.add("bad", command_id=7)).reply == Refused(Refusal.QUARANTINED)


def test_a_retry_after_the_machine_was_mended_acts_once_though_its_deadline_has_long_passed() -> None:
    bench = Bench()

    async def story() -> None:
        await poisoned(bench)
        [body] = [row.body for row in bench.rows(QUARANTINE)]
        await bench.kernel.sleep(3_600_000_000_000)
        BROKEN.clear()
        code, [line, count] = await operator(bench, "show")
        assert code == 0 and line.startswith("admin/0  1  20") and f"{len(body)} bytes" in line
        assert count == "1 in quarantine"
        code, lines = await operator(bench, "retry", "admin/0", "1")
        assert code == 0 and lines[-1] == f"retried: {Created(1)}"
        assert done(bench) == {"bad": 1} and bench.quarantine() == []
        assert [entry.input for entry in bench.journal()] == [body]  # journaled as the command that it is
        bench.put(body)
        assert (await bench.add("bad", command_id=7)).reply == Refused(Refusal.REPLAYED_REQUEST)
        assert (await operator(bench, "retry", "admin/0", "1"))[0] == 1
        assert done(bench) == {"bad": 1} and (await operator(bench, "show")) == (0, ["0 in quarantine"])

    bench.play(story)


def test_two_wishes_to_retry_one_row_do_it_once() -> None:
    bench = Bench()

    async def story() -> None:
        await poisoned(bench)
        BROKEN.clear()
        [row] = bench.rows(QUARANTINE)
        first = await bench.ask(SettleQuarantine(row.id, row.at, True))
        second = await bench.ask(SettleQuarantine(row.id, row.at, True))
        assert first.reply == Created(1) and isinstance(second.reply, Refused) and done(bench) == {"bad": 1}

    bench.play(story)


def test_a_discarded_row_is_gone_and_what_it_held_is_on_the_terminal() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("admin/0")
        bench.put(b"\x01garbage")
        await bench.until(lambda: len(bench.quarantine()) == 1)
        code, lines = await operator(bench, "retry", "admin/0", "1")
        assert code == 1 and "still undecodable" in lines[0] and len(bench.quarantine()) == 1
        code, lines = await operator(bench, "discard", "admin/0", "1")
        assert code == 0 and "of a test" in lines[-1] and b"\x01garbage".hex() in lines[-1]
        assert bench.quarantine() == [] and bench.journal() == []
        assert (await operator(bench, "discard", "admin/0", "1")) == (1, ["admin/0 has no row 1"])

    bench.play(story)


def test_a_retry_that_kills_again_leaves_the_row_and_the_shard_goes_on() -> None:
    bench = Bench()

    async def story() -> None:
        await poisoned(bench)
        code, lines = await operator(bench, "retry", "admin/0", "1")
        assert code == 1 and "row 1 stays" in lines[0]
        assert (await bench.add("good")).reply == Created(1)
        assert done(bench) == {"good": 1} and {number for number, _, _ in bench.quarantine()} == {1, 2}
        code, lines = await operator(bench, "retry", "admin/0", "2")
        assert code == 1 and "not retried" in lines[0]
        for number in ("1", "2"):
            assert (await operator(bench, "discard", "admin/0", number))[0] == 0
        assert bench.quarantine() == []

    bench.play(story)


def test_a_number_used_again_is_not_the_row_that_the_operator_saw() -> None:
    bench = Bench()

    async def story() -> None:
        bench.boot("admin/0")
        bench.put(b"\x01one")
        await bench.until(lambda: len(bench.quarantine()) == 1)
        [seen] = bench.rows(QUARANTINE)
        assert (await operator(bench, "discard", "admin/0", "1"))[0] == 0
        bench.kernel.node("admin/0").restart()
        bench.put(b"\x01two")
        await bench.until(lambda: len(bench.quarantine()) == 1)
        assert isinstance((await bench.ask(SettleQuarantine(seen.id, seen.at, False))).reply, Refused)
        assert [body for _, body, _ in bench.quarantine()] == [b"\x01two"]

    bench.play(story)


def test_the_operator_learns_when_nobody_serves_the_shard() -> None:
    bench = Bench()

    async def story() -> None:
        await poisoned(bench)
        bench.kernel.node("admin/0").kill()
        code, lines = await operator(bench, "discard", "admin/0", "1")
        assert code == 1 and "nobody knows" in lines[0] and len(bench.quarantine()) == 1
        bench.faults.store.down = True
        assert (await operator(bench, "show"))[0] == 1

    bench.play(story)

"""A machine that asks to be woken is woken: at its time, once, also after a restart; and the journal says so."""

from typing import Any

import trio

from tests.runtime.bench import Bench
from tests.runtime.toys import MACHINES, Done, Teller
from tradewind.messages.codec import Output, decode
from tradewind.messages.commands import Adjust, Command, Envelope, Tick
from tradewind.messages.events import Adjusted, Entry
from tradewind.messages.replies import Created
from tradewind.runtime.machine import At, Outcome

SECOND_NS = 1_000_000_000


class Sleeper(Teller):
    """A credit of n asks to be woken n seconds later; woken, it says by how much too late. What it waits for stands in rows."""

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        if isinstance(item, Adjust):
            self._done.put(Done(self._index, item.reference, 0, at.now + item.delta * SECOND_NS))
            return Outcome([], Created(0))
        assert item == Tick(), item
        due = [row for row in self._done if not row.times and row.at <= at.now]
        for row in due:
            self._done.put(Done(row.shard, row.name, 1, row.at))
        return Outcome([Adjusted(1, "LATE", at.now - row.at, row.name) for row in due])

    def alarm(self) -> int:
        return min((row.at for row in self._done if not row.times), default=0)


def woken(bench: Bench) -> list[Any]:
    """What was said by entries of the clock."""
    entries = [entry for entry in bench.journal() if entry.source == "clock"]
    assert all(decode(Envelope, entry.input).body == Tick() for entry in entries)
    return [event for entry in entries for event in decode(Output, entry.output).events]


def ask(reference: str, seconds: int) -> Adjust:
    return Adjust(1, "USDT", seconds, reference)


def test_it_is_woken_at_its_time_and_once() -> None:
    bench = Bench(machines=MACHINES | {"admin": Sleeper})

    async def story() -> None:
        bench.boot("admin/0")
        await bench.ask(ask("later", 30), 1)
        await bench.ask(ask("sooner", 5), 2)
        await trio.sleep(4.9)
        assert woken(bench) == []
        await trio.sleep(55)
        assert [(event.reference, event.delta < SECOND_NS // 100) for event in woken(bench)] == [
            ("sooner", True),
            ("later", True),
        ]

    bench.play(story)


def test_what_passed_while_it_was_dead_wakes_it_when_it_lives_again() -> None:
    bench = Bench(machines=MACHINES | {"admin": Sleeper})

    async def story() -> None:
        node = bench.boot("admin/0")
        await bench.ask(ask("dead man", 20), 1)
        node.kill()
        await trio.sleep(60)
        bench.boot("admin/0")
        await bench.until(lambda: len(woken(bench)) == 1)
        await trio.sleep(60)
        assert [event.reference for event in woken(bench)] == ["dead man"]

    bench.play(story)


def test_a_machine_that_dies_of_its_tick_is_halted_and_answers_nobody() -> None:
    class Dies(Sleeper):
        def apply(self, item: Command | Entry, at: At) -> Outcome:
            assert item != Tick(), "a tick kills"
            return super().apply(item, at)

    bench = Bench(machines=MACHINES | {"admin": Dies})

    async def story() -> None:
        bench.boot("admin/0")
        await bench.ask(ask("deadly", 1), 1)
        await trio.sleep(30)
        assert bench.hosts["admin/0"].phase.value == "halted"
        assert all(crash.startswith("a tick kills") for crash in bench.crashes)

    bench.play(story)

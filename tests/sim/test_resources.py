"""Bugs that cost no money and break no promise, only time or memory: oracles of resources see them in the calm."""

from typing import Any

import trio
from msgspec.structs import replace

from sim.drawing import draw_plan
from sim.kernel.incarnation import current
from sim.plan import Fault, When
from sim.run import Ran, run
from sim.zoo.patching import patched
from tradewind.ports.errors import Unavailable
from tradewind.runtime.feeds import FeedReader
from tradewind.runtime.host import Host
from tradewind.runtime.outbox import Outbox

BLINK = Fault(do="bus_down", when=When(at_ms=20), for_ms=500)
DOUBT = Fault(do="commit_refused", when=When(shard="clearing/0", commit=2, in_storm=True))


def short_day(*faults: Fault) -> Ran:
    return run(replace(draw_plan(3, "short"), faults=faults, knobs={"read_wait_s": 0.2}), 3)


def test_a_short_day_with_these_faults_ends_well() -> None:
    assert short_day(BLINK, DOUBT).findings == []


def test_a_task_that_nobody_ends_is_seen() -> None:
    bury = Host._bury

    def forgets(self: Host) -> Any:
        life = current()
        assert life is not None
        life.start_soon(trio.sleep_forever)
        return bury(self)

    with patched(Host, "_bury", forgets):
        assert short_day(DOUBT).identities == ["tasks in the calm"]


def test_a_reader_that_never_goes_back_to_the_bus_is_seen() -> None:
    read_bus = FeedReader._read_bus

    async def sulks(self: FeedReader) -> None:
        if not self.bus_works:
            raise Unavailable("not again")
        await read_bus(self)

    with patched(FeedReader, "_read_bus", sulks):
        found = short_day(BLINK).identities
    assert found and found[0] in ("A15 liveness", "retries in the calm"), found


def test_answers_that_need_a_second_try_are_seen() -> None:
    async def mute(self: Outbox) -> None:
        await trio.sleep_forever()

    with patched(Outbox, "run", mute):
        found = short_day().identities
    assert "retries in the calm" in found and "A15 slow in the calm" in found, found

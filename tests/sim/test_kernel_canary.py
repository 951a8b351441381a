"""trio's private names that schedule.py rests on. When trio is upgraded, this fails first and says where to look."""

import hashlib
import inspect

import trio
from trio._core import _run

from sim.kernel import policies, schedule


def test_the_names_are_there() -> None:
    assert trio.__version__.startswith("0.35."), "read schedule.py against trio's new _run.py, then move this pin"
    assert isinstance(_run._ALLOW_DETERMINISTIC_SCHEDULING, bool)
    assert callable(_run._r.shuffle)
    assert {"_counter", "_abort_func", "context"} <= {name for base in trio.lowlevel.Task.__mro__ for name in vars(base)}
    assert {"_next_send", "_attempt_abort"} <= set(dir(trio.lowlevel.Task))


def test_a_pass_is_still_sorted_shuffled_and_popped_from_the_end() -> None:
    source = inspect.getsource(_run.unrolled_run)
    steps = [
        "batch = list(runner.runq)",
        "runner.runq.clear()",
        "if _ALLOW_DETERMINISTIC_SCHEDULING:",
        "batch.sort(key=lambda t: t._counter)",
        "_r.shuffle(batch)",
        "while batch:",
        "task = batch.pop()",
    ]
    places = [source.find(step) for step in steps]
    assert -1 not in places, dict(zip(steps, places, strict=True))
    assert places == sorted(places)


def test_the_runner_has_what_we_ask_it() -> None:
    async def look() -> None:
        assert not schedule.entry_queue_busy()
        trio.lowlevel.current_trio_token().run_sync_soon(int)
        assert schedule.entry_queue_busy()
        assert not schedule.waits_for_idle()
        assert schedule.unfinished_async_generators() == 0
        assert trio.lowlevel.current_task() in [task for _, task in schedule.tasks_by_age()]
        assert hasattr(schedule._runner(), "runq")

    trio.run(look)


def test_the_hook_is_taken_out_again() -> None:
    before = _run._ALLOW_DETERMINISTIC_SCHEDULING, _run._r
    hook = schedule.Scheduler(policies.Fifo(), hashlib.blake2b(), lambda: 0, lambda delay_ns, call: None)
    with schedule.installed(hook):
        assert _run._ALLOW_DETERMINISTIC_SCHEDULING and id(_run._r) == id(hook)
    assert (_run._ALLOW_DETERMINISTIC_SCHEDULING, _run._r) == before

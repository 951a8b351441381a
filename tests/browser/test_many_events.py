"""A hundred thousand events: a real run, told again and again one after the other."""

from functools import cache

import msgspec

from sim.report.page import page_of
from sim.report.staging import Wanted, show
from sim.report.timeline import NEVER, Timeline
from tests.browser.conftest import Open
from tests.browser.eyes import settle

EVENTS = 100_000


@cache
def one_run() -> Timeline:
    return show(Wanted(None, 3)).timeline


@cache
def long_run() -> tuple[Timeline, int]:
    """Of at least so many events, and how often the run is in it."""
    once = one_run()
    times = -(-EVENTS // once.events)
    made = Timeline(f"{times} times {once.title}", lanes=once.lanes, tables=once.tables)
    replaced = msgspec.structs.replace
    for number in range(times):
        by_ns = number * (once.until_ns + 1)
        made.messages += [
            replaced(one, sent_ns=one.sent_ns + by_ns, arrived_ns=NEVER if one.arrived_ns == NEVER else one.arrived_ns + by_ns)
            for one in once.messages
        ]
        made.bands += [replaced(one, from_ns=one.from_ns + by_ns, until_ns=one.until_ns + by_ns) for one in once.bands]
        made.commits += [replaced(one, at_ns=one.at_ns + by_ns) for one in once.commits]
        made.notes += [replaced(one, at_ns=one.at_ns + by_ns) for one in once.notes]
        made.changes += [replaced(one, at_ns=one.at_ns + by_ns) for one in once.changes]
    made.sort()
    made.check()
    return made, times


def test_all_are_there_few_are_drawn_and_filters_answer(open_page: Open) -> None:
    made, times = long_run()
    page = open_page(page_of(made))
    assert page.evaluate("report.runs[0].events") == made.events >= EVENTS
    page.evaluate("(report.view.all(), report.drawNow())")
    drawn = page.evaluate("report.charts[0].drawn")
    quiet = sum(one.kind in ("lease", "query") for one in made.messages)
    assert drawn["seen"] == len(made.messages) - quiet and drawn["commits"] == len(made.commits)
    assert drawn["messages"] < drawn["seen"] / 2  # of many arrows at one place one is drawn

    order = next(mark.about.orders[0] for mark in made.commits if mark.about.orders)
    page.fill("#order", str(order))
    settle(page)
    about = [one for one in one_run().messages if order in one.about.orders and one.kind not in ("lease", "query")]
    assert page.evaluate("report.charts[0].drawn.seen") == times * len(about)
    page.click("#clear")
    page.select_option("#node", "store")
    settle(page)
    at_store = sum("store" in (one.source, one.target) and one.kind not in ("lease", "query") for one in made.messages)
    assert page.evaluate("report.charts[0].drawn.seen") == at_store


def test_a_narrow_window_looks_at_little(open_page: Open) -> None:
    made, times = long_run()
    page = open_page(page_of(made))
    once = one_run()
    middle = (times // 2) * (once.until_ns + 1)
    page.evaluate("([from, to]) => { report.view.set(from, to); report.drawNow(); }", [middle, middle + once.until_ns])
    quiet = sum(one.kind in ("lease", "query") for one in once.messages)
    seen = page.evaluate("report.charts[0].drawn.seen")
    # The neighbours' last and first messages may hang over the edges.
    assert abs(seen - (len(once.messages) - quiet)) <= 5
    page.evaluate("(at) => { report.view.point(at); report.drawNow(); }", middle + once.until_ns)
    state = made.state(middle + once.until_ns, ("orders",))["orders"]
    assert page.locator("#tables h3", has_text=f"Orders ({len(state)})").count() == 1

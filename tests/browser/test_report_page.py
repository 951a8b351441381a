"""The page of a run with a planted bug, as somebody sees it who opens the file."""

from functools import cache

import pytest
from playwright.sync_api import Page

from sim.report.diverging import compared
from sim.report.focus import first_violation
from sim.report.page import page_of, page_of_two
from sim.report.staging import Shown, Wanted, show
from sim.report.timeline import NEVER
from sim.zoo import keeper
from tests.browser.conftest import Open
from tests.browser.eyes import colours, pixels, settle

MUTANT = "h8"  # positions are committed before the effects: an order begins twice


@cache
def caught() -> Shown:
    """The first run in which an auditor that should sees it, and of which it is known when it went wrong."""
    profile = keeper.mutant(MUTANT).PROFILE
    for seed in range(1, keeper.BUDGET_SEEDS):
        shown = show(Wanted(None, seed, profile, MUTANT))
        violation = first_violation(shown.timeline)
        if violation is not None and violation.since_ns != NEVER and violation.about.orders:
            return shown
    raise AssertionError("nobody has caught it")


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page(page_of(caught().timeline))


def test_lanes_arrows_commits_and_the_violation_are_drawn(page: Page) -> None:
    timeline = caught().timeline
    drawn = page.evaluate("report.charts[0].drawn")
    assert drawn["messages"] > 5 and drawn["commits"] > 2 and drawn["violations"] >= 1
    violation = first_violation(timeline)
    assert violation is not None
    x = page.evaluate("(at) => report.charts[0].x(at)", violation.since_ns)
    height = page.evaluate("report.charts[0].height")
    # The cursor's dashes stand on the same line; the rest of it is the violation's.
    assert pixels(page, "violation", x) > height / 2
    assert pixels(page, "violation", x + 40) < height / 8
    assert pixels(page, "commit") > 30
    names = page.evaluate("report.charts[0].run.lanes.map((lane) => lane.name)")
    assert names == [lane.name for lane in timeline.lanes] and {"clearing/0", "store", "bus"} <= set(names)


def test_arrows_go_with_their_fate(page: Page) -> None:
    before = pixels(page, "delivered")
    assert before > 80
    page.locator("#fates input[name=delivered]").uncheck()
    settle(page)
    assert page.evaluate("report.charts[0].drawn.messages") < 5 and pixels(page, "delivered") < before / 4


def test_an_order_is_followed(page: Page) -> None:
    timeline = caught().timeline
    violation = first_violation(timeline)
    assert violation is not None
    order = violation.about.orders[0]
    page.fill("#order", str(order))
    settle(page)
    page.locator(".run canvas").press("0")
    settle(page)
    about = [message for message in timeline.messages if order in message.about.orders]
    assert page.evaluate("report.charts[0].drawn.seen") == len(about) > 3
    assert page.locator("tr[data-row]", has_text=str(order)).count() >= 1
    page.click("#clear")
    settle(page)
    assert page.evaluate("report.charts[0].drawn.seen") > len(about)


def test_the_cursor_shows_balances_and_the_book_as_they_stood(page: Page) -> None:
    timeline = caught().timeline
    instant = [change.at_ns for change in timeline.changes if change.table == "balances"][-1]
    first = next(change.at_ns for change in timeline.changes if change.table == "balances")
    for at_ns in (first, (first + instant) // 2, instant, first):  # forwards and back
        page.evaluate("(at) => report.view.point(at)", at_ns)
        settle(page)
        state = timeline.state(at_ns, ("balances", "resting_orders"))
        shown = page.evaluate(
            "[...document.querySelectorAll('#tables tr[data-row]')].map((line) => line.dataset.row.split(' '))"
        )
        told = {(int(row[0]), row[1]): row[2:] for row in shown if len(row) == 4 and row[1].isalpha()}
        columns = timeline.tables["balances"].names
        for row in state["balances"].values():
            named = dict(zip(columns, row, strict=True))
            if named["asset"] == "DOGE" and int(named["account"]) > 0:  # whole units, so that text and units are alike
                assert told[named["account"], "DOGE"] == [str(named["available"]), str(named["held"])]
        assert len([row for row in shown if len(row) == 3 and row[2].isdigit() and "/" not in row[0]]) == len(
            state["resting_orders"]
        )


def test_a_click_tells_the_whole_message(page: Page) -> None:
    box = page.locator(".run canvas").bounding_box()
    assert box is not None
    spot = page.evaluate("""() => {
      const chart = report.charts[0], { run } = chart;
      for (let i = 0; i < run.commits.at.length; i++) {
        const x = chart.x(run.commits.at[i]);
        if (x > 200 && x < chart.width - 50) return [x, chart.y(run.commits.lane[i]), run.text[run.commits.label[i]]];
      }
    }""")
    page.mouse.click(box["x"] + spot[0], box["y"] + spot[1])
    settle(page)
    assert page.locator("#event p").first.inner_text() == spot[2]
    assert "hears" in page.locator("#event pre").inner_text()


def test_the_keyboard_is_enough(page: Page) -> None:
    view = "[report.view.from, report.view.to]"
    start = page.evaluate(view)
    page.keyboard.press("+")
    near = page.evaluate(view)
    assert near[1] - near[0] < start[1] - start[0]
    page.keyboard.press("ArrowRight")
    assert page.evaluate(view)[0] > near[0]
    page.keyboard.press("ArrowDown")
    settle(page)
    assert page.locator("#event p").count() >= 2
    page.keyboard.press("0")
    assert page.evaluate(view)[1] >= caught().timeline.until_ns
    page.keyboard.press("v")
    settle(page)
    assert page.evaluate("report.view.cursor") in {
        at_ns for one in caught().timeline.violations for at_ns in (one.at_ns, one.since_ns)
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_picture_of_it_is_not_blank(open_page: Open, scheme: str) -> None:
    page = open_page(page_of(caught().timeline), color_scheme=scheme)
    count, share = colours(page)
    assert count > 60 and share < 0.9
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(251, 251, 249)", "dark": "rgb(21, 24, 29)"}[scheme]


def test_two_runs_stand_aligned_at_their_first_difference(open_page: Open) -> None:
    planted = caught()
    clean = show(Wanted(None, planted.ran.seed, keeper.mutant(MUTANT).PROFILE))
    parted, _ = compared(clean, planted)
    assert parted is not None
    page = open_page(page_of_two(clean.timeline, planted.timeline, parted.at_ns))
    assert page.locator(".run canvas").count() == 2
    assert page.evaluate("report.charts.map((chart) => chart.x(chart.mark))[0]") == page.evaluate(
        "report.charts.map((chart) => chart.x(chart.mark))[1]"
    )
    page.evaluate("report.view.point(report.view.until)")
    settle(page)
    assert page.locator("tr.differs").count() >= 1

"""ARCHITECTURE.md shows the tables as they are: a drawing that is out of date fails here."""

import pytest

from tests.house.draw import DRAWINGS, PAGE, drawn


def test_drawings_are_up_to_date() -> None:
    page = PAGE.read_text()
    assert page == drawn(page), "run python -m tests.house.draw"


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_changed_drawing_is_noticed_and_only_it_is_rewritten(name: str) -> None:
    page = PAGE.read_text()
    line = DRAWINGS[name]().splitlines()[-1]
    old = "before\n" + page.replace(line, line + " stale") + "after\n"
    assert drawn(old) == f"before\n{page}after\n" != old


def test_a_lost_marker_is_noticed() -> None:
    with pytest.raises(AssertionError):
        drawn(PAGE.read_text().replace("<!-- end: topology -->", ""))

"""The README's first steps of a trader, as they stand there, at a running exchange."""

import re

import pytest

from tests.compat.venue import Venue
from tests.house.tree import ROOT

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def test_there_is_an_example_for_each_kind_of_client() -> None:
    assert [("ccxt" in block, "BlockingClient" in block) for block in BLOCKS] == [(True, False), (False, True)]


@pytest.mark.parametrize("block", BLOCKS, ids=["ccxt", "our own"])
def test_an_example_does_what_it_says(block: str, venue: Venue) -> None:
    told = str(venue.exchange.home / "demo.json")
    names: dict[str, object] = {}
    exec(compile(block.replace('"demo.json"', repr(told)), "README.md", "exec"), names)
    order = names["order"]
    assert order["id"] if isinstance(order, dict) else order.order_id  # type: ignore[attr-defined]
    account = names["account"]
    assert isinstance(account, dict) and account["key"]

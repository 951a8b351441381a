"""Statements: every row of the span once, and nothing in a cell that a spreadsheet would run."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.gateway.exchange import Exchange, Trader, play
from tradewind.services.gateway.sheets import FORMULA_STARTS, cell, sheet

S = 10**9


async def _rows(trader: Trader, query: str) -> tuple[list[dict[str, str]], dict[str, str]]:
    answer = await trader.raw("GET", f"/v1/statements?{query}")
    assert answer.status == 200, answer.body
    headers = dict(answer.headers)
    assert headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.body.decode(), newline=""))), headers


def test_a_statement_has_what_the_lists_have() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        for _ in range(3):
            await ann.place("SELL", "20000", "0.1")
            await bob.place("BUY", "20000", "0.1", newOrderRespType="FULL")
        await exchange.kernel.sleep(S)
        now_ms: int = (await exchange.get("/v1/time"))[1]["serverTime"]
        span = f"startTime={now_ms - 60_000}&endTime={now_ms + 1}"
        listed: list[Any] = (await ann.ask("GET", "/v1/ledger"))[1]
        rows, _ = await _rows(ann, span)
        assert [(row["id"], row["delta"], row["kind"]) for row in rows] == [
            (str(one["id"]), one["delta"], one["kind"]) for one in listed
        ]
        assert any(row["delta"].startswith("-") for row in rows), "a negative number stays one"
        trades, _ = await _rows(bob, f"{span}&kind=trades")
        fills = (await bob.ask("GET", "/v1/myTrades"))[1]
        assert [(row["fillId"], row["commission"]) for row in trades] == [
            (str(one["fillId"]), one["commission"]) for one in fills
        ]
        assert trades[0]["time"].endswith("Z") and trades[0]["isBuyer"] == "True"
        paged: list[str] = []
        after = "0"
        while True:
            page, headers = await _rows(ann, f"{span}&limit=2&after={after}")
            paged += [row["id"] for row in page]
            if "x-next-after" not in headers:
                break
            after = headers["x-next-after"]
        assert paged == [str(one["id"]) for one in listed]
        assert (await _rows(ann, f"startTime={now_ms + 1}&endTime={now_ms + 2}"))[0] == []
        for wrong in ("", f"startTime={now_ms}&endTime={now_ms}", "startTime=0&endTime=99999999999", f"{span}&limit=10001"):
            assert (await ann.ask("GET", f"/v1/statements?{wrong}"))[0] == 400

    play(scenario)


@pytest.mark.parametrize("text", ['=HYPERLINK("x")', "+1+1", "-1+1", "@SUM(1)", "\t=1", " =1", "\r=1", "-", "--1", "=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"


@given(st.lists(st.tuples(st.text(max_size=20), st.integers()), max_size=10))
def test_what_is_written_is_read_again(rows: list[tuple[str, int]]) -> None:
    written = sheet(("a", "b"), rows)
    read = list(csv.reader(io.StringIO(written.decode(), newline="")))
    assert read[0] == ["a", "b"] and len(read) == len(rows) + 1
    for (text, number), (first, second) in zip(rows, read[1:], strict=True):
        assert first in (text, f"'{text}") and int(second) == number
        assert not first.lstrip().startswith(FORMULA_STARTS) or float(first) is not None

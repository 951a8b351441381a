"""A bundle as a timeline: every entry is a commit, every cause an arrow, and the rows at any instant are the replay's."""

from pathlib import Path
from random import Random

import pytest

from sim.cli import main
from sim.incident import timeline as told
from sim.incident.cuts import Causes
from sim.incident.replay import replay
from sim.report.rows import row_of
from tests.incident.exchange import CANARIES, bundle, lived


async def test_rows_at_any_instant_are_those_of_a_stop_there(tmp_path: Path) -> None:
    exchange = lived(31)
    exported = await bundle(exchange, tmp_path / "bundle", "clearing/1:30")
    timeline = told.timeline(tmp_path / "bundle")
    timeline.check()
    assert len(timeline.commits) == exported.entries
    assert {(mark.shard, mark.first): mark.at_ns for mark in timeline.commits}.items() >= {
        (name, entry.seq): entry.at
        for name, shard in exchange.shards.items()
        for entry in shard.journal[exported.header.starts[name].seq :]
    }.items()
    draw = Random(31)
    for at in draw.sample([mark.at_ns for mark in timeline.commits], 8):
        stopped = replay(tmp_path / "bundle", Causes(tmp_path / "bundle").cut_at(at))
        state = timeline.state(at, ("balances", "holds", "resting_orders", "symbols"))
        for name, rows in state.items():
            table = next(one for shard in stopped.shards.values() for one in shard.replay.kept if one.name == name)
            assert sorted(rows.values()) == sorted(row_of(table, row) for row in stopped.rows(name)), (name, at)


async def test_arrows_go_from_causes_to_what_they_caused(tmp_path: Path) -> None:
    exchange = lived(32)
    await bundle(exchange, tmp_path / "bundle")
    timeline = told.timeline(tmp_path / "bundle")
    causes = [message for message in timeline.messages if message.kind == "cause"]
    fed = sum(entry.source in exchange.shards for shard in exchange.shards.values() for entry in shard.journal)
    assert len(causes) == fed and sum(message.sent_ns < message.arrived_ns for message in causes) == fed
    assert sum(message.kind == "send" for message in timeline.messages) == sum(
        entry.source == "inbox" for shard in exchange.shards.values() for entry in shard.journal
    )
    assert any(message.about.orders and message.about.accounts for message in causes)


async def test_the_page_is_written_and_tells_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await bundle(lived(33, operations=30), tmp_path / "bundle")
    words = ["incident", "replay", str(tmp_path / "bundle"), "--report", str(tmp_path / "page.html")]
    assert main(words) == 0
    page = (tmp_path / "page.html").read_bytes()
    assert b"<html" in page and [canary for canary in CANARIES if canary in page] == []
    monkeypatch.setattr(told, "EVENTS_MAX", 50)
    assert main(words) == 2

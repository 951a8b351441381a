"""Journals may hold messages of any version, and of several: a bundle holds them as they were written."""

from functools import partial
from pathlib import Path

import pytest

from sim.incident.against import against
from sim.incident.replay import replay
from tests.audit import exchange as exchanges
from tests.house.tree import ROOT
from tests.incident.exchange import bundle, lived, people
from tests.incident.test_file import records
from tradewind.messages.codec import VERSIONS, encode, version_of
from tradewind.ops.incident.records import Kept


async def test_a_window_over_a_change_of_versions_replays_bit_for_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = lived(3, operations=40)
    for version in VERSIONS:
        monkeypatch.setattr(exchanges, "encode", partial(encode, version=version))
        people(exchange, version)
        exchange.trade(40)
    for since in ("start", f"user/0:{len(exchange.shards['user/0'].journal) - 6}"):
        await bundle(exchange, tmp_path / "bundle", since)
        entries = [record for record in records(tmp_path / "bundle") if isinstance(record, Kept)]
        assert {version_of(entry.output) for entry in entries} == set(VERSIONS)
        assert {version_of(entry.output) for entry in entries if entry.output_digest} == set(VERSIONS), "masked ones too"
        assert replay(tmp_path / "bundle").same and against(tmp_path / "bundle", ROOT).same

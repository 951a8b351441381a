"""Bundles of exchanges that were killed, paused and cut off as they traded: the simulator's, whose storms can be repeated."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from sim import run as running
from sim import scenario
from sim.cluster import Cluster
from sim.incident.replay import replay
from sim.models.database import Database
from tests.house.tree import ROOT
from tests.incident.exchange import house
from tradewind.ops.incident.export import export
from tradewind.ops.incident.window import parse
from tradewind.ports.store import JournalEntry
from tradewind.ports.tables import Query, Record


class AtRest:
    """ops.incident.export.Source over what a run has left."""

    server = "simulated"

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[None]:
        yield

    async def schema(self) -> dict[str, str]:
        return {}

    async def pages(self, query: Query) -> AsyncIterator[list[Record]]:
        yield self._database.read([query])[0]

    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        return self._database.journal(shard, after, limit)


def stormed(name: str, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """The cluster of a scenario as it was judged."""
    seen: list[Cluster] = []
    judge = running.judge

    def looking(cluster: Cluster, *given: Any, **more: Any) -> None:
        seen.append(cluster)
        judge(cluster, *given, **more)

    monkeypatch.setattr(running, "judge", looking)
    ran = scenario.play(scenario.read(ROOT / "scenarios" / f"{name}.toml"))
    assert not ran.findings and ran.fired
    return seen[-1]


@pytest.mark.parametrize("name", ["found_zombie_hears_its_successor", "commit_unknown_but_stands"])
def test_storms_leave_journals_that_replay_bit_for_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    database = (cluster := stormed(name, monkeypatch)).database
    middles = [f"{shard}:{len(journal) // 2}" for shard, journal in database.journals.items() if len(journal) > 10]
    for since in ["start", *middles]:
        given = AtRest(database), house(cluster.topology), parse(since), parse("now"), tmp_path / "bundle"
        exported = trio.run(export, *given)
        replayed = replay(tmp_path / "bundle")
        assert replayed.same, (since, [shard.differences for shard in replayed.shards.values()])
        assert replayed.compared == list(exported.header.ends)
    assert len(middles) >= 3

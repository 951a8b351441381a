"""What an export says, of a store in which somebody trades all the time, and what it never says."""

import gzip
import os
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from sim.incident.replay import replay
from tests.audit.exchange import Exchange
from tests.incident.exchange import CANARIES, MAIL, MemorySource, bundle, house, lived
from tradewind.machines import MACHINES
from tradewind.messages.events import LegSettled
from tradewind.ops.incident.export import export
from tradewind.ops.incident.file import BadBundle, read, verify
from tradewind.ops.incident.past import BadPast
from tradewind.ops.incident.records import Rows
from tradewind.ops.incident.window import BadWindow, parse
from tradewind.runtime.machine import At, Outcome
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.services.user.tables import ACCOUNTS


def windows(exchange: Exchange, draw: Random) -> list[tuple[str, str]]:
    """From and to, drawn: places, the beginning and now."""
    entries = [entry for shard in exchange.shards.values() for entry in shard.journal]
    drawn = [("start", "now"), ("now", "now"), ("start", "clearing/0:1")]
    for _ in range(4):
        first, last = sorted(draw.sample(entries, 2), key=lambda entry: entry.at)
        since = f"{first.shard}:{first.seq}"
        drawn += [(since, f"{last.shard}:{last.seq}"), (since, "now")]
    return drawn


@pytest.mark.parametrize("seed", range(3))
async def test_every_window_replays_bit_for_bit(tmp_path: Path, seed: int) -> None:
    exchange = lived(seed)
    seen = 0
    for since, until in windows(exchange, Random(seed)):
        exported = await bundle(exchange, tmp_path / "bundle", since, until)
        replayed = replay(tmp_path / "bundle")
        assert replayed.same, (since, until, [shard.differences for shard in replayed.shards.values()])
        assert {name: shard.at for name, shard in replayed.shards.items()} == exported.header.ends
        at_head = [name for name, shard in exchange.shards.items() if exported.header.ends[name].seq == shard.head.seq]
        assert replayed.compared == at_head
        seen += exported.entries
    assert seen > 500


async def test_a_busy_store_gives_one_instant(tmp_path: Path) -> None:
    exchange = lived(7)
    source = MemorySource(exchange, busy=True)
    exported = await export(source, house(), parse("start"), parse("now"), tmp_path / "bundle")
    assert source.reads > 20 and exported.entries > 300
    assert any(shard.head.seq > exported.header.ends[name].seq for name, shard in exchange.shards.items())
    replayed = replay(tmp_path / "bundle")
    assert replayed.same and replayed.compared == list(exchange.shards)


async def test_instants_cut_every_journal_there(tmp_path: Path) -> None:
    exchange = lived(2)
    at = exchange.shards["clearing/0"].journal[40].at
    hour = at // (3600 * 10**9) * 3600 * 10**9
    words = f"1970-01-{1 + hour // (86_400 * 10**9):02}T{hour // (3600 * 10**9) % 24:02}:00:00"
    assert parse(words).at == parse(f"{words}Z").at == hour
    exported = await bundle(exchange, tmp_path / "bundle", words, f"clearing/0:{41}")
    for name, start in exported.header.starts.items():
        journal = exchange.shards[name].journal
        assert all(entry.at < hour for entry in journal[: start.seq]) and all(
            entry.at >= hour for entry in journal[start.seq :]
        )
        ends = exported.header.ends[name].seq
        assert name == "clearing/0" or ends == sum(entry.at <= at for entry in journal)
    assert exported.header.ends["clearing/0"].seq == 41


@pytest.mark.parametrize("words", ["yesterday", "clearing:3", "clearing/0:", ""])
def test_words_that_are_no_place_are_refused(words: str) -> None:
    with pytest.raises(BadWindow):
        parse(words)


@pytest.mark.parametrize(
    ("since", "until"),
    [("clearing/0:9999", "now"), ("clearing/9:1", "now"), ("now", "start"), ("clearing/0:40", "clearing/0:30")],
)
async def test_windows_that_are_none_are_refused(tmp_path: Path, since: str, until: str) -> None:
    with pytest.raises(BadWindow):
        await bundle(lived(1), tmp_path / "bundle", since, until)
    assert os.listdir(tmp_path) == []


async def test_no_masked_value_is_anywhere_in_the_bytes(tmp_path: Path) -> None:
    exchange = lived(3)
    journal = b"".join(entry.input + entry.output for shard in exchange.shards.values() for entry in shard.journal)
    assert sum(canary in journal for canary in CANARIES) == 9, "the canaries do sing in the journal"
    for since in ("start", "user/0:3", "wallet/0:9", "now"):
        await bundle(exchange, tmp_path / "bundle", since)
        raw = (tmp_path / "bundle").read_bytes()
        plain = gzip.decompress(raw)
        assert b"masked-" in plain and b"masked+" in plain and b"masked " in plain and b"key-1" in plain
        assert [canary for canary in CANARIES if canary in plain or canary in raw] == []


async def test_masks_keep_what_is_equal_equal(tmp_path: Path) -> None:
    exchange = lived(3)
    await bundle(exchange, tmp_path / "first")
    await bundle(exchange, tmp_path / "again")
    assert (tmp_path / "first").read_bytes() == (tmp_path / "again").read_bytes()
    [account] = replay(tmp_path / "first").rows("accounts")
    assert account.email == house().masks.of(MAIL) != MAIL
    assert house(vault_key=b"o" * 32).masks.of(MAIL) != account.email
    assert replay(tmp_path / "first").header.columns["accounts"] == ACCOUNTS.columns


async def test_from_a_base_only_what_came_after_it_is_read(tmp_path: Path) -> None:
    exchange = lived(4)
    for words in (("clearing/1:20", "clearing/1:50"), ("now", "now")):
        older = await bundle(exchange, tmp_path / "older", *words)
        exchange.trade(40)
        source, first = MemorySource(exchange), older.header.ends["clearing/1"].seq + 5
        source.archived = {name: end.seq for name, end in older.header.ends.items()}
        since = parse(f"clearing/1:{first}")
        with pytest.raises(AssertionError, match="archived"):
            await export(source, house(), since, parse("now"), tmp_path / "bundle")
        exported = await export(source, house(), since, parse("now"), tmp_path / "bundle", tmp_path / "older")
        assert exported.header.starts["clearing/1"].seq == first - 1
        replayed = replay(tmp_path / "bundle")
        assert replayed.same and replayed.compared == list(exchange.shards)
        await bundle(exchange, tmp_path / "unbased", f"clearing/1:{first}")
        assert rows_at_start(tmp_path / "bundle") == rows_at_start(tmp_path / "unbased")
        with pytest.raises(BadBundle, match="begins at"):
            await bundle(exchange, tmp_path / "bundle", "clearing/1:3", base=tmp_path / "older")


def rows_at_start(path: Path) -> list[Rows]:
    return [record for record, _ in read(path) if isinstance(record, Rows)]


async def test_a_base_of_another_exchange_is_refused(tmp_path: Path) -> None:
    await bundle(lived(5), tmp_path / "other", until="clearing/0:60")
    with pytest.raises(BadPast, match="seq"):
        await bundle(lived(6), tmp_path / "bundle", "clearing/0:70", base=tmp_path / "other")
    await export(MemorySource(lived(6)), house(vault_key=b"x" * 32), parse("now"), parse("now"), tmp_path / "keyed")
    with pytest.raises(BadBundle, match="key"):
        await bundle(lived(6), tmp_path / "bundle", "now", base=tmp_path / "keyed")


async def test_a_journal_that_is_not_what_was_committed_is_not_exported(tmp_path: Path) -> None:
    exchange = lived(8)
    journal = exchange.shards["clearing/0"].journal
    journal[20] = msgspec.structs.replace(journal[20], at=journal[20].at + 1)
    for since in ("clearing/0:10", "clearing/0:30"):
        with pytest.raises(BadPast, match="clearing/0 seq 21: the chain"):
            await bundle(exchange, tmp_path / "bundle", since)
    assert os.listdir(tmp_path) == []


class Forgetful(ClearingMachine):
    """A version that does something else than what was done."""

    def apply(self, item: Any, at: At) -> Outcome:
        outcome = super().apply(item, at)
        return outcome._replace(events=[event for event in outcome.events if not isinstance(event, LegSettled)])


async def test_rows_of_the_past_are_not_made_by_another_version(tmp_path: Path) -> None:
    exchange = lived(8)
    last = f"clearing/0:{exchange.shards['clearing/0'].head.seq}"
    away = replace(house(), machines={**MACHINES, "clearing": Forgetful})
    with pytest.raises(BadPast, match="use a later --base: event 1 replayed is"):
        await export(MemorySource(exchange), away, parse(last), parse("now"), tmp_path / "bundle")
    await export(MemorySource(exchange), away, parse("now"), parse("now"), tmp_path / "bundle")
    assert verify(tmp_path / "bundle")[0].starts == verify(tmp_path / "bundle")[0].heads


async def test_the_header_says_how_the_exchange_was_set_up(tmp_path: Path) -> None:
    exported = await bundle(lived(9), tmp_path / "bundle", "clearing/0:12")
    header, seal = verify(tmp_path / "bundle")
    assert (header, seal) == (exported.header, exported.seal)
    assert os.stat(tmp_path / "bundle").st_mode & 0o777 == 0o600
    assert header.asked == {"from": "clearing/0:12", "to": "now"} and header.topology.clearing == 2

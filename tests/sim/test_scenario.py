"""Scenarios are files that people read: each plays as it says, and any plan can be written as one and read back."""

from pathlib import Path

import msgspec
import pytest

from sim import scenario
from sim.cli import main
from sim.clients import op_lines
from sim.drawing import PROFILES, draw_plan
from sim.markets import MARKETS
from sim.plan import Plan

SCENARIOS = sorted((Path(__file__).resolve().parents[2] / "scenarios").glob("*.toml"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_comes_out_as_it_says(path: Path) -> None:
    told_of = scenario.read(path)
    assert told_of.says and told_of.expect
    assert scenario.play(told_of).findings == [], f"again: tradewind-sim run scenarios/{path.name}"


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) >= 36


@pytest.mark.parametrize("profile", PROFILES)
def test_any_plan_can_be_written_as_a_scenario(profile: str, tmp_path: Path) -> None:
    for seed in range(10):
        plan = draw_plan(seed, profile)
        for client in plan.clients:
            assert op_lines.read(op_lines.write(client.ops)) == client.ops
        told_of = scenario.Scenario(
            says='a "quoted" word', seed=seed, expect=("a", "b"), plan=msgspec.structs.replace(plan, clients=()), clients={}
        )
        (tmp_path / "one.toml").write_text(scenario.to_toml(told_of))
        assert scenario.read(tmp_path / "one.toml") == told_of


def test_a_run_is_saved_and_played_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "saved.toml"
    assert main(["run", "--seed", "2", "--profile", "short", "--save", str(path)]) == 0
    drawn = capsys.readouterr().out.splitlines()[-2:]
    assert main(["run", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == drawn


def test_a_folder_is_played_and_shown_as_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "found").mkdir()
    good, bad = (
        scenario.to_toml(scenario.Scenario(says="", seed=1, expect=marks, plan=Plan(storm_ms=10))) for marks in ((), ("moon",))
    )
    (tmp_path / "calm.toml").write_text(good)
    assert main(["scenarios", str(tmp_path)]) == 0
    assert "1 scenarios, 0 failed" in capsys.readouterr().out
    (tmp_path / "found" / "moon.toml").write_text(bad)
    assert main(["scenarios", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "found/moon" in said and "FAIL not reached: moon" in said and "2 scenarios, 1 failed" in said
    (tmp_path / "empty").mkdir()
    assert main(["scenarios", str(tmp_path / "empty")]) == 1


def test_a_mark_that_is_not_reached_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told_of = scenario.Scenario(says="nothing", seed=1, expect=("the moon",), plan=Plan(storm_ms=10), clients={})
    (tmp_path / "moon.toml").write_text(scenario.to_toml(told_of))
    assert main(["run", str(tmp_path / "moon.toml")]) == 1
    assert "FAIL not reached: the moon" in capsys.readouterr().out


LINES = (
    ("5 #1 sell 0.1 BTCUSDT @ 30000", {"do": "place", "side": 1, "price": 30_000_000_000, "quantity": 10_000_000, "at_ms": 5}),
    ("5 #1 buy 0.1 BTCUSDT at market FOK may meet itself", {"type": 1, "time_in_force": 2, "self_trade": 0, "price": 0}),
    ("7 #2 HALT everything", {"do": "state", "state": 4, "symbol": ""}),
    ("9 #3 cancel BTCUSDT gives up after 20", {"do": "cancel_all", "symbol": "BTCUSDT", "give_up_ms": 20}),
    ("4 #1 deposit 0.5 BTC", {"do": "deposit", "symbol": "BTC", "quantity": 50_000_000}),
    ("4 #2 withdraw 200 USDT in vain gives up after 5", {"do": "withdraw", "type": 1, "give_up_ms": 5}),
    ("4 #3 recall #2", {"do": "recall", "of": 2, "whose": 0}),
    ("4 #3 reject #2 of 7", {"do": "reject", "of": 2, "whose": 7}),
    ("4 #3 thaw", {"do": "thaw"}),
    (
        "9 #5 change BTCUSDT maker_fee_ppm 500 tick 20000",
        {"do": "change", "symbol": "BTCUSDT", "terms": {"maker_fee_ppm": 500, "tick": 20_000}},
    ),
    ("9 #6 ready clearing/0", {"do": "ready", "what": "clearing/0"}),
    ("9 #6 create XBTUSDT of BTC USDT with 8 5 places", {"do": "create", "what": "XBTUSDT of BTC USDT with 8 5 places"}),
    ("9 #6 revoke 2", {"do": "revoke", "of": 2}),
    ("9 #7 hostile a key twice", {"do": "hostile", "what": "a key twice"}),
    ("9 #4 credit 500 USDT to 2", {"do": "credit", "quantity": 500_000_000, "of": 2}),
)


@pytest.mark.parametrize(("line", "fields"), LINES)
def test_a_line_says_what_it_seems_to(line: str, fields: dict[str, object]) -> None:
    [op] = op_lines.read([line])
    assert {name: getattr(op, name) for name in fields} == fields
    assert op_lines.write([op]) == [line]


def test_a_line_may_stand_for_many() -> None:
    ops = op_lines.read(["20 #1-#64 credit 0.001 BTC to 1", "30 #65 HALT everything"])
    assert [op.id for op in ops] == list(range(1, 66)) and {op.at_ms for op in ops[:64]} == {20}
    with pytest.raises(op_lines.BadLine):
        op_lines.read(["20 #1-#3 credit 1 BTC to 1", "30 #2 HALT everything"])


@pytest.mark.parametrize(
    "line",
    [
        "x #1 HALT everything",
        "1 HALT everything",
        "1 #1 cancel #7",
        "1 #1 fly to 3",
        "1 #1 buy 1.5",
        "1 #1 hostile kindness",
        "1 #1 withdraw 5 BTC today",
    ],
)
def test_a_line_that_says_nothing_is_refused(line: str) -> None:
    with pytest.raises(op_lines.BadLine):
        op_lines.read([line])


def test_markets_are_those_that_are_spoken_of() -> None:
    who = scenario.Who(account=1, day="1 #1 sell 1 ETHBTC @ 0.05\n2 #2 buy 5 DOGEUSDT @ 0.08  ## cheap")
    told_of = scenario.Scenario(says="", seed=1, expect=(), plan=Plan(), clients={"client/1": who})
    assert told_of.staged().markets == tuple(symbol for symbol in MARKETS if symbol in ("ETHBTC", "DOGEUSDT"))

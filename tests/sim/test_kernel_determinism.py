"""One seed, one run: in every process, under every hash seed, on every Python."""

import os
import subprocess
import sys
from pathlib import Path

import kernel_asgi_app
import kernel_stress
import pytest

HASH_SEEDS = ("0", "1", "2", "3")
PROGRAMS = {"stress": Path(kernel_stress.__file__), "asgi": Path(kernel_asgi_app.__file__)}
ROOT = Path(__file__).resolve().parents[2]

# The same on every Python we support: recorded once, so that each of them is held to it without the others being there.
STEPS_AND_HASH_OF_SEED_1 = {
    "random": (3607, "b6a138e2287972f3e928e2000f27abac"),
    "fifo": (3582, "b91b9b9c45bbf38bde4bea8d61849224"),
    "pct": (3612, "bf990b274ca7e8284d4daa8d8f17d338"),
    "starve": (3580, "64668d5fa78462be14e5704a0cdc476a"),
}


def _said(program: Path, argument: str) -> list[str]:
    """What the program prints under each hash seed."""
    said = []
    for hash_seed in HASH_SEEDS:
        paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": paths}
        ended = subprocess.run(
            [sys.executable, str(program), argument], env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert ended.returncode == 0, ended.stderr
        said.append(ended.stdout)
    return said


@pytest.mark.parametrize("program", sorted(PROGRAMS))
def test_processes_with_different_hash_seeds_agree(program: str) -> None:
    said = _said(PROGRAMS[program], "7")
    assert len(said[0].splitlines()) >= 3
    assert len(set(said)) == 1, "\n".join(said)


def test_a_planted_leak_of_set_order_is_seen() -> None:
    assert len(set(_said(PROGRAMS["stress"], "leak"))) > 1


@pytest.mark.parametrize("policy", sorted(STEPS_AND_HASH_OF_SEED_1))
def test_the_recorded_run_is_still_the_run(policy: str) -> None:
    ran = kernel_stress.stress(1, policy)
    assert ran.clean, ran
    assert (ran.steps, ran.hash) == STEPS_AND_HASH_OF_SEED_1[policy]


@pytest.mark.parametrize("policy", sorted(kernel_stress.POLICIES))
def test_a_second_run_in_the_same_process_agrees_in_every_event(policy: str) -> None:
    first, second = kernel_stress.stress(3, policy), kernel_stress.stress(3, policy)
    assert first.trace == second.trace
    assert first == second


def test_seeds_and_policies_differ() -> None:
    hashes = {kernel_stress.stress(seed, policy).hash for seed in range(5) for policy in kernel_stress.POLICIES}
    assert len(hashes) == 5 * len(kernel_stress.POLICIES)

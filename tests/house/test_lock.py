"""requirements.lock: hashes for everything, addresses of nothing, and nothing missing."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.tree import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)


def asked() -> list[Requirement]:
    words = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    for extra in PROJECT["project"]["optional-dependencies"].values():
        words += extra
    return [Requirement(word) for word in words]


def pins(python: str) -> dict[str, Version]:
    """What one Python gets from the lock."""
    place = {"python_full_version": f"{python}.0", "python_version": python}
    chosen = {}
    for name, version, marker in PINNED.findall(LOCK):
        if not marker or Requirement(f"{name}; {marker}").marker.evaluate(place):
            assert name not in chosen, f"{name} twice on {python}"
            chosen[name] = Version(version)
    return chosen


def test_no_address_of_a_registry_and_no_path_of_a_machine_is_in_the_lock() -> None:
    assert "://" not in LOCK
    assert [line for line in LOCK.splitlines() if re.match(r"\s*(--index|--extra|--find-links|-e|-f|-i)\b", line)] == []


def test_every_entry_has_hashes() -> None:
    entries = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", LOCK, re.MULTILINE | re.DOTALL)
    assert len(entries) == len(PINNED.findall(LOCK)) > 50
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_all_that_the_project_asks_for_is_locked_for_every_python_it_supports() -> None:
    for python in ("3.11", "3.12", "3.13"):
        got = pins(python)
        for requirement in asked():
            if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
                version = got.get(canonicalize_name(requirement.name))
                assert version is not None, f"{requirement} is not locked for {python}: ./x lock"
                assert requirement.specifier.contains(version), f"{requirement} is locked as {version}: ./x lock"

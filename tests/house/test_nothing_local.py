"""What is committed works on a machine that has never seen this project: no registry, no path of ours, no open end."""

import re

import pytest

from tests.house.tree import ROOT, files

# Each is put together here, so that this file does not hold what it forbids.
REGISTRIES = "|".join(
    re.escape(".".join(parts))
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("deb", "debian", "org"),
        ("proxy", "golang", "org"),
        ("crates", "io"),
    )
)
MACHINE = r"(?<![\w.~$)}])/(?:" + "|".join(("ro" + "ot", "ho" + "me", "wo" + "rk", "Us" + "ers")) + ")/"
BESIDE = re.escape("../" + "shared")
OPEN_ENDS = "|".join(
    ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error", r"mark\.(?:sk" + "ip|xf" + "ail)", r"pytest\.sk" + "ip")
)


def found(pattern: str, *patterns: str) -> list[str]:
    wanted = re.compile(pattern)
    hits = []
    for path in files(*patterns):
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        name = path.relative_to(ROOT)
        hits += [f"{name}:{n}: {line.strip()[:80]}" for n, line in enumerate(lines, 1) if wanted.search(line)]
    return hits


def test_no_file_names_a_registry() -> None:
    assert found(REGISTRIES) == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert found(MACHINE) == []


def test_only_ci_looks_beside_the_project() -> None:
    assert [hit for hit in found(BESIDE) if not hit.startswith(".ci/run:")] == []


def test_no_open_ends() -> None:
    assert found(OPEN_ENDS, "*.py", "x") == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (REGISTRIES, "index = " + "files." + "pythonhosted" + ".org"),
        (MACHINE, "open('/" + "root/x')"),
        (MACHINE, "cd /" + "home/ann/tradewind"),
        (BESIDE, "from ../" + "shared/data"),
        (OPEN_ENDS, "# TO" + "DO later"),
    ],
)
def test_each_pattern_finds_what_it_forbids(pattern: str, line: str) -> None:
    assert re.search(pattern, line)

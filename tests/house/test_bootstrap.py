"""`./x`: what can be seen of it without making an environment, and that README and noxfile.py agree with it."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT


def x(*words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "x"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environ})


def sessions() -> set[str]:
    tree = ast.parse((ROOT / "noxfile.py").read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list}


def test_it_explains_itself_and_makes_nothing(tmp_path: Path) -> None:
    said = x("--help", TRADEWIND_VENV=str(tmp_path / "venv"))
    assert said.returncode == 0
    assert "./x up" in said.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_it_did_not_make_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("ours")
    said = x("test", TRADEWIND_VENV=str(tmp_path))
    assert said.returncode == 1
    assert "TRADEWIND_VENV" in said.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_it_imports_the_standard_library_only() -> None:
    tree = ast.parse((ROOT / "x").read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_it_stays_readable_to_older_pythons_so_that_they_are_told_which_one_to_take() -> None:
    # A grammar that came later would make them say SyntaxError; ast can read a file as an older version would.
    ast.parse((ROOT / "x").read_text(), feature_version=(3, 7))


def test_every_command_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"\./x ([a-z_]+)", (ROOT / "README.md").read_text()))
    assert {"up", "test", "campaign"} <= named
    assert named - {"up", "test", "list"} <= sessions()

"""A campaign's own folder: what it is, and every outcome as it came, so that an interrupted one goes on where it stopped."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

import sim
import tradewind
from sim.campaigns.jobs import Outcome

OUTCOMES = "outcomes.jsonl"


class Heading(msgspec.Struct, frozen=True):
    """Two campaigns with the same heading give the same verdicts. `code`: a digest of every module of ours; `python`: its
    minor version."""

    campaign: str
    start: int
    seeds: int
    code: str
    python: str


class AnotherCampaign(ValueError):
    """The folder holds something else."""


def heading(campaign: str, start: int, seeds: int) -> Heading:
    return Heading(campaign, start, seeds, code_digest(), f"{sys.version_info.major}.{sys.version_info.minor}")


def code_digest() -> str:
    """Of all source files of the exchange and the simulator that this process runs."""
    digest = hashlib.blake2b(digest_size=12)
    for package in (tradewind, sim):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode() + b"\0" + hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


class Record:
    """Made by `begin`. `done` are the outcomes of earlier sittings."""

    def __init__(self, folder: Path, done: list[Outcome]) -> None:
        self.folder = folder
        self.done = done
        self._file = (folder / OUTCOMES).open("ab")

    def add(self, outcome: Outcome) -> None:
        self._file.write(msgspec.json.encode(outcome) + b"\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def begin(folder: Path, what: Heading) -> Record:
    """Go on with what is in `folder`, or begin there. Raises AnotherCampaign."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / OUTCOMES
    if not path.exists() or not path.read_bytes().strip():
        path.write_bytes(msgspec.json.encode(what) + b"\n")
        return Record(folder, [])
    lines = list(_whole_lines(path))
    found = msgspec.json.decode(lines[0], type=Heading)
    if found != what:
        raise AnotherCampaign(f"{folder} holds {found}, this is {what}: name another folder, or remove that one")
    return Record(folder, [msgspec.json.decode(line, type=Outcome) for line in lines[1:]])


def _whole_lines(path: Path) -> Iterator[bytes]:
    """Without the half line that an interrupted writer may have left, which is cut off."""
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        path.write_bytes(whole)
    yield from whole.splitlines()

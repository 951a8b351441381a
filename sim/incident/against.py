"""The same inputs on another version of tradewind: every entry that comes out differently, and whom that concerns."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.incident.candidate import give, take
from sim.incident.differences import Difference, Impact, compare
from tradewind.audit.books import COMMAND_SOURCES
from tradewind.ops.incident.file import read
from tradewind.ops.incident.records import Header, Kept, Present, Rows, Section, Values

BATCH = 256  # entries per question
LISTED_MAX = 1_000  # differences that are kept in full; the rest is counted, and grouped all the same


class CandidateFailed(Exception):
    """It cannot be asked; the message has its last words."""


def importable(path: Path) -> Path:
    """What to put first on Python's path for the version at `path`: a source tree, a directory of wheels or of packages, a
    wheel, or an environment. Raises CandidateFailed."""
    for place in (path / "src", path, *sorted(path.glob("lib/python*/site-packages"))):
        if (place / "tradewind").is_dir():
            return place.resolve()
    wheels = [path] if path.suffix == ".whl" else sorted(path.glob("tradewind-*.whl"))
    if not wheels:
        raise CandidateFailed(f"there is no tradewind in {path}")
    return wheels[-1].resolve()


class Candidate:
    """Its process. `package` and `version` are known once it has begun a shard."""

    def __init__(self, path: Path) -> None:
        self._place = importable(path)
        self.package = self.version = ""
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        script = Path(__file__).with_name("candidate.py")
        environ = {**os.environ, "PYTHONPATH": str(self._place)}
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._words, env=environ
        )

    def __enter__(self) -> "Candidate":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
        self._words.close()

    def ask(self, message: list[Any]) -> Any:
        """Raises CandidateFailed."""
        incoming, outgoing = self._process.stdout, self._process.stdin
        assert incoming is not None and outgoing is not None
        try:
            give(outgoing, message)  # type: ignore[arg-type]
            answer = take(incoming)  # type: ignore[arg-type]
        except OSError:
            answer = None
        if answer is None:
            self._words.seek(0)
            raise CandidateFailed(f"{self._place}: {self._words.read().decode(errors='replace')[-2_000:]}")
        return answer

    def begin(self, shard: str, header: Header, rows: dict[str, list[dict[str, Any]]]) -> str:
        """What it has against these rows, or "". Raises CandidateFailed."""
        package, self.version, error = self.ask(["shard", shard, header.clearing_shards, header.matching_shards, rows])
        self.package = str(package)
        if not self.package.startswith(str(self._place)):
            raise CandidateFailed(f"{self._place} was asked for, but {self.package} answered")
        return str(error)


@dataclass
class Against:
    """`counted`: differing entries in all. `lost`: shards that it cannot follow to the end, and why."""

    package: str = ""
    version: str = ""
    entries: int = 0
    counted: int = 0
    differences: list[Difference] = field(default_factory=list)
    impact: Impact = field(default_factory=Impact)
    lost: dict[str, str] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        return not self.counted and not self.lost


class _Asking:
    def __init__(self, candidate: Candidate, header: Header, found: Against) -> None:
        self._candidate, self._header, self._found = candidate, header, found
        self._present: dict[str, dict[str, list[dict[str, Any]]]] = {}
        self._opening: dict[str, list[dict[str, Any]]] = {}
        self._shard, self._begun = "", True
        self._waiting: list[Kept] = []

    def _named(self, table: str, rows: tuple[Values, ...]) -> list[dict[str, Any]]:
        return [dict(zip(self._header.columns[table], row, strict=True)) for row in rows]

    def take(self, record: Any) -> None:
        match record:
            case Present():
                rows = self._present.setdefault(record.shard, {}).setdefault(record.table, [])
                rows += self._named(record.table, record.rows)
            case Section():
                self.close()
                self._shard, self._begun = record.shard, False
                self._opening = dict(self._present.pop(record.shard, {})) if record.rows < 0 else {}
            case Rows():
                self._opening.setdefault(record.table, []).extend(self._named(record.table, record.rows))
            case Kept():
                self._waiting.append(record)
                if len(self._waiting) == BATCH:
                    self._ask()

    def close(self) -> None:
        if not self._begun or self._waiting:
            self._ask()

    def _ask(self) -> None:
        found, waiting = self._found, self._waiting
        self._waiting = []
        if not self._begun:
            self._begun = True
            if error := self._candidate.begin(self._shard, self._header, self._opening):
                found.lost[self._shard] = f"it cannot take up the rows at the start: {error}"
        if self._shard in found.lost:
            return
        inputs = [[kept.seq, kept.at, kept.source in COMMAND_SOURCES, kept.input] for kept in waiting]
        answers = self._candidate.ask(["entries", inputs]) if inputs else []
        for kept, (came, error) in zip(waiting, answers, strict=False):
            found.entries += 1
            if error:
                found.lost[self._shard] = f"it dies at seq {kept.seq}: {error}"
                return
            if came == kept.output:
                continue
            difference = compare(self._shard, kept, came)
            if difference is not None:
                found.counted += 1
                found.impact.add(difference)
                if len(found.differences) < LISTED_MAX:
                    found.differences.append(difference)


def against(bundle: Path, path: Path) -> Against:
    """Raises OSError, BadBundle and CandidateFailed."""
    found = Against()
    with Candidate(path) as candidate:
        asking: _Asking | None = None
        for record, _ in read(bundle):
            if isinstance(record, Header):
                asking = _Asking(candidate, record, found)
            assert asking is not None
            asking.take(record)
        assert asking is not None
        asking.close()
        found.package, found.version = candidate.package, candidate.version
    return found


def told(found: Against, entries_max: int) -> Iterator[str]:
    """Whom it concerns, then the entries, at most so many."""
    yield f"{found.entries} entries on tradewind {found.version} ({found.package}): {found.counted} differ"
    for shard, why in found.lost.items():
        yield f"{shard}: {why}; nothing after that could be compared"
    yield from found.impact.told()
    for difference in found.differences[:entries_max]:
        yield from difference.told()
    if found.counted > entries_max:
        yield f"and {found.counted - entries_max} entries more"

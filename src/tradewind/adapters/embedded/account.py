"""As whom servers run. PostgreSQL refuses uid 0, and neither server needs it.

Root first tries a user namespace in which it is an ordinary user: no account is made, nothing is chowned, and what only
root may read stays readable. Where namespaces are forbidden, root becomes `nobody`, who needs a home of his own and
binaries he can read.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tradewind.adapters.embedded.child import ServerFailed
from tradewind.adapters.embedded.discovery import Found

NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


@dataclass(frozen=True)
class Account:
    """`prefix` goes before each command; `uid` and `gid` are taken on before it runs, None means as we are."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def command(self, words: Sequence[str | Path]) -> list[str]:
        return [*self.prefix, *map(str, words)]

    def make(self, directory: Path) -> Path:
        """A directory that this account alone may enter. Raises ServerFailed when it could not even get there."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Temporary directories are everybody's, and so is a home that somebody else once made.
        owner = directory.stat().st_uid
        if owner not in (os.geteuid(), self.uid):
            raise ServerFailed(f"{directory} belongs to another user ({owner}): name another place in TRADEWIND_HOME")
        if self.uid is not None:
            os.chown(directory, self.uid, self.gid or 0)
            if closed := self._closed_above(directory):
                account = pwd.getpwuid(self.uid).pw_name
                raise ServerFailed(f"{account} cannot reach {directory} below {closed}: name another place in TRADEWIND_HOME")
        return directory

    def readable(self, found: Found, home: Path) -> Found:
        """The binaries, or a copy of them in `home` when this account cannot reach them where they are."""
        if self.uid is None or not self._closed_above(found.path):
            return found
        copy = home / "binaries"
        complete, wanted = copy / ".complete", f"{found.path} {found.path.stat().st_mtime_ns}"
        if not complete.exists() or complete.read_text() != wanted:
            shutil.rmtree(copy, ignore_errors=True)
            for part in found.parts:
                _copy(found.base / part, copy / part)
            for path in [copy, *copy.rglob("*")]:
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            complete.write_text(wanted)
        return found.moved(copy)

    def _closed_above(self, path: Path) -> Path | None:
        """The first directory on the way to `path` that this account may not pass."""
        for parent in reversed(path.absolute().parents):
            facts = parent.stat()
            if not facts.st_mode & (0o100 if facts.st_uid == self.uid else 0o001):
                return parent
        return None


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def nobody() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


@cache
def server_account() -> Account:
    """For root: a namespace when the kernel lets us, else `nobody`. For everybody else: as they are."""
    if os.geteuid() != 0:
        return Account()
    if shutil.which("unshare") and subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0:
        return Account(prefix=NAMESPACE)
    return nobody()

"""Where sockets lie: the path of a Unix socket has 107 bytes, and homes are longer than that in tests and under odd mounts."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

SOCKET_BYTES_MAX = 107


def socket_directory(home: Path, name: str) -> Path:
    """A directory for the socket `name`: inside `home` where that is short enough, else beside other temporary files.

    It follows from `home` alone, so every start of one home is reached at one address.
    """
    near = home / "s"
    if len(os.fsencode(near / name)) <= SOCKET_BYTES_MAX:
        return near
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"tradewind-{os.geteuid()}-{digest}"


def tidy(sockets: Path, home: Path) -> None:
    """Leave nothing among temporary files; what lies in `home` may stay there."""
    if sockets.parent != home:
        shutil.rmtree(sockets, ignore_errors=True)

"""Files that hold secrets: whole or not at all, and nobody else's to read."""

import os
from pathlib import Path

import msgspec


def write_private(path: Path, content: object) -> None:
    """As indented JSON, mode 0600, in one step: a crash leaves the old file or the new one."""
    staging = path.with_suffix(".new")
    handle = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    staging.replace(path)

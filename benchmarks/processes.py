"""Where processor time goes, by process, from /proc (Linux)."""

import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

TICK_US = 1e6 / os.sysconf("SC_CLK_TCK")
SERVERS = {"postgres": "postgres", "redis-server": "redis", "valkey-server": "redis"}


class _Stat(NamedTuple):
    parent: int
    own_us: float
    reaped_us: float  # of children that have ended


def processor_us(pid: int) -> float:
    """User and system time of one process so far."""
    return _stat(pid).own_us


def tree_us(root: int) -> Counter[str]:
    """User and system time so far of `root` ("up") and all its descendants, by what they are.

    A service's process is named by its shard; the servers' many processes are one line each.
    """
    children: dict[int, list[int]] = {}
    stats: dict[int, _Stat] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stats[int(entry.name)] = stat = _stat(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(stat.parent, []).append(int(entry.name))
    total: Counter[str] = Counter()
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, ())
        total["up" if pid == root else _name(pid)] += stats[pid].own_us + stats[pid].reaped_us  # type: ignore[assignment]
    return total


def _stat(pid: int) -> _Stat:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    user, system, child_user, child_system = (int(field) * TICK_US for field in fields[11:15])
    return _Stat(int(fields[1]), user + system, child_user + child_system)


def _name(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return "gone"
    if "serve" in words:
        return words[words.index("serve") + 1]
    program = words[0].partition(" ")[0]  # servers write what they do behind it
    return next((known for part, known in SERVERS.items() if part in program), program)

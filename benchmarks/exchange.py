"""A whole exchange of its own for a benchmark: `tradewind up` in a directory that is thrown away, fsync on, with accounts."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import trio

from benchmarks.orders import Account
from tradewind.client.rest import Client
from tradewind.ops.demo import FUNDS, READ_AND_TRADE, read_demo

ROOT = Path(__file__).resolve().parents[1]
BEGIN_S = 120.0
READY = b"Ctrl-C stops everything"
ELSEWHERE = ("TRADEWIND_PG_URL", "TRADEWIND_REDIS_URL")  # somebody else's servers are not to be measured, nor filled


@dataclass(frozen=True)
class Exchange:
    pid: int  # of `up`; everything else descends from it
    port: int
    accounts: list[Account]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="tradewind-bench-"))
    home.chmod(0o711)  # PostgreSQL may have to run as another user
    return home


@asynccontextmanager
async def open_exchange(
    *, processes: bool, accounts: int, python: Sequence[str] = (sys.executable,)
) -> AsyncIterator[Exchange]:
    """Running and furnished. `python` may be a profiler's command line."""
    home = _home()
    port = free_port()
    command = [*python, "-m", "tradewind", "up", "--home", str(home), "--port", str(port), "--admin-port", str(free_port())]
    environ = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    environ["PYTHONPATH"] = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    command += ["--no-limits", *(["--processes"] if processes else [])]
    try:
        process = await trio.lowlevel.open_process(command, env=environ, stdout=subprocess.PIPE)
        try:
            await _ready(process)
            yield Exchange(process.pid, port, await _accounts(home, accounts))
        finally:
            with trio.CancelScope(shield=True):
                process.send_signal(signal.SIGINT)
                await process.wait()
    finally:
        shutil.rmtree(home, ignore_errors=True)


async def _ready(process: trio.Process) -> None:
    assert process.stdout is not None
    said = b""
    with trio.fail_after(BEGIN_S):
        while READY not in said:
            piece = await process.stdout.receive_some(4_096)
            if not piece:
                raise SystemExit(f"`tradewind up` did not start: {said.decode(errors='replace')}")
            said += piece


async def _accounts(home: Path, wanted: int) -> list[Account]:
    """New ones, made and funded as an operator would."""
    demo = read_demo(home / "demo.json")
    client = Client(demo.urls["admin"], headers={"X-Admin-Token": demo.admin["token"]})
    made: list[Account] = []
    for number in range(wanted):
        account = (await client.call("POST", "/admin/accounts", body={"email": f"bench{number}@demo.test"}))["account"]
        for asset in ("BTC", "USDT"):
            body = {"account": account, "asset": asset, "amount": FUNDS[asset], "reference": f"bench:{account}:{asset}"}
            await client.call("POST", "/admin/adjustments", body=body)
        body = {"account": account, "label": "bench", "permissions": READ_AND_TRADE}
        key = await client.call("POST", "/admin/apiKeys", body=body)
        made.append(Account(key["apiKey"], key["secret"].encode()))
    await client.aclose()
    return made

"""`tradewind up` from its parts: servers, services in this process or one process each, furniture, and a word how to begin."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import NamedTuple

import trio

from tradewind.compose import Running, run_process, topology_of
from tradewind.ops.demo import Demo, furnish
from tradewind.ops.settings import NO_LIMITS, Settings, read_settings
from tradewind.ops.terminal import say, stop_signal
from tradewind.up.servers import Servers, own_secrets
from tradewind.up.supervise import Child, supervise, write_processes

DEMO_FILE = "demo.json"
PROCESSES_FILE = "processes.json"


class Places(NamedTuple):
    """Where the gateway listens, as host:port."""

    public: str
    admin: str
    feed: str


def up(home: Path, *, port: int, admin_port: int, feed_port: int, processes: bool, demo: bool, limits: bool = True) -> int:
    say(f"data in {home}")
    servers = Servers(home, os.environ)
    environ = {
        **own_secrets(home),
        "APP_ENV": "dev",
        **({} if limits else NO_LIMITS),
        "TRADEWIND_PUBLIC_BIND": f"127.0.0.1:{port}",
        "TRADEWIND_ADMIN_BIND": f"127.0.0.1:{admin_port}",
        "TRADEWIND_FEED_BIND": f"127.0.0.1:{feed_port}",
        **os.environ,
    }
    try:
        environ |= servers.start()
        settings = read_settings(environ)
        if processes:
            trio.run(_up_in_processes, home, settings, environ, demo)
        else:
            trio.run(_up_in_one, home, settings, demo)
    finally:
        servers.stop()
        say("stopped; the data stays for the next time")
    return 0


async def _up_in_one(home: Path, settings: Settings, demo: bool) -> None:
    async def then(running: Running) -> None:
        await _furnished(home, settings, Places(running.public, running.admin, running.feed), demo)

    await run_process(settings, ["all"], then)


async def _up_in_processes(home: Path, settings: Settings, environ: dict[str, str], demo: bool) -> None:
    """As production does it: each service its own process, restarted when it dies."""
    names = [*topology_of(settings).shards(), "gateway"]
    children = [Child(name, [sys.executable, "-m", "tradewind", "serve", name], environ, home) for name in names]
    path = home / PROCESSES_FILE
    async with trio.open_nursery() as nursery:
        for child in children:
            await nursery.start(supervise, child, partial(write_processes, path, children))
        say("processes: " + ", ".join(f"{child.name} {child.pid}" for child in children))
        places = Places(settings.public_bind, settings.admin_bind, settings.feed_bind)
        await _furnished(home, settings, places, demo)
        nursery.cancel_scope.cancel()


async def _furnished(home: Path, settings: Settings, places: Places, demo: bool) -> None:
    path = home / DEMO_FILE
    furniture = await furnish(
        path, f"http://{places.public}", f"http://{places.admin}", f"ws://{places.feed}", settings.admin_token
    )
    _welcome(path, furniture)
    async with trio.open_nursery() as nursery:
        if demo:
            from tradewind.ops.makers import make_markets  # noqa: PLC0415 - only a living book wants it

            nursery.start_soon(make_markets, furniture)
        await stop_signal()
        nursery.cancel_scope.cancel()


def _welcome(path: Path, demo: Demo) -> None:
    say(f"public feed {demo.urls['feed']}")
    say(f"public API {demo.urls['public']}, operators {demo.urls['admin']}, accounts and keys in {path}")
    for account in demo.accounts:
        say(f"  {account['email']}: account {account['id']}, key {account['key']}")
    say("try")
    say(f"  curl -s {demo.urls['public']}/v1/exchangeInfo")
    say(f"  curl -s '{demo.urls['public']}/v1/depth?symbol=BTCUSDT'")
    say("Ctrl-C stops everything")

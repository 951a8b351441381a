"""The command `tradewind`.

Each command imports what it needs when it runs: a service that was killed is back sooner for everything that it leaves out.
"""

# ruff: noqa: PLC0415
import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tradewind import __version__
from tradewind.ops.settings import BadSettings, read_settings
from tradewind.ops.terminal import say, stop_signal

CONFIGURATION_ERROR = 78  # sysexits.h: systemd does not restart after it
UNAVAILABLE = 69  # sysexits.h: nothing was found out
NICE = 10
PORT, FEED_PORT = 8080, 8094
HOME = "data directory of a running `tradewind up`, instead of the environment's addresses"


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="tradewind", description="A spot exchange that you can rerun.")
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(dest="command", required=True)
    command = commands.add_parser("up", help="start everything here, with demo accounts, until Ctrl-C")
    command.add_argument("--home", help="data directory (default: TRADEWIND_HOME, else the user's state directory)")
    command.add_argument("--processes", action="store_true", help="one operating-system process per service")
    command.add_argument("--demo", action="store_true", help="market makers keep a living book")
    command.add_argument("--no-limits", action="store_true", help="no limits on requests and orders, for flow and benchmarks")
    command.add_argument("--port", type=int, default=PORT, help="of the public listener; 0 takes a free one (default 8080)")
    command.add_argument("--feed-port", type=int, help="of the public feed (default 8094, or a free one beside another --port)")
    command.add_argument("--admin-port", type=int, default=8087, help="of the operators' listener (default 8087)")
    command = commands.add_parser("serve", help="run services; the environment says where everything is")
    command.add_argument("names", nargs="+", metavar="SERVICE", help="a service, one of its shards (clearing/0), or all")
    command = commands.add_parser("flow", help="play a LOBSTER message file through the public API, and check what came of it")
    command.add_argument("file", type=Path, metavar="FILE", help="messages, as .csv or .csv.gz")
    command.add_argument(
        "--accounts", type=Path, help="demo.json of the exchange to play on (default: that of `tradewind up` without --home)"
    )
    command.add_argument("--symbol", default="AAPLUSD", help="an empty book, made when there is none of that name")
    command.add_argument("--limit", type=int, help="play only so many messages")
    ways = "one request after the other over REST, or batches over the private socket"
    command.add_argument("--lane", choices=("rest", "batch"), default="rest", help=ways)
    command.add_argument("--expect", choices=("hour",), help="compare with the published table, whatever the file's counts")
    command = commands.add_parser("openapi", help="print the document of the public API")
    command.add_argument("--operators", action="store_true", help="that of the operators' listener instead")
    command.add_argument("--sockets", action="store_true", help="that of the sockets instead (AsyncAPI)")
    command.add_argument("--yaml", action="store_true", help="as YAML")
    quarantine_words(commands.add_parser("quarantine", help="inputs that could not be applied: look at them, settle them"))
    commands.add_parser("migrate", help="bring the database's schema up to date")
    command = commands.add_parser("audit", help="check all that must always be true; exit code 1 and a line for each finding")
    command.add_argument("--quiet", action="store_true", help="nobody trades and nothing is under way: check the strict forms")
    command.add_argument("--home", help=HOME)
    incident_words(commands.add_parser("incident", help="what happened, as a file without secrets, for tradewind-sim incident"))
    commands.add_parser("doctor", help="what would be started, and from where")
    return top


def incident_words(command: argparse.ArgumentParser) -> None:
    export = command.add_subparsers(dest="verb", required=True).add_parser("export", help="a window of all journals")
    where = 'an instant (2026-11-23T14:05:00Z), places (clearing/0:120,matching/1:7), "start" or "now"'
    export.add_argument("--from", dest="since", required=True, metavar="T", help=where)
    export.add_argument("--to", dest="until", default="now", metavar="T", help="the same (default: now)")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="written whole or not at all")
    export.add_argument("--base", type=Path, metavar="FILE", help="an earlier bundle: nothing before it is replayed again")
    export.add_argument("--home", help=HOME)


def quarantine_words(command: argparse.ArgumentParser) -> None:
    verbs = command.add_subparsers(dest="verb", required=True)
    listing = verbs.add_parser("list", help="shard, number, instant, source, size and error of each")
    retry = verbs.add_parser("retry", help="apply one now, whatever its deadline: its caller was refused, so ask him first")
    discard = verbs.add_parser("discard", help="forget one; its bytes are printed")
    for verb in (listing, retry, discard):
        verb.add_argument("--home", help=HOME)
    for verb in (retry, discard):
        verb.add_argument("shard", help="as listed: clearing/0")
        verb.add_argument("number", type=int, help="as listed")
    discard.add_argument("--reason", required=True, help="kept on the terminal, with the bytes")


def main(arguments: list[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        return _COMMANDS[given.command](given)
    except BadSettings as error:
        print(error, file=sys.stderr)
        return CONFIGURATION_ERROR


def _environment(home: str | None) -> Mapping[str, str]:
    """Ours, or that of the exchange which runs in `home`."""
    if home is None:
        return os.environ
    from tradewind.up.servers import Servers, own_secrets

    return {**own_secrets(Path(home)), **Servers(Path(home), os.environ).addresses(), **os.environ}


def up(given: argparse.Namespace) -> int:
    from tradewind.adapters.migrate import MigrationRefused
    from tradewind.up.run import up
    from tradewind.up.servers import data_directory, free_port

    home = data_directory(os.environ, given.home)
    try:
        feed_port = given.feed_port if given.feed_port is not None else FEED_PORT if given.port == PORT else free_port()
        return up(
            home,
            port=given.port,
            admin_port=given.admin_port,
            feed_port=feed_port,
            processes=given.processes,
            demo=given.demo,
            limits=not given.no_limits,
        )
    except MigrationRefused as error:
        raise BadSettings(str(error)) from error


def serve(given: argparse.Namespace) -> int:
    import trio

    from tradewind.compose import Running, run_process

    settings = read_settings(os.environ)

    async def then(running: Running) -> None:
        say(f"serving {' '.join(given.names)}, internal {running.internal}")
        if running.public:
            say(f"public {running.public}, feed {running.feed}, operators {running.admin}")
        await stop_signal()

    trio.run(run_process, settings, given.names, then)
    return 0


def apply_migrations(_: argparse.Namespace) -> int:
    from tradewind.adapters.migrate import MigrationRefused, migrate, migrations_directory

    try:
        for name in migrate(read_settings(os.environ).postgres, migrations_directory()):
            print(f"applied {name}")
    except MigrationRefused as error:
        raise BadSettings(str(error)) from error
    return 0


def openapi(given: argparse.Namespace) -> int:
    from tradewind.services.gateway.documents import yaml
    from tradewind.services.gateway.table import asyncapi_document, openapi_document, operators_document

    made = asyncapi_document() if given.sockets else operators_document() if given.operators else openapi_document()
    say(yaml(made).rstrip() if given.yaml else json.dumps(made, indent=1))
    return 0


def flow(given: argparse.Namespace) -> int:
    from tradewind.adapters.embedded import state_home
    from tradewind.ops.flow.run import flow

    accounts = given.accounts or state_home(os.environ) / "demo.json"
    return flow(given.file, accounts, symbol=given.symbol, limit=given.limit, expect=given.expect, lane=given.lane)


def audit(given: argparse.Namespace) -> int:
    import trio

    from tradewind.adapters.postgres import open_store
    from tradewind.audit.books import Finding
    from tradewind.compose import topology_of
    from tradewind.machines import MACHINES
    from tradewind.ops.audit import audit_store
    from tradewind.ports.errors import Unavailable

    settings = read_settings(_environment(given.home))

    async def judge() -> list[Finding]:
        async with open_store(settings.postgres, readers=1) as store:
            return await audit_store(store, topology_of(settings), MACHINES, quiet=given.quiet)

    try:
        findings = trio.run(judge)
    except Unavailable as error:
        print(error, file=sys.stderr)
        return UNAVAILABLE
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings", file=sys.stderr)
    return 1 if findings else 0


def quarantine(given: argparse.Namespace) -> int:
    import trio

    from tradewind.compose import run_tool
    from tradewind.ops.quarantine import settle, show
    from tradewind.ports.world import World

    codes: list[int] = []

    async def work(world: World) -> None:
        if given.verb == "list":
            codes.append(await show(world, say))
        else:
            reason = getattr(given, "reason", "")
            codes.append(await settle(world, given.shard, given.number, retry=given.verb == "retry", reason=reason, say=say))

    trio.run(run_tool, read_settings(_environment(given.home)), work)
    return codes[0]


def incident(given: argparse.Namespace) -> int:
    import time

    import trio

    from tradewind.adapters.postgres_snapshot import open_source
    from tradewind.compose import topology_of
    from tradewind.machines import MACHINES
    from tradewind.ops.incident.export import Exported, export
    from tradewind.ops.incident.file import BadBundle
    from tradewind.ops.incident.house import house_of
    from tradewind.ops.incident.past import BadPast
    from tradewind.ops.incident.window import BadWindow, parse
    from tradewind.ports.errors import Unavailable

    settings = read_settings(_environment(given.home))
    os.nice(NICE)  # the exchange comes first

    async def write() -> Exported:
        async with open_source(settings.postgres) as source:
            house = house_of(settings, topology_of(settings), MACHINES, time.time_ns())
            return await export(source, house, parse(given.since), parse(given.until), given.out, given.base)

    try:
        exported = trio.run(write)
    except (BadWindow, BadBundle, BadPast, OSError, Unavailable) as error:
        print(error, file=sys.stderr)
        return UNAVAILABLE if isinstance(error, Unavailable) else 1
    for shard, end in exported.header.ends.items():
        print(f"{shard}: seq {exported.header.starts[shard].seq + 1} to {end.seq}")
    print(f"{exported.entries:,} entries in {given.out}, seal {exported.seal}")
    return 0


def doctor(_: argparse.Namespace) -> int:
    from tradewind.adapters.embedded import discover

    print("\n".join(discover(os.environ)))
    return 0


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "up": up,
    "serve": serve,
    "flow": flow,
    "openapi": openapi,
    "migrate": apply_migrations,
    "audit": audit,
    "incident": incident,
    "quarantine": quarantine,
    "doctor": doctor,
}

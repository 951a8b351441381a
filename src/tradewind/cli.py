"""The command `tradewind`."""

import argparse
import logging
import os
import sys
from pathlib import Path

import trio

from tradewind import __version__
from tradewind.adapters.embedded import discover
from tradewind.adapters.migrate import MigrationRefused, migrate, migrations_directory
from tradewind.adapters.postgres import open_store
from tradewind.audit.books import Finding
from tradewind.compose import Running, run_process, run_tool, topology_of
from tradewind.machines import MACHINES
from tradewind.ops.audit import audit_store
from tradewind.ops.flow.run import flow
from tradewind.ops.quarantine import settle, show
from tradewind.ops.settings import BadSettings, read_settings
from tradewind.ops.terminal import say, stop_signal
from tradewind.ports.errors import Unavailable
from tradewind.ports.world import World
from tradewind.up.run import up
from tradewind.up.servers import data_directory

CONFIGURATION_ERROR = 78  # sysexits.h: systemd does not restart after it
UNAVAILABLE = 69  # sysexits.h: nothing was found out


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="tradewind", description="A spot exchange that you can rerun.")
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(dest="command", required=True)
    command = commands.add_parser("up", help="start everything here, with demo accounts, until Ctrl-C")
    command.add_argument("--home", help="data directory (default: TRADEWIND_HOME, else the user's state directory)")
    command.add_argument("--processes", action="store_true", help="one operating-system process per service")
    command.add_argument("--demo", action="store_true", help="market makers keep a living book")
    command.add_argument("--port", type=int, default=8080, help="of the public listener; 0 takes a free one (default 8080)")
    command.add_argument("--admin-port", type=int, default=8087, help="of the operators' listener (default 8087)")
    command = commands.add_parser("serve", help="run services; the environment says where everything is")
    command.add_argument("names", nargs="+", metavar="SERVICE", help="a service, one of its shards (clearing/0), or all")
    command = commands.add_parser("flow", help="play a LOBSTER message file through the public API, and check what came of it")
    command.add_argument("file", type=Path, metavar="FILE", help="messages, as .csv or .csv.gz")
    command.add_argument("--accounts", type=Path, required=True, help="demo.json of the exchange to play on")
    command.add_argument("--symbol", default="AAPLUSD", help="an empty book, made when there is none of that name")
    command.add_argument("--limit", type=int, help="play only so many messages")
    command.add_argument("--expect", choices=("hour",), help="compare with the published table, whatever the file's counts")
    command = commands.add_parser("quarantine", help="inputs that could not be applied: look at them, settle them")
    quarantine_words(command)
    commands.add_parser("migrate", help="bring the database's schema up to date")
    command = commands.add_parser("audit", help="check all that must always be true; exit code 1 and a line for each finding")
    command.add_argument("--quiet", action="store_true", help="nobody trades and nothing is under way: check the strict forms")
    commands.add_parser("doctor", help="what would be started, and from where")
    return top


def quarantine_words(command: argparse.ArgumentParser) -> None:
    verbs = command.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="shard, number, instant, source, size and error of each")
    retry = verbs.add_parser("retry", help="apply one now, whatever its deadline: its caller was refused, so ask him first")
    discard = verbs.add_parser("discard", help="forget one; its bytes are printed")
    for verb in (retry, discard):
        verb.add_argument("shard", help="as listed: clearing/0")
        verb.add_argument("number", type=int, help="as listed")
    discard.add_argument("--reason", required=True, help="kept on the terminal, with the bytes")


def main(arguments: list[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        match given.command:
            case "up":
                return up(
                    data_directory(os.environ, given.home),
                    port=given.port,
                    admin_port=given.admin_port,
                    processes=given.processes,
                    demo=given.demo,
                )
            case "serve":
                return serve(given.names)
            case "flow":
                return flow(given.file, given.accounts, symbol=given.symbol, limit=given.limit, expect=given.expect)
            case "quarantine":
                return quarantine(given)
            case "migrate":
                return apply_migrations(migrations_directory())
            case "audit":
                return audit(quiet=given.quiet)
            case _:
                print("\n".join(discover(os.environ)))
                return 0
    except (BadSettings, MigrationRefused) as error:
        print(error, file=sys.stderr)
        return CONFIGURATION_ERROR


def serve(names: list[str]) -> int:
    settings = read_settings(os.environ)

    async def then(running: Running) -> None:
        say(f"serving {' '.join(names)}, internal {running.internal}")
        if running.public:
            say(f"public {running.public}, operators {running.admin}")
        await stop_signal()

    trio.run(run_process, settings, names, then)
    return 0


def quarantine(given: argparse.Namespace) -> int:
    codes: list[int] = []

    async def work(world: World) -> None:
        if given.verb == "list":
            codes.append(await show(world, say))
        else:
            reason = getattr(given, "reason", "")
            codes.append(await settle(world, given.shard, given.number, retry=given.verb == "retry", reason=reason, say=say))

    trio.run(run_tool, read_settings(os.environ), work)
    return codes[0]


def apply_migrations(directory: Path) -> int:
    for name in migrate(read_settings(os.environ).postgres, directory):
        print(f"applied {name}")
    return 0


def audit(*, quiet: bool) -> int:
    settings = read_settings(os.environ)

    async def judge() -> list[Finding]:
        async with open_store(settings.postgres, readers=1) as store:
            return await audit_store(store, topology_of(settings), MACHINES, quiet=quiet)

    try:
        findings = trio.run(judge)
    except Unavailable as error:
        print(error, file=sys.stderr)
        return UNAVAILABLE
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings", file=sys.stderr)
    return 1 if findings else 0

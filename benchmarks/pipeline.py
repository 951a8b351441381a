"""Orders/s through clearing and matching without HTTP, PostgreSQL and Redis: what machines and runtime cost by themselves.

    python -m benchmarks.pipeline [--orders 20000] [--rounds 3]

The same random crossing orders (benchmarks.orders' band, 100 accounts) go through, in turns:
  machines           apply only: clearing, matching, and clearing again for the settlement, in one plain loop
  clearing+matching  the runtime's own hosts on benchmarks.memory_ports, `--waiting` orders in flight, until all is settled
  +order+marketdata  with both followers in the same process and loop
One process, one core. "us" is this process's processor time per order.
"""

import argparse
import gc
import time
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from statistics import median
from typing import NamedTuple

import trio

from benchmarks.memory_ports import MemoryBus, memory_world
from benchmarks.orders import BAND_TICKS, LOTS_MAX, MIDDLE_TICKS, SYMBOL
from tradewind.machines import MACHINES
from tradewind.messages.codec import decode, encode
from tradewind.messages.commands import Adjust, Command, CreateAsset, CreateSymbol, Envelope, PlaceOrder
from tradewind.messages.events import Entry, Event, LegSettled, Traded
from tradewind.messages.replies import Answer, Answers, Refused
from tradewind.messages.topology import Topology, service_of
from tradewind.ports.store import Head, JournalEntry
from tradewind.runtime.chain import entry_of
from tradewind.runtime.feeds import concern_of
from tradewind.runtime.host import Host, Phase
from tradewind.runtime.limits import Limits
from tradewind.runtime.machine import At, Machine
from tradewind.services.clearing.machine import ClearingMachine
from tradewind.services.matching.machine import MatchingMachine
from tradewind.values.orders import OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.symbols import SymbolRules

ACCOUNTS = 100
FUNDS = {"BTC": 10**14, "USDT": 10**16}
RULES = SymbolRules(SYMBOL, "BTC", "USDT", 8, 6, 10_000, 10_000, 0, 10**11, 0, 500, 1_000, False)
TOPOLOGY = Topology(clearing=1, matching=1)
DRAIN_ORDERS = 100  # machines alone: orders between two looks at what has changed, as between two commits
MAILBOX = "caller/benchmark"
BASIC = ("admin/0", "clearing/0", "matching/0")
FOLLOWED = (*BASIC, "order/0", "marketdata/0")


class Ran(NamedTuple):
    per_second: float
    us: float
    trades: int


def furniture() -> list[Command]:
    """What admin must be told before the first order."""
    told: list[Command] = [CreateAsset("BTC", 8), CreateAsset("USDT", 6), CreateSymbol(RULES)]
    for account in range(1, ACCOUNTS + 1):
        told += [Adjust(account, asset, units, f"{account}:{asset}") for asset, units in FUNDS.items()]
    return told


def orders(count: int, seed: int) -> list[Command]:
    draw = Random(seed).randrange
    side, kind = (Side.BUY, Side.SELL), (OrderType.LIMIT, TimeInForce.GTC, SelfTrade.EXPIRE_TAKER)

    def one(number: int) -> PlaceOrder:
        price = (MIDDLE_TICKS + draw(-BAND_TICKS, BAND_TICKS + 1)) * RULES.tick
        return PlaceOrder(
            1 + number % ACCOUNTS, SYMBOL, f"b{number}", side[draw(2)], *kind, price, (1 + draw(LOTS_MAX)) * RULES.lot
        )

    return [one(number) for number in range(count)]


# --- machines alone


class Loose:
    """A machine with nothing around it but the numbering of its inputs."""

    def __init__(self, shard: str, machine: Machine) -> None:
        self.machine = machine
        self.seq = 0
        self._shard = shard
        self._concern = concern_of(machine)

    def command(self, command: Command, now: int) -> list[Event]:
        self.seq += 1
        outcome = self.machine.apply(command, At(self.seq, now))
        assert not isinstance(outcome.reply, Refused), outcome
        return outcome.events

    def entry(self, source: "Loose", events: list[Event], now: int) -> list[Event]:
        heard = tuple([event for event in events if self._concern(event)])
        if not heard:
            return []
        self.seq += 1
        entry = Entry(source._shard, source.seq, now, "inbox", source.seq, heard)
        return self.machine.apply(entry, At(self.seq, now)).events


def machines(count: int, seed: int) -> Ran:
    admin = Loose("admin/0", MACHINES["admin"](0, TOPOLOGY))
    clearing = Loose("clearing/0", ClearingMachine(0, TOPOLOGY))
    matching = Loose("matching/0", MatchingMachine(0, TOPOLOGY))
    for command in furniture():
        told = admin.command(command, 1)
        clearing.entry(admin, told, 1)
        matching.entry(admin, told, 1)
    trades = 0
    placed = orders(count, seed)
    wall, cpu = time.perf_counter(), time.process_time()
    for number, order in enumerate(placed, 1):
        matched = matching.entry(clearing, clearing.command(order, number), number)
        settled = clearing.entry(matching, matched, number)
        trades += sum([isinstance(event, LegSettled) for event in settled]) // 2
        if number % DRAIN_ORDERS == 0:
            clearing.machine.changes()
            matching.machine.changes()
    return _ran(count, wall, cpu, trades)


def _ran(count: int, wall: float, cpu: float, trades: int) -> Ran:
    return Ran(count / (time.perf_counter() - wall), (time.process_time() - cpu) / count * 1e6, trades)


# --- the runtime around them


async def hosted(names: tuple[str, ...], count: int, waiting: int, seed: int) -> Ran:
    world, database, bus = memory_world()
    limits = Limits()
    hosts = {name: Host(name, MACHINES[service_of(name)], TOPOLOGY, world, limits, _broken) for name in names}

    def settled() -> bool:
        """Everybody has committed all that everybody else has said."""
        lives = {name: host.current for name, host in hosts.items()}
        heads = {name: database.shards[name].head for name in names}
        return all(
            life is not None
            and life.head == heads[name]
            and all(reader.position >= heads.get(reader.feed, Head()).seq for reader in life.readers)
            for name, life in lives.items()
        )

    async with trio.open_nursery() as nursery:
        for host in hosts.values():
            nursery.start_soon(host.run)
        await _until(lambda: all(host.phase is Phase.RUNNING for host in hosts.values()))
        desk = Desk(bus)
        await desk.tell("admin/0", furniture(), 50)
        await _until(settled)
        bodies = desk.sealed(orders(count, seed))
        wall, cpu = time.perf_counter(), time.process_time()
        await desk.send("clearing/0", bodies, waiting)
        await _until(settled)
        ran = _ran(count, wall, cpu, 0)
        nursery.cancel_scope.cancel()
    return ran._replace(trades=_trades(database.journals["matching/0"]))


async def _until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - nothing that is measured says when, and asking is cheap
        await trio.sleep(0.002)


def _trades(journal: list[JournalEntry]) -> int:
    return sum(isinstance(event, Traded) for row in journal for event in entry_of(row).events)


def _broken(shard: str, error: BaseException) -> None:
    raise SystemExit(f"{shard}: {error!r}")


class Desk:
    """Asks as a gateway does, but with commands encoded beforehand, and counts the answers."""

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus
        self._asked = 0
        self._after = 0

    def sealed(self, commands: list[Command]) -> list[bytes]:
        return list(self._seal(commands))

    def _seal(self, commands: list[Command]) -> Iterator[bytes]:
        deadline = time.time_ns() + 3_600 * 10**9
        for command in commands:
            self._asked += 1
            yield encode(Envelope(self._asked.to_bytes(16, "big"), f"d{self._asked}", deadline, MAILBOX, command))

    async def tell(self, shard: str, commands: list[Command], waiting: int) -> None:
        await self.send(shard, self.sealed(commands), waiting)

    async def send(self, shard: str, bodies: list[bytes], waiting: int) -> None:
        """Return when all are answered; at most `waiting` are not at any time. No answer may be a refusal."""
        sent = answered = 0
        while answered < len(bodies):
            more = bodies[sent : answered + waiting]
            if more:
                await self._bus.send_all(f"inbox/{shard}", more)
            sent += len(more)
            for position, body in await self._bus.receive(MAILBOX, self._after, 1.0):
                self._after = position
                for answer in decode(Answers, body).answers:
                    assert not isinstance(decode(Answer, answer).reply, Refused), decode(Answer, answer)
                    answered += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    kinds = {"machines": partial(machines, options.orders)}
    for waiting in (16, 400):
        for title, names in (("clearing+matching", BASIC), ("+order+marketdata", FOLLOWED)):
            kinds[f"{title}, {waiting} waiting"] = partial(_hosted, names, options.orders, waiting)
    found: dict[str, list[Ran]] = {kind: [] for kind in kinds}
    for turn in range(options.rounds):
        for kind, run in kinds.items():
            gc.collect()
            found[kind].append(run(seed=turn))
    base = median(ran.us for ran in found["machines"])
    for kind, rans in found.items():
        rates = sorted(ran.per_second for ran in rans)
        us, trades = median(ran.us for ran in rans), median(ran.trades for ran in rans)
        print(
            f"{kind:<30} {median(rates):>9,.0f} orders/s [{rates[0]:,.0f}-{rates[-1]:,.0f}] {us:7.1f} us,"
            f" {us / base:4.1f} x machines, {trades / options.orders:.2f} trades per order",
            flush=True,
        )


def _hosted(names: tuple[str, ...], count: int, waiting: int, seed: int) -> Ran:
    return trio.run(hosted, names, count, waiting, seed)


if __name__ == "__main__":
    main()

"""Orders/s and latencies of the whole exchange over HTTP, one order a request, beside a bare Quart handler, in one run.

    python -m benchmarks.end_to_end [--rounds 3] [--orders 800] [--modes one processes]

A real `tradewind up` (its own PostgreSQL with fsync on, its own Redis) in a temporary directory, first as one process, then as
one process per service. Rounds alternate between the exchange and the two bare handlers, which run on the same web server:
"plain" is an unchanged Quart app and the denominator of the aim, "fit" has the gateway's own parts of Quart. The load, signing
included, shares the machine. An acknowledged order is durable; the latencies below it are of an open loop:
  ack      due -> the whole answer to newOrderRespType=ACK
  settled  due -> the whole answer to newOrderRespType=FULL of an order that traded at once, which waits until both sides of
           every trade are in the ledger and the book-keeper has said so
"""

import argparse
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import msgspec
import trio

from benchmarks.bare_handler import REQUEST, start
from benchmarks.exchange import Exchange, open_exchange
from benchmarks.http_load import GOOD, LoadResult, load, quantile
from benchmarks.open_loop import Answered, at_rate
from benchmarks.orders import FRESH_S, SYMBOL, Orders
from benchmarks.processes import processor_us, tree_us
from tradewind.client.rest import Client

HOST = "127.0.0.1"
CONNECTIONS = (1, 8, 32, 64)
ACCOUNTS = 32
PER_SECOND = 200
BARE = {"plain": "ours", "fit": "fitted"}  # our word -> bare_handler's


@dataclass
class Round:
    result: LoadResult
    us: Counter[str]  # processor time per order, by process


@dataclass
class Latencies:
    ack_s: list[float] = field(default_factory=list)
    settled_s: list[float] = field(default_factory=list)
    us: Counter[str] = field(default_factory=Counter)


class Exchanges:
    """What is measured about one mode of running."""

    def __init__(self, exchange: Exchange, bare: dict[str, tuple[int, int]]) -> None:
        self.exchange = exchange
        self.orders = Orders(exchange.accounts)
        self.found: dict[tuple[str, int], list[Round]] = {}
        self._bare = bare

    async def closed_loop(self, connections: int, orders: int) -> None:
        """One round: the exchange, then each bare handler, over as many connections."""
        signed = self.orders.signed(orders)
        before = tree_us(self.exchange.pid)
        result = await load(HOST, self.exchange.port, signed.__getitem__, connections, orders)
        assert not result.failed and result.seconds < FRESH_S, result
        self._note("exchange", connections, Round(result, _each(tree_us(self.exchange.pid) - before, orders)))
        for name, (pid, port) in self._bare.items():
            spent_us = processor_us(pid)
            result = await load(HOST, port, lambda _: REQUEST, connections, orders)
            self._note(name, connections, Round(result, Counter({name: int((processor_us(pid) - spent_us) / orders)})))

    def _note(self, name: str, connections: int, found: Round) -> None:
        self.found.setdefault((name, connections), []).append(found)

    async def open_loop(self, orders: int) -> Latencies:
        found = Latencies()
        signed = self.orders.signed(orders, ("ACK", "FULL"))
        assert orders / PER_SECOND < FRESH_S, orders

        def heard(number: int, answered: Answered) -> None:
            assert answered.answer.startswith(GOOD), answered.answer
            if number % 2 == 0:
                found.ack_s.append(answered.latency_s)
                return
            shown = msgspec.json.decode(answered.answer.partition(b"\r\n\r\n")[2])
            if shown["fills"]:
                found.settled_s.append(answered.latency_s)

        before = tree_us(self.exchange.pid)
        await at_rate(HOST, self.exchange.port, signed, PER_SECOND, 64, heard)
        found.us = _each(tree_us(self.exchange.pid) - before, orders)
        return found

    async def trades(self) -> int:
        """How many there have been: ids of trades are contiguous."""
        client = Client(f"http://{HOST}:{self.exchange.port}")
        newest = await client.call("GET", "/v1/trades", {"symbol": SYMBOL, "limit": 1})
        await client.aclose()
        return newest[-1]["id"] if newest else 0


def _each(spent: Counter[str], orders: int) -> Counter[str]:
    return Counter({name: round(us / orders) for name, us in spent.items()})


async def measure(mode: str, orders: int, rounds: int) -> None:
    async with AsyncExitStack() as stack:
        exchange = await stack.enter_async_context(open_exchange(processes=mode == "processes", accounts=ACCOUNTS))
        bare = {name: await start(stack, theirs) for name, theirs in BARE.items()}
        measured = Exchanges(exchange, bare)
        await load(HOST, exchange.port, measured.orders.signed(orders).__getitem__, 16, orders)  # caches, statements, a book
        first, asked = await measured.trades(), 0
        slow = []
        for _ in range(rounds):
            for connections in CONNECTIONS:
                some = orders // 2 if connections == 1 else orders
                asked += some
                await measured.closed_loop(connections, some)
            slow.append(await measured.open_loop(orders))
            asked += orders
        await trio.sleep(1)
        _show(mode, measured, slow, (await measured.trades() - first) / asked)


def _show(mode: str, measured: Exchanges, slow: list[Latencies], per_order: float) -> None:
    print(f"\n== {mode}: {per_order:.2f} trades per order, {ACCOUNTS} accounts, {len(slow)} rounds: median [min-max]")
    print("connections   orders/s           p50/p99 ms   plain/s   fit/s   of plain  of fit   processor us per order")
    for connections in CONNECTIONS:
        ours, plain, fit = (measured.found[name, connections] for name in ("exchange", "plain", "fit"))
        rates = sorted(each.result.per_second for each in ours)
        rate = median(rates)
        p50, p99 = (median(getattr(each.result, name) for each in ours) for name in ("p50_ms", "p99_ms"))
        of = [median(each.result.per_second for each in others) for others in (plain, fit)]
        print(
            f"{connections:11} {rate:9.0f} [{rates[0]:.0f}-{rates[-1]:.0f}] {p50:8.1f}/{p99:.1f} {of[0]:9.0f} {of[1]:7.0f}"
            f" {rate / of[0]:9.2f} {rate / of[1]:7.2f}    {_costs([each.us for each in ours])}"
        )
    bare_us = ", ".join(f"{name} {_costs([each.us for each in measured.found[name, 32]])}" for name in BARE)
    print(f"bare handlers at 32 connections, processor us per request: {bare_us}")
    for name in ("ack", "settled"):
        columns = [sorted(getattr(each, f"{name}_s")) for each in slow]
        shares = [median(quantile(column, share) for column in columns) * 1e3 for share in (0.5, 0.99)]
        worst = max(quantile(column, 0.5) for column in columns) * 1e3
        print(
            f"place -> {name} at {PER_SECOND} orders/s: p50 {shares[0]:.1f} ms (worst round {worst:.1f}),"
            f" p99 {shares[1]:.1f} ms of {sum(map(len, columns))} orders"
        )
    print(f"processor us per order at {PER_SECOND} orders/s: {_costs([each.us for each in slow])}")


def _costs(rounds: list[Counter[str]]) -> str:
    """Medians; the sum of the exchange's processes first."""
    named = {name: median(each[name] for each in rounds) for name in sorted({name for each in rounds for name in each})}
    parts = ", ".join(f"{name} {us:.0f}" for name, us in named.items() if us >= 1)
    return parts if len(named) == 1 else f"{sum(named.values()):.0f} = {parts}"


async def main(options: Any) -> None:
    for mode in options.modes:
        await measure(mode, options.orders, options.rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--orders", type=int, default=800, help="per round and number of connections")
    parser.add_argument("--modes", nargs="+", choices=("one", "processes"), default=("one", "processes"))
    trio.run(main, parser.parse_args())

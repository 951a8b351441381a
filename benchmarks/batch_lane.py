"""Orders/s through the WebSocket batch lane of the whole exchange, beside a bare WebSocket echo on the same server.

    python -m benchmarks.batch_lane [--rounds 3] [--orders 20000] [--modes ...] [--batch 50] [--sessions 32] [--ahead 1]

A real `tradewind up` (its own PostgreSQL with fsync on, its own Redis) in a temporary directory. Each session is one account's
and sends batch.place messages, so many ahead of their answers. Rounds alternate with the echo, which gets messages and gives
answers of the same sizes, over as many connections. The load shares the machine.
  accepted  all orders acknowledged: durable in clearing
  settled   and matched, and every trade of theirs in the ledger and in the history: an order of the end that trades has been
            answered with its fills, and feeds are queues
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

import msgspec
import trio

from benchmarks.bare_handler import start
from benchmarks.exchange import Exchange, open_exchange
from benchmarks.orders import Orders
from benchmarks.processes import processor_us, tree_us
from benchmarks.ws_load import BareSocket, framed, open_bare
from tradewind.client.signing import signed_headers

HOST = "127.0.0.1"
PRIVATE = "/ws/private"
SETTLE_S = 60.0
ACCOUNTS = 32


@dataclass(frozen=True)
class Round:
    """Seconds from the first message; `us`: processor time per order, by process."""

    orders: int
    refused: int
    accepted_s: float
    settled_s: float
    us: Counter[str]


class Lane:
    """Sessions on one exchange, and what they ask."""

    def __init__(self, exchange: Exchange, sessions: list[BareSocket], batch: int) -> None:
        self.exchange = exchange
        self.sizes = (0, 0)  # bytes of a batch and of its answer
        self._sessions = sessions
        self._orders = Orders(exchange.accounts)
        self._batch = batch
        self._asked = 0

    def _message(self, method: str, params: str) -> bytes:
        self._asked += 1
        return framed(f'{{"id":{self._asked},"method":"{method}","params":{params}}}'.encode())

    async def round(self, orders: int, ahead: int) -> Round:
        """As many orders, in batches, over all sessions."""
        batches = [
            self._message("batch.place", f'{{"orders":[{",".join(self._orders.body("ACK") for _ in range(self._batch))}]}}')
            for _ in range(orders // self._batch)
        ]
        before = tree_us(self.exchange.pid)
        began = trio.current_time()
        refused = 0

        def heard(answer: bytes) -> None:
            nonlocal refused
            refused += self._refused(answer)

        await exchanged(self._sessions, batches, ahead, heard)
        accepted = trio.current_time()
        await self._settled()
        settled = trio.current_time()
        count = len(batches) * self._batch
        us = Counter({name: round(us / count) for name, us in (tree_us(self.exchange.pid) - before).items()})
        self.sizes = (max(map(len, batches)), self.sizes[1])
        return Round(count, refused, accepted - began, settled - began, us)

    def _refused(self, answer: bytes) -> int:
        self.sizes = (self.sizes[0], max(self.sizes[1], len(answer)))
        shown = msgspec.json.decode(answer)
        assert shown["status"] == 200, shown
        return sum("orderId" not in one for one in shown["result"]["results"])

    async def _settled(self) -> None:
        """Return when an order that trades now is booked: everything before it is."""
        with trio.fail_after(SETTLE_S):
            while True:
                for side in ("SELL", "BUY"):  # one of them meets somebody, whatever rests
                    order = self._orders.body("FULL", side)
                    await self._sessions[0].send(self._message("order.place", order))
                    shown = msgspec.json.decode(await self._sessions[0].receive())
                    if shown["status"] == 200 and shown["result"]["fills"]:
                        return


async def exchanged(sockets: list[BareSocket], messages: list[bytes], ahead: int, heard: Callable[[bytes], None]) -> None:
    """All messages sent and answered; on each socket at most `ahead` without an answer."""
    waiting = iter(messages)

    async def talk(socket: BareSocket) -> None:
        under_way = 0
        for message in waiting:
            await socket.send(message)
            under_way += 1
            if under_way == ahead:
                heard(await socket.receive())
                under_way -= 1
        for _ in range(under_way):
            heard(await socket.receive())

    async with trio.open_nursery() as nursery:
        for socket in sockets:
            nursery.start_soon(talk, socket)


async def open_sessions(exchange: Exchange, sessions: int, query: str) -> list[BareSocket]:
    found = []
    for number in range(sessions):
        account = exchange.accounts[number % len(exchange.accounts)]
        signed = signed_headers(
            *(account.key, account.secret.decode(), time.time_ns() // 1_000_000, f"lane{number}{query[-4:]}"),
            *("GET", PRIVATE, query, b""),
        )
        found.append(await open_bare(HOST, exchange.port, f"{PRIVATE}?{query}", signed))
    return found


async def measure(mode: str, options: Any) -> None:
    async with AsyncExitStack() as stack:
        exchange = await stack.enter_async_context(
            open_exchange(processes=mode == "processes", accounts=max(ACCOUNTS, options.sessions))
        )
        sessions = await open_sessions(exchange, options.sessions, "updates=none")
        lane = Lane(exchange, sessions, options.batch)
        pid, port = await start(stack, "fitted")
        first = max(options.orders // 4, options.batch * options.sessions)
        await lane.round(first, options.ahead)  # caches, statements, a book
        asked, answered = lane.sizes
        rounds, echoes, echo_us = [], [], []
        echo = [await open_bare(HOST, port, f"/echo/{answered}") for _ in range(options.sessions)]
        for _ in range(options.rounds):
            rounds.append(await lane.round(options.orders, options.ahead))
            messages = [framed(b"x" * asked)] * (options.orders // options.batch)
            before, began = processor_us(pid), trio.current_time()
            await exchanged(echo, messages, options.ahead, lambda _: None)
            echoes.append(len(messages) * options.batch / (trio.current_time() - began))
            echo_us.append((processor_us(pid) - before) / (len(messages) * options.batch))
        _show(mode, options, rounds, echoes, echo_us, lane.sizes)
        for socket in (*sessions, *echo):
            socket.close()


def _show(
    mode: str, options: Any, rounds: list[Round], echoes: list[float], echo_us: list[float], sizes: tuple[int, int]
) -> None:
    accepted = sorted(each.orders / each.accepted_s for each in rounds)
    settled = sorted(each.orders / each.settled_s for each in rounds)
    print(f"\n== {mode}: {options.sessions} sessions, batches of {options.batch}, {options.ahead} ahead; median [min-max]")
    print(f"   of {len(rounds)} rounds of {rounds[0].orders} orders; messages of {sizes[0]} bytes, answers of {sizes[1]}")
    for name, rates in (("accepted", accepted), ("settled", settled), ("echoed", sorted(echoes))):
        print(f"{name:9} {median(rates):9,.0f} orders/s [{rates[0]:,.0f}-{rates[-1]:,.0f}]")
    print(f"settled / echoed {median(settled) / median(echoes):.3f}; refused {sum(each.refused for each in rounds)}")
    named = {name: median(each.us[name] for each in rounds) for name in sorted({name for each in rounds for name in each.us})}
    parts = ", ".join(f"{name} {us:.0f}" for name, us in named.items() if us >= 1)
    print(f"processor us per order: {sum(named.values()):.0f} = {parts}; of the echo {median(echo_us):.1f}")


async def main(options: Any) -> None:
    for mode in options.modes:
        await measure(mode, options)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--orders", type=int, default=20_000, help="per round")
    parser.add_argument("--modes", nargs="+", choices=("one", "processes"), default=("processes", "one"))
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--sessions", type=int, default=32)
    parser.add_argument("--ahead", type=int, default=1, help="batches under way per session")
    trio.run(main, parser.parse_args())

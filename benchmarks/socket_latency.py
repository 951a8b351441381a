"""How long a single order over the private socket takes to its acknowledgement, and to the private feed's word of its fill.

    python -m benchmarks.socket_latency [--orders 1000] [--rate 100] [--rounds 3] [--modes one processes]

An open loop: orders go out when they are due, whatever has become of earlier ones, and latencies count from then. Sessions
take the private feed with `updates=joined`.
  ack   due -> the answer to order.place (newOrderRespType=ACK): the order is durable
  fill  due -> the taker's own `trade` update: matched, settled, in the ledger and in the history
"""

import argparse
from contextlib import AsyncExitStack
from statistics import median
from typing import Any

import msgspec
import trio

from benchmarks.batch_lane import ACCOUNTS, open_sessions
from benchmarks.exchange import open_exchange
from benchmarks.http_load import quantile
from benchmarks.orders import Orders
from benchmarks.ws_load import BareSocket, framed

QUIET_S = 2.0  # without news everything has come


class Loop:
    """One round over all sessions."""

    def __init__(self) -> None:
        self.ack_s: list[float] = []
        self.fill_s: list[float] = []
        self._due: dict[int, float] = {}  # by request id
        self._orders: dict[int, float] = {}  # due, by order id
        self._heard_at = 0.0

    async def run(self, sessions: list[BareSocket], orders: Orders, count: int, per_second: float) -> None:
        begin = trio.current_time() + 0.1
        async with trio.open_nursery() as nursery:
            for session in sessions:
                nursery.start_soon(self._listen, session)
            for number in range(count):
                due = begin + number / per_second
                message = f'{{"id":{number},"method":"order.place","params":{orders.body("ACK")}}}'
                await trio.sleep_until(due)
                self._due[number] = due
                await sessions[number % len(sessions)].send(framed(message.encode()))
            while trio.current_time() < self._heard_at + QUIET_S:  # noqa: ASYNC110 - silence sets no event
                await trio.sleep(QUIET_S / 4)
            nursery.cancel_scope.cancel()
        assert len(self.ack_s) == count, (len(self.ack_s), count)

    async def _listen(self, session: BareSocket) -> None:
        while True:
            message = msgspec.json.decode(await session.receive())
            now = self._heard_at = trio.current_time()
            if "status" in message:
                assert message["status"] == 200, message
                due = self._due.pop(message["id"])
                self.ack_s.append(now - due)
                self._orders[message["result"]["orderId"]] = due
                continue
            for update in message.get("updates", [message]):
                if update["e"] == "trade" and not update["m"]:
                    due = self._orders.pop(update["i"], 0.0)  # its first fill; and not before its answer
                    if due:
                        self.fill_s.append(now - due)


async def measure(mode: str, options: Any) -> None:
    async with AsyncExitStack() as stack:
        exchange = await stack.enter_async_context(open_exchange(processes=mode == "processes", accounts=ACCOUNTS))
        orders = Orders(exchange.accounts)
        sessions = await open_sessions(exchange, ACCOUNTS, "updates=joined")
        await Loop().run(sessions, orders, options.orders, options.rate)  # caches, statements, a book
        rounds = []
        for _ in range(options.rounds):
            rounds.append(Loop())
            await rounds[-1].run(sessions, orders, options.orders, options.rate)
        for session in sessions:
            session.close()
    print(f"\n== {mode}: {options.rate} orders/s over {ACCOUNTS} sessions, {len(rounds)} rounds of {options.orders}: medians")
    for name in ("ack", "fill"):
        columns = [sorted(getattr(each, f"{name}_s")) for each in rounds]
        p50, p99 = (median(quantile(column, share) for column in columns) * 1e3 for share in (0.5, 0.99))
        print(f"place -> {name:4} p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   of {sum(map(len, columns))}")


async def main(options: Any) -> None:
    for mode in options.modes:
        await measure(mode, options)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1_000, help="per round")
    parser.add_argument("--rate", type=float, default=100.0, help="orders a second")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--modes", nargs="+", choices=("one", "processes"), default=("one", "processes"))
    trio.run(main, parser.parse_args())

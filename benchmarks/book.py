"""Operations per second of our book and of the order books on PyPI, on the same tape, interleaved, as ratios.

    python -m benchmarks.book [--ops N] [--rounds N] [--deep]

Needs benchmarks/requirements.txt for the peers; those that are not installed are left out, and named.
Times are of whole passes with the garbage collector off; a round plays every engine once, and the median round counts.
"""

import argparse
import gc
import importlib
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from benchmarks.tape import Op, Tape, make_tape
from tradewind.services.matching.book import Book
from tradewind.values.orders import SelfTrade, Side

Trade = tuple[int, int, int]  # maker's order, price, quantity
Run = Callable[[Tape], tuple[float, list[Trade]]]  # seconds, and the trades for comparison; none when it cannot tell
NONE = SelfTrade.NONE


def ours(tape: Tape) -> tuple[float, list[Trade]]:
    book = Book()
    _play_ours(book, tape.warm_up)
    start = time.perf_counter()
    fills = _play_ours(book, tape.ops)
    return time.perf_counter() - start, fills


def _play_ours(book: Book, ops: list[Op]) -> list[Trade]:
    trades: list[Trade] = []
    place, cancel, emit = book.place, book.cancel, trades.append
    for priority, (is_cancel, order_id, side, type_, time_in_force, price, quantity) in enumerate(ops):
        if is_cancel:
            cancel(order_id)
            continue
        fills, _, _ = place(order_id, 1, side, type_, time_in_force, NONE, price, quantity, priority)
        for maker, traded in fills:
            emit((maker.order_id, maker.price, traded))
    return trades


def lightmatchingengine(tape: Tape) -> tuple[float, list[Trade]]:
    peer = importlib.import_module("lightmatchingengine.lightmatchingengine")
    engine = peer.LightMatchingEngine()
    ids: dict[int, int] = {}  # ours -> its own
    names: dict[int, int] = {}

    def play(ops: list[Op]) -> list[Any]:
        heard = []
        add, cancel = engine.add_order, engine.cancel_order
        for is_cancel, order_id, side, _, _, price, quantity in ops:
            if is_cancel:
                cancel(ids[order_id], "X")
                continue
            order, trades = add("X", price, quantity, side + 1)
            ids[order_id] = order.order_id
            names[order.order_id] = order_id
            heard.append((order.order_id, trades))
        return heard

    play(tape.warm_up)
    start = time.perf_counter()
    heard = play(tape.ops)
    seconds = time.perf_counter() - start
    # It tells each level once for the taker and once for every maker: the makers' lines are our fills.
    return seconds, [
        (names[line.order_id], line.trade_price, line.trade_qty)
        for taker, lines in heard
        for line in lines
        if line.order_id != taker
    ]


def order_matching(tape: Tape) -> tuple[float, list[Trade]]:
    engine_of = importlib.import_module("order_matching.matching_engine").MatchingEngine
    limit_of = importlib.import_module("order_matching.order").LimitOrder
    orders_of = importlib.import_module("order_matching.orders").Orders
    sides = importlib.import_module("order_matching.enums").Side
    importlib.import_module("loguru").logger.remove()
    engine = engine_of(seed=1)
    clock = datetime(2023, 1, 1)
    step = timedelta(microseconds=1)

    def play(ops: list[Op]) -> list[Trade]:
        nonlocal clock
        done: list[Trade] = []
        for is_cancel, order_id, side, _, _, price, quantity in ops:
            clock += step
            if is_cancel:
                engine.cancel_order(str(order_id))
                continue
            its_side = sides.BUY if side is Side.BUY else sides.SELL
            order = limit_of(side=its_side, price=price, size=quantity, timestamp=clock, order_id=str(order_id), trader_id="x")
            engine.place(orders=orders_of([order]))
            done += [(int(trade.book_order_id), trade.price, trade.size) for trade in engine.match(timestamp=clock).trades]
        return done

    play(tape.warm_up)
    start = time.perf_counter()
    trades = play(tape.ops)
    return time.perf_counter() - start, trades


class Peer(NamedTuple):
    """The slowest of them gets a short piece of the tape, and no deep book: its warm-up alone would take minutes."""

    run: Run
    ops_max: int
    depth_max: int


PEERS = {
    "lightmatchingengine": Peer(lightmatchingengine, 100_000, 10_000),
    "order_matching": Peer(order_matching, 300, 1_000),
}


def measure(title: str, tape: Tape, engines: dict[str, tuple[Run, int]], rounds: int) -> None:
    """Print one line per engine. An engine is given at most its number of operations of the tape."""
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    trades: dict[str, list[Trade]] = {}
    for _ in range(rounds):
        for name, (run, most) in engines.items():
            short = Tape(tape.warm_up, tape.ops[:most])
            gc.collect()
            gc.freeze()
            spent, trades[name] = run(short)
            seconds[name].append(spent / len(short.ops))
            gc.unfreeze()
    base = statistics.median(seconds["ours"])
    for name, (_, most) in engines.items():
        rates = sorted(1 / spent for spent in seconds[name])
        ratio = statistics.median(seconds[name]) / base
        same = trades[name] == trades["ours"][: len(trades[name])]
        print(
            f"{title:>14}  {name:<20} {1 / statistics.median(seconds[name]):>11,.0f} ops/s [{rates[0]:,.0f}-{rates[-1]:,.0f}]"
            f"  ours = {ratio:,.2f} x  over {min(most, len(tape.ops)):,} ops, {len(trades[name]):,} trades"
            f" {'the same' if same else 'DIFFERENT'}",
            flush=True,
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--ops", type=int, default=300_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--deep", action="store_true", help="also 100 k and 1 M resting orders, ours alone")
    chosen = options.parse_args()
    print(f"Python {sys.version.split()[0]}, seed {chosen.seed}; [min-max] over {chosen.rounds} interleaved rounds", flush=True)
    # A process for each tape: what an earlier one left behind in memory must not slow a later one.
    fresh = multiprocessing.get_context("spawn")
    cases = [(True, 1_000), (True, 10_000)] + [(False, depth) for depth in (1_000, 10_000, 100_000, 1_000_000)]
    for limits_only, depth in cases if chosen.deep else cases[:4]:
        child = fresh.Process(target=one_case, args=(limits_only, depth, chosen.ops, chosen.rounds, chosen.seed))
        child.start()
        child.join()
        if child.exitcode:
            raise SystemExit(child.exitcode)


def one_case(limits_only: bool, depth: int, length: int, rounds: int, seed: int) -> None:
    gc.disable()
    engines: dict[str, tuple[Run, int]] = {"ours": (ours, length)}
    for name, peer in PEERS.items():
        if not limits_only or depth > peer.depth_max:
            continue
        try:
            importlib.import_module(name)
            engines[name] = (peer.run, peer.ops_max)
        except ImportError as error:
            print(f"without {name}: {error}")
    title = f"{'L' if limits_only else 'F'} {depth:,}"
    measure(title, make_tape(seed, depth, length, limits_only), engines, rounds)


if __name__ == "__main__":
    main()

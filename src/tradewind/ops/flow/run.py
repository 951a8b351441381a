"""The command: who plays, on which book, what is said on the way, and whether it came out as it must."""

import gzip
import secrets
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import trio

from tradewind.client.rest import ApiError, Client, NoAnswer
from tradewind.client.session import open_session
from tradewind.ops.demo import Demo, read_demo
from tradewind.ops.flow import progress
from tradewind.ops.flow.figures import Figures
from tradewind.ops.flow.lane import LanePlayer
from tradewind.ops.flow.oracle import HOUR_ASKED, HOUR_ROWS, expected
from tradewind.ops.flow.orders import Asked, asked_of
from tradewind.ops.flow.outcome import Unsettled, outcome
from tradewind.ops.flow.player import PRICE_PLACES, Before, FlowFailed, Player, Tally
from tradewind.ops.lobster import Flow
from tradewind.ops.terminal import say

SETTLE_S = 60.0
LOOK_S = 0.5
ACCOUNTS_MIN = 4
LANES = ("rest", "batch")


@dataclass(frozen=True)
class Result:
    """`found` and `wanted` are equal when the exchange is right."""

    found: Figures
    wanted: Figures
    tally: Tally


def read_tape(path: Path, limit: int | None) -> list[Asked]:
    """The first `limit` messages that a visible book can play. Raises OSError and ValueError."""
    packed = path.read_bytes()
    text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("ascii")
    return list(islice(asked_of(Flow(text.splitlines())), limit))


async def _symbol_for(demo: Demo, symbol: str) -> None:
    """An empty book under that name: made like the demo's, when it does not exist. Raises FlowFailed."""
    public = Client(demo.urls["public"])
    operator = Client(demo.urls["admin"], headers={"X-Admin-Token": demo.admin["token"]})
    rules = {"symbol": symbol, "baseAsset": "AAPL", "quoteAsset": "USD", "tickSize": "0.0001", "stepSize": "1"}
    free = {"minNotional": "0", "maxQty": "1000000", "bandBps": 0, "selfTradeAllowed": True}
    try:
        try:
            [shown] = (await public.call("GET", "/v1/exchangeInfo", {"symbol": symbol}))["symbols"]
        except ApiError as error:
            if error.code != "UNKNOWN_SYMBOL":
                raise
            await operator.call("POST", "/admin/symbols", body=rules | free)
            return
        if (shown["baseAssetPrecision"], shown["quoteAssetPrecision"]) != (0, PRICE_PLACES):
            raise FlowFailed(f"{symbol} does not trade whole shares at dollars * 10 000")
        depth = await public.call("GET", "/v1/depth", {"symbol": symbol})
        if depth["bids"] or depth["asks"]:
            raise FlowFailed(f"orders rest on {symbol} already; a new --symbol would be made for this run")
    except (ApiError, NoAnswer) as error:
        raise FlowFailed(str(error)) from error
    finally:
        await public.aclose()
        await operator.aclose()


async def play(
    demo: Demo, symbol: str, tape: Sequence[Asked], before: Before, tally: Callable[[Tally], None], lane: str = "rest"
) -> Result:
    """Play and check. `tally` is shown the count that grows while it plays. `lane`: one of LANES. Raises FlowFailed."""
    if len(demo.accounts) < ACCOUNTS_MIN:
        raise FlowFailed(f"{len(demo.accounts)} accounts: makers and takers are {ACCOUNTS_MIN}")
    await _symbol_for(demo, symbol)
    clients = [Client(demo.urls["public"], account["key"], account["secret"]) for account in demo.accounts[:ACCOUNTS_MIN]]
    run = secrets.token_hex(4)
    try:
        async with AsyncExitStack() as stack:
            player: Player | LanePlayer = Player(symbol, run, clients[:-1], clients[-1:])
            if lane == "batch":
                base = demo.urls["public"]
                opened = [open_session(base, one["key"], one["secret"]) for one in demo.accounts[:ACCOUNTS_MIN]]
                player = LanePlayer(symbol, run, [await stack.enter_async_context(each) for each in opened])
            tally(player.tally)
            await player.play(tape, before)
        wanted = await trio.to_thread.run_sync(expected, tape)
        found = await _settled(clients, symbol, run, player.acknowledged, tape, wanted)
    finally:
        for client in clients:
            await client.aclose()
    return Result(found, wanted, player.tally)


async def _settled(
    clients: Sequence[Client], symbol: str, run: str, acknowledged: dict[str, int], tape: Sequence[Asked], wanted: Figures
) -> Figures:
    """What the exchange shows once all of it is booked. Something else than `wanted` is looked at again before it counts."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        try:
            found = await outcome(clients, symbol, run, acknowledged, tape)
            if found == wanted or time.monotonic() > deadline:
                return found
        except Unsettled as error:
            if time.monotonic() > deadline:
                raise FlowFailed(f"after {SETTLE_S:.0f} s: {error}") from error
        await trio.sleep(LOOK_S)


def flow(path: Path, accounts: Path, *, symbol: str, limit: int | None, expect: str | None, lane: str = "rest") -> int:
    """0 when everything came out as it must, 1 when it did not."""
    tape = read_tape(path, limit)
    counts = Counter(asked.action for asked in tape)
    say(f"{len(tape):,} messages: " + ", ".join(f"{counts[action]:,} {action.name.lower()}" for action in sorted(counts)))
    try:
        with progress.shown(len(tape)) as shown:
            result = trio.run(play, read_demo(accounts), symbol, tape, shown.before, shown.follow, lane)
    except FlowFailed as error:
        say(f"failed: {error}")
        return 1
    return 0 if published(result, tape, expect) else 1


def published(result: Result, tape: Sequence[Asked], expect: str | None) -> bool:
    """Say what came of it; whether it is what must come of it. The known hour is known by its counts."""
    hour = expect == "hour" or Counter(asked.action for asked in tape) == HOUR_ASKED
    rows = HOUR_ROWS if hour else result.wanted.rows()
    progress.table(rows, result.found.rows())
    tally = result.tally
    say(f"{tally.rate:,.0f} requests/s, {tally.seconds:.1f} s, {tally.retries} tried again")
    say("ask to answer: " + ", ".join(f"p{share * 100:g} {tally.latency_ms(share):.2f} ms" for share in (0.5, 0.99, 0.999, 1)))
    if result.found != result.wanted or result.found.rows() != rows:
        say("NOT what a price-time book comes to")
        return False
    say(f"every one of {len(result.found.trades):,} trades is what the naive book comes to")
    return True

"""Buckets, nonces and origins: bounded memories that forget the right things."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from tests.services.gateway.exchange import Exchange, play
from tradewind.ports.errors import Unavailable
from tradewind.services.gateway.access import check_origin
from tradewind.services.gateway.limits import SHARE_EVERY_S, STRANGERS, Counter, RateLimits, Standing
from tradewind.services.gateway.nonces import Nonces
from tradewind.services.gateway.options import UNLIMITED
from tradewind.services.gateway.problems import Problem

S = 10**9


class SteppedClock:
    def __init__(self) -> None:
        self.at = 1_000 * S

    def now(self) -> int:
        return self.at


class DeadBus:
    """A bus that cannot know whether a nonce is new."""

    async def once(self, key: str, ttl_s: float) -> bool:
        raise Unavailable(key)


class SharedBus:
    """Counters of everybody's, until it is `down`."""

    def __init__(self) -> None:
        self.totals: dict[str, int] = {}
        self.down = False

    async def count(self, key: str, units: int, ttl_s: float) -> int:
        await trio.lowlevel.checkpoint()
        if self.down:
            raise Unavailable(key)
        self.totals[key] = self.totals.get(key, 0) + units
        return self.totals[key]


def _limits(clock: SteppedClock, **limits: int) -> RateLimits:
    none = {"address_weight": 0, "account_weight": 0, "orders_10s": 0, "orders_1d": 0, "ban_after": 0}
    return RateLimits(clock, **none | limits)


def _answer(call: Callable[..., object], *given: object) -> tuple[int, int]:
    """(status, Retry-After)."""
    try:
        call(*given, Standing())
    except Problem as problem:
        assert problem.status in {418, 429} and problem.retry_after_s >= 1
        return problem.status, problem.retry_after_s
    return 200, 0


def test_a_window_counts_weights_and_ends() -> None:
    clock = SteppedClock()
    clock.at = 60 * S
    limits = _limits(clock, address_weight=10)
    asked = [(4, 200), (6, 200), (1, 429)]
    assert [_answer(limits.arrived, "a", weight)[0] for weight, _ in asked] == [status for _, status in asked]
    assert _answer(limits.arrived, "b", 10) == (200, 0), "somebody else's address"
    clock.at = 100 * S
    assert _answer(limits.arrived, "a", 1) == (429, 20)
    clock.at = 120 * S
    assert _answer(limits.arrived, "a", 10) == (200, 0)
    clock.at = 119 * S
    assert _answer(limits.arrived, "a", 10) == (200, 0), "a clock that steps back cannot count what it has forgotten"


def test_standing_tells_of_the_limit_that_is_nearest_to_its_end() -> None:
    clock = SteppedClock()
    limits = _limits(clock, address_weight=100, account_weight=40, orders_10s=10, orders_1d=1_000)
    standing = Standing()
    limits.arrived("a", 5, standing)
    assert (standing.limit, standing.used, standing.used_weight_1m) == (100, 5, 5)
    limits.admitted(7, 20, standing)
    assert (standing.limit, standing.used) == (40, 20)
    limits.ordered(7, 6, standing)
    assert (standing.limit, standing.used, standing.orders_10s, standing.orders_1d) == (10, 6, 6, 6)
    assert dict(standing.headers())[b"x-ratelimit-remaining"] == b"4"
    assert dict(standing.mbx_headers())[b"x-mbx-used-weight-1m"] == b"5"
    assert int(dict(standing.headers())[b"x-ratelimit-reset"]) == clock.at // S // 10 * 10 + 10
    assert _answer(limits.ordered, 7, 5)[0] == 429
    assert _answer(limits.ordered, 7, 4)[0] == 200, "what was refused has used nothing"
    assert Standing().headers() == []


def test_limit_zero_is_no_limit() -> None:
    limits = _limits(SteppedClock())
    assert not limits.any
    assert all(_answer(limits.arrived, "a", 50)[0] == 200 for _ in range(1_000))


def test_who_goes_on_after_429_is_banned_each_time_for_longer() -> None:
    clock = SteppedClock()
    limits = _limits(clock, address_weight=1, ban_after=3)
    assert [_answer(limits.arrived, "a", 1)[0] for _ in range(6)] == [200, 429, 429, 429, 418, 418]
    assert _answer(limits.arrived, "b", 1)[0] == 200
    clock.at += 119 * S
    assert _answer(limits.arrived, "a", 1) == (418, 1)
    clock.at += 1 * S
    assert [_answer(limits.arrived, "a", 1)[0] for _ in range(5)] == [200, 429, 429, 429, 418]
    assert _answer(limits.arrived, "a", 1) == (418, 240)
    clock.at += 1_000 * S
    assert [_answer(limits.arrived, "a", 1) for _ in range(5)][-1] == (418, 120), "long ago is forgotten"


@given(st.integers(1, 200), st.integers(0, 5_000))
def test_a_flood_of_strangers_takes_bounded_memory_and_frees_nobody(first: int, strangers: int) -> None:
    standing = Standing()
    counter = Counter("c", 5, 60, "RATE_LIMIT", counters_max=1_100)
    for number in range(first):
        counter.take(f"early {number}", 5, 0, standing)
    for number in range(strangers):
        with suppress(Problem):
            counter.take(f"stranger {number}", 1, 0, standing)
    assert len(counter._counts) <= 1_100 + STRANGERS
    for number in range(first):
        with pytest.raises(Problem):
            counter.take(f"early {number}", 1, 0, standing)


async def test_gateways_share_what_they_have_counted(autojump_clock: trio.testing.MockClock) -> None:
    clock, bus = SteppedClock(), SharedBus()
    gateways = [_limits(clock, account_weight=100) for _ in range(3)]

    async def share() -> None:
        await trio.sleep(2 * SHARE_EVERY_S)

    async with trio.open_nursery() as nursery:
        for limits in gateways:
            nursery.start_soon(limits.run, bus)
        passed = 0
        for _ in range(40):
            for limits in gateways:
                passed += 5 * (_answer(limits.admitted, 1, 5)[0] == 200)
            await share()
        assert 100 <= passed <= 115, "at most what each lets through before it has heard of the others"
        assert not any(limits.degraded for limits in gateways)
        bus.down = True
        clock.at += 60 * S
        passed = 0
        for _ in range(40):
            for limits in gateways:
                passed += 5 * (_answer(limits.admitted, 1, 5)[0] == 200)
            await share()
        assert passed == 300 and all(limits.degraded for limits in gateways), "each for itself, and says so"
        bus.down = False
        clock.at += 60 * S
        assert _answer(gateways[0].admitted, 1, 50)[0] == 200
        await share()
        assert not any(limits.degraded for limits in gateways)
        nursery.cancel_scope.cancel()


async def test_what_is_used_a_little_is_not_told_to_anybody() -> None:
    clock, bus = SteppedClock(), SharedBus()
    counter = Counter("c", 1_000, 60, "RATE_LIMIT")
    for number in range(100):
        counter.take(f"{number}", 1, clock.at, Standing())
    await counter.share(bus)  # type: ignore[arg-type]
    assert not bus.totals
    counter.take("5", 60, clock.at, Standing())
    await counter.share(bus)  # type: ignore[arg-type]
    assert list(bus.totals.values()) == [61]


def test_one_account_has_one_counter_and_the_answers_say_how_it_stands() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        second = await exchange.key(ann.account, 1)
        now_ns = exchange.kernel.node("gateway/0").wall.now()
        await exchange.kernel.sleep(60 * S - now_ns % (60 * S) + S)
        answers = [await trader.raw("GET", "/v1/account") for trader in (ann, second, ann, bob)]
        assert [answer.status for answer in answers] == [200, 200, 429, 200]
        assert [dict(answer.headers)["x-ratelimit-remaining"] for answer in answers] == ["5", "0", "0", "5"]
        refused = dict(answers[2].headers)
        assert 1 <= int(refused["retry-after"]) <= 60 and refused["x-ratelimit-limit"] == "10"

    play(scenario, options=replace(UNLIMITED, account_weight_1m=10))


def test_an_address_that_goes_on_after_429_is_told_418_on_every_surface() -> None:
    async def scenario(exchange: Exchange) -> None:
        now_ns = exchange.kernel.node("gateway/0").wall.now()
        await exchange.kernel.sleep(60 * S - now_ns % (60 * S) + S)
        answers = [await exchange.public.request("GET", f"/{path}/ping") for path in ("v1", "api/v3") * 4]
        assert [answer.status for answer in answers] == [200, 200, 429, 429, 429, 418, 418, 418]
        used = [dict(answer.headers).get("x-mbx-used-weight-1m") for answer in answers]
        assert used[1] == "2" and used[0] is None
        assert all(int(dict(answer.headers)["retry-after"]) >= 1 for answer in answers[2:])

    play(scenario, options=replace(UNLIMITED, address_weight_1m=2, ban_after=3))


def test_orders_are_counted_each_in_a_batch_too() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann = await exchange.trader("ann")
        item = {"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "price": "20000", "quantity": "1"}
        status, shown = await ann.ask("POST", "/v1/batchOrders", {"orders": [item] * 4})
        assert (status, shown["code"]) == (429, "ORDER_RATE_LIMIT"), shown
        assert (await ann.place("SELL", "20000", "1"))[0] == 200

    play(scenario, options=replace(UNLIMITED, orders_10s=3))


async def test_without_the_bus_our_own_memory_decides_and_refuses_when_it_is_full() -> None:
    clock = SteppedClock()
    nonces = Nonces(DeadBus(), clock, limit=3)  # type: ignore[arg-type]
    for nonce in (b"1", b"2", b"3"):
        await nonces.burn("key", nonce)
        with pytest.raises(Problem) as replayed:
            await nonces.burn("key", nonce)
        assert replayed.value.status == 409
    assert nonces.degraded
    for _ in range(3):
        with pytest.raises(Problem) as full:
            await nonces.burn("key", b"4")
        assert full.value.status == 503
    with pytest.raises(Problem) as replayed:
        await nonces.burn("key", b"1")
    assert replayed.value.status == 409
    clock.at += 121 * S
    await nonces.burn("key", b"1")


@pytest.mark.parametrize(
    ("origin", "allowed", "may"),
    [
        (None, (), True),
        (b"https://app.example", (), False),
        (b"https://app.example", ("https://app.example",), True),
        (b"https://evil.example", ("https://app.example",), False),
        (b"https://evil.example", ("*",), True),
        (b"\xff", ("https://app.example",), False),
    ],
)
def test_origins(origin: bytes | None, allowed: tuple[str, ...], may: bool) -> None:
    if may:
        check_origin(origin, allowed)
        return
    with pytest.raises(Problem):
        check_origin(origin, allowed)

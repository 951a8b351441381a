"""Buckets, nonces and origins: bounded memories that forget the right things."""

import pytest

from tradewind.ports.errors import Unavailable
from tradewind.services.gateway.access import check_origin
from tradewind.services.gateway.limits import Buckets
from tradewind.services.gateway.nonces import Nonces
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


def _taken(buckets: Buckets, who: int, now: int) -> bool:
    try:
        buckets.take(who, now)
    except Problem as problem:
        assert problem.status == 429 and problem.retry_after_s >= 1
        return False
    return True


def test_a_bucket_fills_with_time_and_not_beyond_its_burst() -> None:
    buckets = Buckets(rate=2, burst=3)
    assert [_taken(buckets, 1, 0) for _ in range(4)] == [True, True, True, False]
    assert [_taken(buckets, 1, S) for _ in range(3)] == [True, True, False]
    assert [_taken(buckets, 1, 100 * S) for _ in range(4)] == [True, True, True, False]
    assert not _taken(buckets, 1, 50 * S), "a clock that steps back fills nothing"
    assert _taken(buckets, 2, 100 * S)


def test_rate_zero_is_no_limit() -> None:
    buckets = Buckets(rate=0, burst=1)
    assert all(_taken(buckets, 1, 0) for _ in range(1_000))


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

"""What benchmarks measure is what they say: every way through the pipeline comes to the same trades."""

import pytest

from benchmarks import pipeline
from benchmarks.__main__ import BENCHMARKS, ROOT
from benchmarks.orders import Account, Orders


def test_every_benchmark_named_is_there() -> None:
    assert all((ROOT / "benchmarks" / f"{name}.py").is_file() for name in BENCHMARKS)


@pytest.mark.parametrize("names", [pipeline.BASIC, pipeline.FOLLOWED], ids=["money", "followers"])
@pytest.mark.parametrize("waiting", [1, 40])
async def test_machines_alone_and_in_their_hosts_make_the_same_trades(names: tuple[str, ...], waiting: int) -> None:
    alone = pipeline.machines(120, seed=3)
    hosted = await pipeline.hosted(names, 120, waiting, seed=3)
    assert hosted.trades == alone.trades > 60


def test_no_two_requests_are_the_same() -> None:
    orders = Orders([Account("key", b"secret")])
    requests = orders.signed(50, ("ACK", "FULL")) + orders.signed(50)
    assert len(set(requests)) == 100
    assert sum(b'"newOrderRespType":"FULL"' in request for request in requests) == 25

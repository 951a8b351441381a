"""The contract of the bus, on a real server."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import trio
import trio.testing

from tests.contracts.bus_contract import LONG_S, SHORT_S, BusContract
from tests.contracts.bus_differential import DifferentialBusContract
from tests.contracts.bus_loss_contract import LosingBusContract, RestartingBusContract, insist
from tests.contracts.redis_process import RedisProcess
from tradewind.adapters.redis import RedisBus, open_bus
from tradewind.ports.errors import Unavailable, Unknown


@pytest.fixture
def own_server(server_home: Path) -> Iterator[RedisProcess]:
    process = RedisProcess(server_home)
    process.start()
    yield process
    process.stop()


class World:
    def __init__(self, server: RedisProcess | None, bus: RedisBus, other: RedisBus) -> None:
        self.server = server
        self.bus = bus
        self.other = other

    async def lose_everything(self) -> None:
        assert self.server is not None
        self.server.flush()

    async def kill(self) -> None:
        assert self.server is not None
        self.server.kill()

    async def restart(self) -> None:
        assert self.server is not None
        self.server.start()


class TestShared(BusContract):
    @pytest.fixture
    async def world(self, redis_url: str) -> AsyncIterator[World]:
        prefix = f"{uuid4().hex}:"
        async with open_bus(redis_url, prefix=prefix) as bus, open_bus(redis_url, prefix=prefix) as other:
            yield World(None, bus, other)


class TestOwn(DifferentialBusContract, LosingBusContract, RestartingBusContract):
    @pytest.fixture
    async def world(self, own_server: RedisProcess) -> AsyncIterator[World]:
        async with open_bus(own_server.url) as bus, open_bus(own_server.url) as other:
            yield World(own_server, bus, other)


# --- what only a real server can do
async def test_a_server_that_hangs_is_unknown_after_a_while_and_then_works_again(own_server: RedisProcess) -> None:
    async with open_bus(own_server.url, timeout_s=0.2) as bus:
        await bus.publish("clearing/0", 1, b"one")
        own_server.pause()
        with pytest.raises(Unknown):
            await bus.publish("clearing/0", 2, b"two")
        with pytest.raises(Unavailable):
            await bus.last("clearing/0")
        own_server.go_on()
        await insist(lambda: bus.last("clearing/0"))
        await bus.publish("clearing/0", 2, b"two")
        assert (await bus.read("clearing/0", 1, LONG_S)) == [(2, b"two")]


async def test_a_server_that_was_never_there_is_unavailable(own_server: RedisProcess) -> None:
    own_server.kill()
    async with open_bus(own_server.url) as bus:
        for call in (bus.publish("f", 1, b"x"), bus.send("b", b"x"), bus.once("k", 1.0), bus.read("f", 0, 1.0), bus.last("f")):
            with pytest.raises(Unavailable):
                await call
        own_server.start()
        await insist(lambda: bus.last("clearing/0"))


async def test_a_reader_of_a_restarted_server_need_not_do_anything(own_server: RedisProcess) -> None:
    async with open_bus(own_server.url) as bus:
        assert await bus.read("clearing/0", 0, SHORT_S) == []
        own_server.kill()
        own_server.start()
        await trio.testing.wait_all_tasks_blocked(SHORT_S)
        await bus.publish("clearing/0", 1, b"one")  # an idle connection that has died is noticed before anything is sent
        assert await insist(lambda: bus.read("clearing/0", 0, LONG_S)) == [(1, b"one")]


async def test_a_mailbox_whose_server_lost_its_memory_and_its_clock(own_server: RedisProcess) -> None:
    """The ids of the server's clock go back; a reader who waits learns it when its wait ends."""
    async with open_bus(own_server.url) as bus:
        own_server.command("XADD", "tradewind:mailbox:inbox/user/0", "9999999999999-0", "b", "from the future")
        ((position, _),) = await bus.receive("inbox/user/0", 0, LONG_S)
        own_server.flush()
        await bus.send("inbox/user/0", b"now")
        assert [body for _, body in await bus.receive("inbox/user/0", position, 2 * SHORT_S)] == [b"now"]


async def test_reply_boxes_expire_and_inboxes_do_not(own_server: RedisProcess) -> None:
    async with open_bus(own_server.url) as bus:
        await bus.send("caller/a", b"x")
        await bus.send("inbox/user/0", b"x")
    assert 0 < own_server.command("TTL", "tradewind:mailbox:caller/a") <= 600
    assert own_server.command("TTL", "tradewind:mailbox:inbox/user/0") == -1


async def test_a_feed_is_trimmed(own_server: RedisProcess) -> None:
    async with open_bus(own_server.url, feed_entries=500) as bus:
        for seq in range(1, 2_001):
            await bus.publish("order/0", seq, b"x")
        length = own_server.command("XLEN", "tradewind:feed:order/0")
        assert 500 <= length < 1_000
        heard = await bus.read("order/0", 0, LONG_S)
        assert heard[0][0] == 2_000 - length + 1  # a gap, which the reader sees by the batch's `prev`

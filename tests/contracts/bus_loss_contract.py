"""What every Bus must do when the server behind it loses everything, or is killed and started again."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import pytest
import trio
import trio.testing

from tests.contracts.bus_contract import LONG_S, SHORT_S, BusWorld, follow
from tradewind.ports.errors import PortError, Unavailable, Unknown

T = TypeVar("T")


class LosingBusWorld(BusWorld, Protocol):
    async def lose_everything(self) -> None: ...


class RestartingBusWorld(LosingBusWorld, Protocol):
    async def kill(self) -> None: ...

    async def restart(self) -> None:
        """After kill; what it had may be lost."""
        ...


async def insist(call: Callable[[], Awaitable[T]]) -> T:
    """Do it again until it is done, as the runtime does."""
    while True:
        try:
            return await call()
        except (Unavailable, Unknown):
            await trio.sleep(SHORT_S)


class LosingBusContract:
    async def test_a_waiting_reader_outlives_the_loss_of_everything(self, world: LosingBusWorld) -> None:
        for seq in range(1, 11):
            await world.bus.publish("clearing/0", seq, b"%d" % seq)
        assert [seq for seq, _ in await follow(world.bus, "clearing/0", 0, 10)] == list(range(1, 11))
        heard: list[tuple[int, bytes]] = []

        async def reader() -> None:
            heard.extend(await follow(world.bus, "clearing/0", 10, 12))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(reader)
            await trio.testing.wait_all_tasks_blocked(SHORT_S)
            await world.lose_everything()
            assert await world.other.last("clearing/0") == 0
            for seq in range(9, 13):  # the writer says again what it can't be sure of
                await world.other.publish("clearing/0", seq, b"%d" % seq)
        assert heard == [(11, b"11"), (12, b"12")]

    async def test_a_waiting_mailbox_outlives_the_loss_of_everything(self, world: LosingBusWorld) -> None:
        await world.bus.send("inbox/user/0", b"before")
        ((position, _),) = await world.bus.receive("inbox/user/0", 0, LONG_S)
        arrived: list[tuple[int, bytes]] = []

        async def reader() -> None:
            arrived.extend(await world.bus.receive("inbox/user/0", position, LONG_S))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(reader)
            await trio.testing.wait_all_tasks_blocked(SHORT_S)
            await world.lose_everything()
            await world.other.send("inbox/user/0", b"after")
        assert [body for _, body in arrived] == [b"after"]

    async def test_once_may_be_forgotten(self, world: LosingBusWorld) -> None:
        assert await world.bus.once("nonce", 60.0)
        await world.lose_everything()
        assert await world.bus.once("nonce", 60.0)


class RestartingBusContract:
    async def test_a_dead_bus_says_so(self, world: RestartingBusWorld) -> None:
        await world.bus.publish("clearing/0", 1, b"one")
        outcomes: list[object] = []

        async def reader(wait_s: float) -> None:
            try:
                outcomes.append(await world.bus.read("clearing/0", 1, wait_s))
            except Unavailable as error:
                outcomes.append(error)

        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(reader, 10_000.0)
            await trio.testing.wait_all_tasks_blocked(SHORT_S)
            await world.kill()
        assert len(outcomes) == 5 and all(isinstance(outcome, Unavailable) for outcome in outcomes), outcomes
        for call in (world.bus.last("clearing/0"), world.bus.read("clearing/0", 0, SHORT_S), world.bus.once("x", 60.0)):
            with pytest.raises(Unavailable):
                await call
        for effect in (world.bus.publish("clearing/0", 2, b"two"), world.bus.send("inbox/user/0", b"x")):
            with pytest.raises((Unavailable, Unknown)):
                await effect

    async def test_traffic_goes_on_after_a_restart(self, world: RestartingBusWorld) -> None:
        """A writer who says everything again from what the bus admits to, and a reader who only follows."""
        last = 300
        heard: dict[int, bytes] = {}
        progress, noticed = trio.open_memory_channel[int](last)

        async def writer() -> None:
            seq = 0
            while seq < last:
                try:
                    await world.bus.publish("matching/0", seq + 1, b"%d" % (seq + 1))
                    seq += 1
                except PortError:
                    await trio.sleep(SHORT_S)

        async def reader() -> None:
            after = 0
            while after < last:
                try:
                    for seq, body in await world.other.read("matching/0", after, SHORT_S):
                        assert seq > after, (seq, after)
                        heard[seq], after = body, seq
                        progress.send_nowait(seq)
                except Unavailable:
                    await trio.sleep(SHORT_S)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(writer)
            nursery.start_soon(reader)
            for _ in range(3):
                for _ in range(20):
                    await noticed.receive()
                await world.kill()
                await world.restart()
        assert heard[last] == b"%d" % last and all(body == b"%d" % seq for seq, body in heard.items())
        await insist(lambda: world.bus.send("inbox/user/0", b"again"))
        arrived = await insist(lambda: world.other.receive("inbox/user/0", 0, LONG_S))
        assert {body for _, body in arrived} == {b"again"}

"""What every Network must do. A test class inherits these and offers a fixture `world`; it runs on HTTP and on its model."""

import random
from collections import Counter
from typing import Protocol

import pytest
import trio
import trio.testing

from tradewind.ports.errors import Unavailable, Unknown
from tradewind.ports.network import Network

LONG_S = 20.0  # a deadline that is not meant to pass
SHORT_S = 0.02  # one that is


class NetworkWorld(Protocol):
    here: Network
    there: Network
    """Both answer calls."""

    nowhere: str
    """An address where nobody listens."""


class DyingNetworkWorld(NetworkWorld, Protocol):
    async def kill_there(self) -> None:
        """From now on nobody answers at there's address; calls under way are broken off."""
        ...


async def echo(body: bytes) -> bytes:
    return b"echo " + body


class NetworkContract:
    async def test_a_call_is_answered(self, world: NetworkWorld) -> None:
        world.there.serve("/echo", echo)
        for body in (b"", b"x", bytes(range(256)), b"x" * 1_000_000):
            assert await world.here.call(world.there.address, "/echo", body, LONG_S) == b"echo " + body

    async def test_a_process_may_call_itself(self, world: NetworkWorld) -> None:
        world.here.serve("/echo", echo)
        assert await world.here.call(world.here.address, "/echo", b"x", LONG_S) == b"echo x"

    async def test_paths_are_apart_and_a_later_handler_replaces(self, world: NetworkWorld) -> None:
        async def other(body: bytes) -> bytes:
            return b"other"

        world.there.serve("/command/clearing/0", echo)
        world.there.serve("/command/clearing/1", other)
        assert await world.here.call(world.there.address, "/command/clearing/0", b"x", LONG_S) == b"echo x"
        assert await world.here.call(world.there.address, "/command/clearing/1", b"x", LONG_S) == b"other"
        world.there.serve("/command/clearing/0", other)
        assert await world.here.call(world.there.address, "/command/clearing/0", b"x", LONG_S) == b"other"

    async def test_what_is_not_served_is_unavailable(self, world: NetworkWorld) -> None:
        with pytest.raises(Unavailable):
            await world.here.call(world.there.address, "/nothing", b"x" * 100_000, LONG_S)

    async def test_nobody_listening_is_unavailable(self, world: NetworkWorld) -> None:
        with pytest.raises(Unavailable):
            await world.here.call(world.nowhere, "/echo", b"x", LONG_S)
        with pytest.raises(Unavailable):
            await world.here.call("", "/echo", b"x", LONG_S)

    async def test_a_port_error_in_the_handler_is_unavailable(self, world: NetworkWorld) -> None:
        async def busy(body: bytes) -> bytes:
            raise Unavailable("the inbox is full")

        world.there.serve("/busy", busy)
        world.there.serve("/echo", echo)
        with pytest.raises(Unavailable):
            await world.here.call(world.there.address, "/busy", b"x", LONG_S)
        assert await world.here.call(world.there.address, "/echo", b"x", LONG_S) == b"echo x"

    async def test_no_answer_by_the_deadline_is_unknown(self, world: NetworkWorld) -> None:
        heard: list[bytes] = []

        async def silent(body: bytes) -> bytes:
            heard.append(body)
            await trio.sleep_forever()
            raise AssertionError

        world.there.serve("/silent", silent)
        world.there.serve("/echo", echo)
        with pytest.raises(Unknown):
            await world.here.call(world.there.address, "/silent", b"x", 20 * SHORT_S)
        assert heard == [b"x"]
        assert await world.here.call(world.there.address, "/echo", b"x", LONG_S) == b"echo x"

    async def test_concurrent_calls_get_their_own_answers(self, world: NetworkWorld) -> None:
        async def slow_for_some(body: bytes) -> bytes:
            for _ in range(int(body) % 7):
                await trio.lowlevel.checkpoint()
            return body

        answers: dict[int, bytes] = {}

        async def caller(number: int) -> None:
            answers[number] = await world.here.call(world.there.address, "/slow", b"%d" % number, LONG_S)

        world.there.serve("/slow", slow_for_some)
        async with trio.open_nursery() as nursery:
            for number in range(200):
                nursery.start_soon(caller, number)
        assert answers == {number: b"%d" % number for number in range(200)}

    async def test_a_storm_of_cancellations_crosses_no_answers(self, world: NetworkWorld) -> None:
        draw = random.Random(1)
        outcomes: Counter[str] = Counter()
        world.there.serve("/echo", echo)

        async def act(number: int) -> None:
            answer = await world.here.call(world.there.address, "/echo", b"%d" % number, LONG_S)
            assert answer == b"echo %d" % number
            outcomes["answered"] += 1

        async def cancelled(number: int, steps: int) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(act, number)
                for _ in range(steps):
                    await trio.lowlevel.checkpoint()
                outcomes["cancelled"] += 1
                nursery.cancel_scope.cancel()

        for wave in range(20):
            async with trio.open_nursery() as nursery:
                for number in range(50):
                    nursery.start_soon(cancelled, wave * 50 + number, draw.randrange(120))
        assert outcomes["cancelled"] == 1_000 and 20 < outcomes["answered"] < 1_000, outcomes
        assert await world.here.call(world.there.address, "/echo", b"x", LONG_S) == b"echo x"


class DyingNetworkContract:
    async def test_a_call_that_breaks_off_is_unknown(self, world: DyingNetworkWorld) -> None:
        received = trio.Event()

        async def silent(body: bytes) -> bytes:
            received.set()
            await trio.sleep_forever()
            raise AssertionError

        world.there.serve("/silent", silent)
        address = world.there.address
        outcomes: list[BaseException] = []

        async def caller() -> None:
            with pytest.raises(Unknown) as failure:
                await world.here.call(address, "/silent", b"x", LONG_S)
            outcomes.append(failure.value)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(caller)
            await received.wait()
            await world.kill_there()
        assert len(outcomes) == 1
        with pytest.raises(Unavailable):
            await world.here.call(address, "/silent", b"x", LONG_S)

    async def test_a_rested_connection_whose_peer_died_is_unavailable(self, world: DyingNetworkWorld) -> None:
        world.there.serve("/echo", echo)
        address = world.there.address
        assert await world.here.call(address, "/echo", b"x", LONG_S) == b"echo x"
        await world.kill_there()
        await trio.testing.wait_all_tasks_blocked(SHORT_S)
        with pytest.raises(Unavailable):
            await world.here.call(address, "/echo", b"x", LONG_S)

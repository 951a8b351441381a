"""What every Bus must do. A test class inherits these and offers a fixture `world`; the suite runs on Redis and on its model.

What a Bus must do when the server behind it loses its memory or dies stands in bus_loss_contract.
"""

import random
from collections import Counter
from typing import Protocol

import trio
import trio.testing

from tradewind.ports.bus import Bus

LONG_S = 20.0  # a wait that ends by what it waits for
SHORT_S = 0.02  # a wait for nothing


class BusWorld(Protocol):
    bus: Bus
    other: Bus
    """The same server, seen from another process."""


async def follow(bus: Bus, feed: str, after: int, until: int) -> list[tuple[int, bytes]]:
    """Everything that a reader at `after` hears, up to seq `until`."""
    heard: list[tuple[int, bytes]] = []
    while after < until:
        batch = await bus.read(feed, after, LONG_S)
        assert batch, (feed, after, until)
        heard += batch
        after = batch[-1][0]
    return heard


class BusContract:
    # --- feeds
    async def test_publishing_is_idempotent(self, world: BusWorld) -> None:
        for _ in range(3):
            await world.bus.publish("clearing/0", 7, b"seven")
        assert await world.other.read("clearing/0", 0, LONG_S) == [(7, b"seven")]
        assert await world.bus.last("clearing/0") == 7

    async def test_a_feed_does_not_go_back(self, world: BusWorld) -> None:
        await world.bus.publish("clearing/0", 7, b"seven")
        await world.bus.publish("clearing/0", 6, b"late")
        assert await world.bus.read("clearing/0", 0, LONG_S) == [(7, b"seven")]

    async def test_an_unknown_feed_has_no_last(self, world: BusWorld) -> None:
        assert await world.bus.last("nobody/0") == 0

    async def test_reading_starts_after_a_position_and_shows_gaps(self, world: BusWorld) -> None:
        for seq in (5, 9):
            await world.bus.publish("clearing/0", seq, b"%d" % seq)
        for after, heard in ((0, [5, 9]), (4, [5, 9]), (5, [9]), (8, [9]), (9, []), (100, [])):
            found = await world.bus.read("clearing/0", after, LONG_S if heard else SHORT_S)
            assert found == [(seq, b"%d" % seq) for seq in heard], after

    async def test_a_waiting_reader_is_woken(self, world: BusWorld) -> None:
        heard: list[tuple[int, bytes]] = []

        async def reader() -> None:
            heard.extend(await world.bus.read("clearing/0", 0, LONG_S))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(reader)
            await trio.testing.wait_all_tasks_blocked(SHORT_S)
            await world.other.publish("clearing/0", 3, b"three")
        assert heard == [(3, b"three")]

    async def test_a_new_reader_is_heard_while_others_wait(self, world: BusWorld) -> None:
        heard: dict[str, list[tuple[int, bytes]]] = {}

        async def reader(feed: str) -> None:
            heard[feed] = await world.bus.read(feed, 0, LONG_S)

        feeds = [f"feed/{number}" for number in range(20)]
        async with trio.open_nursery() as nursery:
            for feed in feeds:
                nursery.start_soon(reader, feed)
                await trio.testing.wait_all_tasks_blocked(SHORT_S / 10)
            for feed in reversed(feeds):
                await world.other.publish(feed, 1, feed.encode())
        assert heard == {feed: [(1, feed.encode())] for feed in feeds}

    async def test_readers_at_many_positions_hear_the_same(self, world: BusWorld) -> None:
        last = 400
        heard: dict[int, list[int]] = {}

        async def reader(bus: Bus, after: int) -> None:
            heard[after] = [seq for seq, _ in await follow(bus, "matching/0", after, last)]

        async with trio.open_nursery() as nursery:
            for seq in range(1, last + 1):
                await world.bus.publish("matching/0", seq, b"x" * 50)
                if seq % 20 == 0:
                    nursery.start_soon(reader, world.bus if seq % 40 else world.other, (seq * 7) % seq)
                    nursery.start_soon(reader, world.bus, seq - 20 + seq // 20)
        assert len(heard) > 10
        for after, seqs in heard.items():
            assert seqs == list(range(after + 1, last + 1)), after

    async def test_a_long_backlog_arrives_whole(self, world: BusWorld) -> None:
        for seq in range(1, 1_501):
            await world.bus.publish("order/0", seq, b"%d" % seq)
        assert await follow(world.other, "order/0", 0, 1_500) == [(seq, b"%d" % seq) for seq in range(1, 1_501)]

    async def test_a_feed_may_change_its_writer(self, world: BusWorld) -> None:
        """The new writer repeats what it can't be sure of; the old one, late, what it had committed at last."""
        heard: dict[str, list[int]] = {}

        async def reader(name: str, bus: Bus) -> None:
            heard[name] = [seq for seq, _ in await follow(bus, "matching/0", 0, 100)]

        async with trio.open_nursery() as nursery:
            nursery.start_soon(reader, "beside the old", world.bus)
            nursery.start_soon(reader, "beside the new", world.other)
            for first, end in ((1, 41), (41, 71), (71, 101)):
                writer = world.other if first == 41 else world.bus
                assert await writer.last("matching/0") == first - 1
                for seq in range(max(1, first - 5), end):
                    await writer.publish("matching/0", seq, b"%d" % seq)
                    if seq == 60:
                        await world.bus.publish("matching/0", 41, b"41")
        for name, seqs in heard.items():
            assert seqs == list(range(1, 101)), name

    async def test_feeds_and_mailboxes_of_one_name_are_apart(self, world: BusWorld) -> None:
        await world.bus.send("clearing/0", b"command")
        await world.bus.publish("clearing/0", 1, b"event")
        assert await world.bus.read("clearing/0", 0, LONG_S) == [(1, b"event")]
        assert [body for _, body in await world.bus.receive("clearing/0", 0, LONG_S)] == [b"command"]

    # --- mailboxes
    async def test_a_mailbox_keeps_order_and_positions_grow(self, world: BusWorld) -> None:
        for number in range(50):
            await world.bus.send("inbox/clearing/0", b"%d" % number)
        arrived = await world.other.receive("inbox/clearing/0", 0, LONG_S)
        assert [body for _, body in arrived] == [b"%d" % number for number in range(50)]
        positions = [position for position, _ in arrived]
        assert positions == sorted(set(positions)) and positions[0] > 0
        assert await world.other.receive("inbox/clearing/0", positions[30], LONG_S) == arrived[31:]
        assert await world.other.receive("inbox/clearing/0", positions[-1], SHORT_S) == []

    async def test_from_now_on_leaves_out_what_was(self, world: BusWorld) -> None:
        await world.bus.send("caller/a", b"old")
        arrived: list[tuple[int, bytes]] = []

        async def reader() -> None:
            arrived.extend(await world.bus.receive("caller/a", -1, LONG_S))

        assert await world.bus.receive("caller/a", -1, SHORT_S) == []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(reader)
            await trio.testing.wait_all_tasks_blocked(SHORT_S)
            await world.other.send("caller/a", b"new")
        assert [body for _, body in arrived] == [b"new"]

    async def test_a_position_above_the_last_starts_again(self, world: BusWorld) -> None:
        await world.bus.send("inbox/user/0", b"here")
        ((position, _),) = await world.bus.receive("inbox/user/0", 0, LONG_S)
        assert await world.bus.receive("inbox/user/0", position + 10**12, LONG_S) == [(position, b"here")]
        assert await world.other.receive("inbox/user/0", position + 10**12, LONG_S) == [(position, b"here")]

    # --- once
    async def test_once_is_once(self, world: BusWorld) -> None:
        answers: list[bool] = []

        async def caller(bus: Bus) -> None:
            answers.append(await bus.once("nonce/1", 60.0))

        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(caller, world.bus if number % 2 else world.other)
        assert sorted(answers) == [False] * 19 + [True]
        assert await world.bus.once("nonce/2", 60.0)

    # --- count
    async def test_counters_are_everybodys_and_lose_no_addition(self, world: BusWorld) -> None:
        totals: list[int] = []

        async def caller(bus: Bus, units: int) -> None:
            totals.append(await bus.count("limit/1", units, 60.0))

        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(caller, world.bus if number % 2 else world.other, number)
        assert max(totals) == sum(range(20)) and len(set(totals)) >= 19
        assert await world.bus.count("limit/2", 5, 60.0) == 5
        assert await world.other.count("limit/2", 0, 60.0) == 5

    # --- cancellation
    async def test_a_storm_of_cancellations_crosses_no_replies(self, world: BusWorld) -> None:
        draw = random.Random(1)
        feeds = [f"storm/{number}" for number in range(5)]
        for feed in feeds:
            await world.bus.publish(feed, 1, feed.encode())
        done: Counter[str] = Counter()

        async def act(number: int) -> None:
            feed = feeds[number % 5]
            match number % 4:
                case 0:
                    found = await world.bus.read(feed, draw.randrange(2), SHORT_S)
                    assert all(body == feed.encode() for _, body in found), (feed, found)
                case 1:
                    await world.bus.send(f"box/{feed}", feed.encode())
                case 2:
                    assert await world.bus.last(feed) == 1
                case _:
                    assert await world.bus.once(f"storm/{number}", 60.0)
            done[("read", "send", "last", "once")[number % 4]] += 1

        async def cancelled(number: int, steps: int) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(act, number)
                for _ in range(steps):
                    await trio.lowlevel.checkpoint()
                nursery.cancel_scope.cancel()

        living = trio.lowlevel.current_statistics().tasks_living
        for wave in range(20):
            async with trio.open_nursery() as nursery:
                for number in range(50):
                    nursery.start_soon(cancelled, wave * 50 + number, draw.randrange(200))
        assert trio.lowlevel.current_statistics().tasks_living == living
        assert len(done) == 4 and 50 < done.total() < 1_000, done
        for feed in feeds:
            bodies = [body for _, body in await world.bus.receive(f"box/{feed}", 0, LONG_S)]
            assert bodies and set(bodies) == {feed.encode()}
        await self.test_publishing_is_idempotent(world)

    # --- against a model
    async def test_it_agrees_with_a_naive_bus(self, world: BusWorld) -> None:
        seen: Counter[str] = Counter()
        for seed in range(5):
            await _differ(world, seed, seen)
        rare = {
            "fresh",
            "repeat",
            "back",
            "gap",
            "read some",
            "read none",
            "box some",
            "box none",
            "first",
            "again",
            "last 0",
            "last",
        }
        assert set(seen) == rare, rare ^ set(seen)


MARKS = {"fresh", "repeat", "back", "gap", "read some", "read none", "box some", "box none", "first", "again", "last 0", "last"}


async def _differ(world: BusWorld, seed: int, seen: Counter[str]) -> None:
    """A random sequence of calls; the naive bus is two dictionaries of lists and a set."""
    draw = random.Random(seed)
    feeds: dict[str, list[tuple[int, bytes]]] = {f"d{seed}/{number}": [] for number in range(3)}
    boxes: dict[str, list[bytes]] = {f"b{seed}/{number}": [] for number in range(2)}
    read_to: dict[str, list[int]] = {name: [0] for name in boxes}
    keys: set[str] = set()

    def writer_of(feed: str) -> Bus:  # a feed has one; with two that know nothing of each other readers may see gaps
        return world.bus if feed.endswith("0") else world.other

    for step in range(150):
        bus = draw.choice((world.bus, world.other))
        feed, box = draw.choice(list(feeds)), draw.choice(list(boxes))
        last = feeds[feed][-1][0] if feeds[feed] else 0
        body = b"%d" % step
        match draw.randrange(6):
            case 0:
                seq = max(1, last + draw.choice((-3, 0, 1, 1, 1, 4)))
                await writer_of(feed).publish(feed, seq, body)
                seen["fresh" if seq == last + 1 else "gap" if seq > last else "repeat" if seq == last else "back"] += 1
                if seq > last:
                    feeds[feed].append((seq, body))
            case 1:
                after = draw.randrange(last + 3)
                expected = [entry for entry in feeds[feed] if entry[0] > after]
                heard = await bus.read(feed, after, LONG_S if expected else SHORT_S)
                assert heard == expected[: len(heard)] and bool(heard) == bool(expected), (seed, step)
                seen["read some" if expected else "read none"] += 1
            case 2:
                await bus.send(box, body)
                boxes[box].append(body)
            case 3:
                index = draw.randrange(len(read_to[box]))
                rest = boxes[box][index:]
                found = await bus.receive(box, read_to[box][index], LONG_S if rest else SHORT_S)
                assert [entry for _, entry in found] == rest[: len(found)] and bool(found) == bool(rest), (seed, step)
                read_to[box] = read_to[box][: index + 1] + [position for position, _ in found]
                seen["box some" if rest else "box none"] += 1
            case 4:
                key = f"k{seed}/{draw.randrange(20)}"
                assert await bus.once(key, 600.0) == (key not in keys)
                seen["again" if key in keys else "first"] += 1
                keys.add(key)
            case _:
                assert await bus.last(feed) == last
                seen["last" if last else "last 0"] += 1

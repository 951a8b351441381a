"""A long random conversation with a Bus, compared call by call with a model of a few lines.

Mailbox positions are the bus's own; the model knows entries by their place and learns positions as they are told.
"""

import random
from bisect import bisect_right
from collections import Counter
from typing import Any

from tests.contracts.bus_loss_contract import LosingBusWorld

FEEDS = ("clearing/0", "matching/1", "order/0")
MAILBOXES = ("inbox/clearing/0", "caller/one")
ELSEWHERE = "matching/"  # a feed has one writer: readers beside it may pass over what another one says (Batch.prev tells)
KEYS = tuple(f"nonce {number}" for number in range(40))
LONG_S, NOT_LONG_S = 600.0, 0.01
LAST_BYTE = (b"", b"\x00", b"\xff\x01", b"x" * 5_000)


class Conversation:
    """Draws one call after the other, on one of two connections, and counts what has been seen."""

    def __init__(self, world: LosingBusWorld, seed: int) -> None:
        self.world, self.draw = world, random.Random(seed)
        self.feeds: dict[str, list[tuple[int, bytes]]] = {}
        self.sent: dict[str, list[bytes]] = {}
        self.positions: dict[str, list[int]] = {}  # by mailbox, of the first of `sent`
        self.keys: dict[str, None] = {}
        self.generation = 0
        self.begin(0)
        self.seen: Counter[str] = Counter()

    @property
    def bus(self) -> Any:
        return self.world.bus if self.draw.random() < 0.6 else self.world.other

    async def step(self) -> None:
        calls = (*[self.publish] * 5, *[self.read] * 5, *[self.send] * 3, *[self.receive] * 4, self.last, *[self.once] * 2)
        await self.draw.choice(calls)()
        if self.draw.random() < 0.008:
            await self.forget()

    def body(self) -> bytes:
        return b"%d" % self.draw.randrange(1_000) + self.draw.choice(LAST_BYTE)

    async def publish(self) -> None:
        feed = self.draw.choice([*self.feeds])
        known = self.feeds[feed]
        last = known[-1][0] if known else 0
        seq, body = max(1, last + self.draw.choice((1, 1, 1, 1, 2, 50, 0, -1, -3))), self.body()
        await (self.world.other if feed.startswith(ELSEWHERE) else self.world.bus).publish(feed, seq, body)
        if seq > last:
            known.append((seq, body))
        self.seen["publish " + ("next" if seq == last + 1 else "gap" if seq > last else "repeat")] += 1

    async def read(self) -> None:
        feed = self.draw.choice([*self.feeds])
        known = self.feeds[feed]
        last = known[-1][0] if known else 0
        after = self.draw.choice((0, max(0, last - 1), max(0, last - self.draw.randrange(1, 40)), last, last + 7))
        expected = known[bisect_right(known, after, key=lambda entry: entry[0]) :]
        got = await self.bus.read(feed, after, LONG_S if expected else NOT_LONG_S)
        assert got and got == expected[: len(got)] if expected else got == [], (feed, after, got, expected)
        self.seen["read nothing" if not got else "read one" if len(got) == 1 else "read many"] += 1

    async def send(self) -> None:
        mailbox, body = self.draw.choice([*self.sent]), self.body()
        await self.bus.send(mailbox, body)
        self.sent[mailbox].append(body)
        self.seen["send"] += 1

    async def receive(self) -> None:
        mailbox = self.draw.choice([*self.sent])
        sent, known = self.sent[mailbox], self.positions[mailbox]
        place = self.draw.choice((-1, 0, len(known), self.draw.randrange(len(known) + 1)))
        after = place if place <= 0 else known[place - 1]
        expected = [] if place < 0 else sent[place:]
        got = await self.bus.receive(mailbox, after, LONG_S if expected else NOT_LONG_S)
        assert [body for _, body in got] == expected[: len(got)] and bool(got) == bool(expected), (
            mailbox,
            place,
            [body[:6] for _, body in got],
            [body[:6] for body in expected],
        )
        told = [position for position, _ in got]
        assert told == sorted(set(told)) and all(position > after for position in told), (mailbox, after, told)
        assert told[: max(0, len(known) - place)] == known[place : place + len(told)] if place >= 0 else True
        if place >= 0 and place + len(told) > len(known):
            self.positions[mailbox] = known[:place] + told
        self.seen["receive " + ("from now on" if place < 0 else "nothing" if not got else "something")] += 1

    async def last(self) -> None:
        feed = self.draw.choice([*self.feeds])
        known = self.feeds[feed]
        got = await self.bus.last(feed)
        assert got == (known[-1][0] if known else 0), (feed, got, known[-1:])
        self.seen["last known" if got else "last of nothing"] += 1

    async def once(self) -> None:
        key = self.draw.choice(KEYS)
        got = await self.bus.once(key, LONG_S)
        assert got is (key not in self.keys), (key, got)
        self.keys[key] = None
        self.seen["once first" if got else "once again"] += 1

    async def forget(self) -> None:
        """FLUSHALL. A reader may still tell what it has heard before, so the conversation goes on about other streams."""
        await self.world.lose_everything()
        for feed in self.feeds:
            assert await self.bus.last(feed) == 0, feed
        for mailbox, known in self.positions.items():
            await self.bus.send(mailbox, b"anew")  # whoever is beyond what there is begins again at what there is
            beyond = known[-1] + (1 << 40) if known else 1 << 62
            heard = [body for _, body in await self.bus.receive(mailbox, beyond, LONG_S)]
            assert heard[-1:] == [b"anew"], (mailbox, beyond, heard)
        self.begin(self.generation + 1)
        self.seen["forget"] += 1

    def begin(self, generation: int) -> None:
        self.generation = generation
        self.feeds = {f"{feed}.{generation}": [] for feed in FEEDS}
        self.sent = {f"{mailbox}.{generation}": [] for mailbox in MAILBOXES}
        self.positions = {mailbox: [] for mailbox in self.sent}
        self.keys = {}


EVERYTHING = (
    *("publish next", "publish gap", "publish repeat", "read nothing", "read one", "read many", "send"),
    *("receive from now on", "receive nothing", "receive something", "last known", "last of nothing"),
    *("once first", "once again", "forget"),
)


async def converse(world: LosingBusWorld, seed: int, steps: int) -> Counter[str]:
    """How often each kind of outcome was seen; raises AssertionError at the first difference."""
    conversation = Conversation(world, seed)
    for _ in range(steps):
        await conversation.step()
    return conversation.seen


class DifferentialBusContract:
    """`world` as in LosingBusContract. Every kind of outcome at least once, else the test is no test."""

    STEPS = 900
    SEED = 1

    async def test_random_calls_agree_with_a_naive_model(self, world: LosingBusWorld) -> None:
        seen = await converse(world, self.SEED, self.STEPS)
        missed = [what for what in EVERYTHING if not seen[what]]
        assert missed == [], missed

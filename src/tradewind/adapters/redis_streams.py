"""The reader: one XREAD over every stream that anybody in this process follows.

Each stream has a bounded buffer that all its readers share, each at its own position. A reader who is behind the buffer
asks the server for itself (XRANGE) until it has caught up.

A feed whose writer lives in this process is at home: what it publishes goes straight into the buffer, before the server has
it (it is committed, so it is true in any case), and XREAD leaves the stream out. When its writer falls silent or somebody
else writes, it is read from the server again.
"""

from collections.abc import Callable
from functools import partial

import trio

from tradewind.adapters.redis_channel import READ_ENTRIES_MAX, Channel, Entries
from tradewind.adapters.redis_commands import Commands
from tradewind.adapters.redis_link import BACKOFF_FIRST_S, BACKOFF_MAX_S, Broken, Link, Reply, bulk, pack
from tradewind.ports.errors import Unavailable
from tradewind.runtime.wake import Wake

IDLE_S = 3600.0
BLOCK_MS = 250
HOME_S = 0.5
CHANNELS_MAX = 1_024
CHANNEL_IDLE_S = 30.0
WAKE_TRIES_MAX = 50


class Streams:
    """`read` from any task while `run` runs."""

    def __init__(self, link: Link, commands: Commands) -> None:
        self._link = link
        self._commands = commands
        self._channels: dict[bytes, Channel] = {}
        self._wake = Wake()
        self._version = 0  # grows with each channel that is added
        self._asked = 0  # the version that the XREAD under way knows
        self._listed: list[Channel] = []
        self._head = b""
        self._nothing = Channel(b"tradewind:nothing", numbered=True)
        self._leave_home_at = 0.0
        self._down = "not started"
        self._losses = 0
        self.tried = trio.Event()  # the first attempt to connect has ended

    def channel(self, key: bytes, numbered: bool) -> Channel:
        found = self._channels.get(key)
        if found is None:
            if len(self._channels) >= CHANNELS_MAX:
                self._forget_idle(1.0)
            if len(self._channels) >= CHANNELS_MAX:
                raise Unavailable(f"redis: {CHANNELS_MAX} streams are being read already")
            found = self._channels[key] = Channel(key, numbered)
        return found

    async def last(self, channel: Channel) -> int:
        """The position of the last id that the server gave out; 0 when it knows no such stream."""
        return _last(channel, await self._commands.call(pack(b"XINFO", b"STREAM", channel.key)))

    async def last_of_feed(self, key: bytes) -> int:
        """For a writer that wants to know where it stands; with that it also learns of others."""
        last = await self.last(Channel(key, numbered=True))
        followed = self._channels.get(key)
        if followed is not None and followed.said != last:
            self._send_away(followed)
        return last

    async def fetch(self, channel: Channel, after: int) -> tuple[int, Entries]:
        """Last position and entries after `after`, from the server. What is said from now on reaches the channel."""
        last = await self.last(channel)
        if channel is not self._channels.get(channel.key):
            raise Unavailable("redis: the stream was put away for want of room")
        if not channel.known:
            self._version += 1
            channel.begin(last, self._version)
            self._wake.set()
        floor = channel.floor
        start = b"(" + channel.id_of(after)
        rows = await self._commands.call(pack(b"XRANGE", channel.key, start, b"+", b"COUNT", b"%d" % READ_ENTRIES_MAX))
        if isinstance(rows, Exception):
            raise Unavailable(f"redis: {rows}")
        if not rows and channel.floor == floor:
            channel.floor = min(floor, after)  # nothing lies between, so the next call need not ask
        return last, channel.parse(rows)

    async def read(self, channel: Channel, after: int, deadline: float) -> Entries:
        """Entries after `after`, oldest first; empty at `deadline` (trio's clock)."""
        channel.used_at = trio.current_time()
        if channel.covers(after):
            await trio.lowlevel.checkpoint_if_cancelled()
            return channel.after(after) or await self._wait(channel, after, deadline)
        last, found = await self.fetch(channel, after)
        if not channel.numbered and after > last:
            return await self.restart(channel, deadline)
        return found or await self._wait(channel, after, deadline)

    async def restart(self, channel: Channel, deadline: float) -> Entries:
        """The server has lost its memory: read again whatever it has."""
        channel.known = False
        _, found = await self.fetch(channel, 0)
        return found or await self._wait(channel, 0, deadline)

    async def _wait(self, channel: Channel, after: int, deadline: float) -> Entries:
        losses = self._losses
        with trio.move_on_at(deadline):
            if channel.version > self._asked:
                await self._make_it_ask(channel.version)
            while True:
                if self._down or losses != self._losses:
                    await trio.lowlevel.checkpoint()
                    raise Unavailable(f"redis: {self._down or 'connection lost'}")
                found = channel.after(after)
                if found:
                    return found
                await channel.waiting.park()
        return []

    async def _make_it_ask(self, version: int) -> None:
        """Make the reader ask again with all channels. An UNBLOCK may overtake the XREAD on its way, hence the loop."""
        for _ in range(WAKE_TRIES_MAX):
            if self._asked >= version:
                return
            await self._commands.call(self._unblock())

    def listener(self, key: bytes, seq: int, body: bytes) -> Callable[[Reply], None] | None:
        """To be told how the server took entry `seq` of a feed; None when nobody here reads it. At home it is read already."""
        channel = self._channels.get(key)
        if channel is None:
            return None
        if channel.known and channel.cursor == channel.said and channel.home_until > trio.current_time():
            channel.take([(seq, body)])
            channel.said = channel.cursor
        return partial(self._said, channel, seq, body)

    def _said(self, channel: Channel, seq: int, body: bytes, reply: Reply) -> None:
        if isinstance(reply, Exception):  # somebody else has written it, or we did and never learned it
            self._send_away(channel)
            return
        if channel.known and channel.cursor in (channel.said, seq):  # else the server has more to say before this
            channel.take([(seq, body)])
            if not channel.home_until:
                self._version += 1
            channel.home_until = trio.current_time() + HOME_S
        channel.said = seq

    def _send_away(self, channel: Channel) -> None:
        """Others may write this feed: from now on only the server says what stands in it."""
        channel.said = -1
        if channel.home_until:
            channel.home_until = 0.0
            self._version += 1
            self._commands.post(self._unblock())

    def _unblock(self) -> bytes:
        return pack(b"CLIENT", b"UNBLOCK", b"%d" % self._link.client_id)

    async def run(self) -> None:
        """Read until cancelled."""
        backoff_s = BACKOFF_FIRST_S
        try:
            while True:
                try:
                    await self._link.open()
                    self._down, backoff_s = "", BACKOFF_FIRST_S
                    self.tried.set()
                    while True:
                        await self._turn()
                except Broken as broken:
                    self._drop(str(broken))
                self.tried.set()
                await trio.sleep(backoff_s)
                backoff_s = min(2 * backoff_s, BACKOFF_MAX_S)
        finally:
            self._drop("stopped")
            self._link.close()

    async def _turn(self) -> None:
        now = trio.current_time()
        if now > self._leave_home_at:
            self._leave_home(now)
        if self._asked != self._version:
            self._list()
        listed = self._listed
        if not listed:
            await self._wake.wait(IDLE_S)
            return
        packed = self._head + b"".join([channel.packed_cursor for channel in listed])
        (reply,) = await self._link.exchange(packed, 1, BLOCK_MS / 1_000 + self._link.timeout_s)
        if isinstance(reply, Exception):
            raise Broken(f"XREAD refused: {reply}", sent=True)
        for key, rows in reply or ():
            channel = self._channels.get(key)
            if channel is not None and not channel.stale:
                channel.take(channel.parse(rows))
        if not reply:
            self._forget_idle(CHANNEL_IDLE_S)

    def _leave_home(self, now: float) -> None:
        """Read from the server again what its writer here has not written to for a while."""
        self._leave_home_at = now + HOME_S / 2
        for channel in self._channels.values():
            if 0 < channel.home_until < now:
                channel.home_until = 0.0
                self._version += 1

    def _list(self) -> None:
        """What the next XREAD asks for; all of it but the cursors stays the same until another stream is added."""
        self._asked = self._version
        known = [channel for channel in self._channels.values() if channel.known]
        for channel in known:
            channel.stale = False
        self._listed = [channel for channel in known if not channel.home_until]
        if known and not self._listed:
            self._listed = [self._nothing]  # so that the loss of the connection is noticed
        words = (b"COUNT", b"%d" % READ_ENTRIES_MAX, b"BLOCK", b"%d" % BLOCK_MS, b"STREAMS")
        keys = [channel.key for channel in self._listed]
        self._head = b"*%d\r\n" % (1 + len(words) + 2 * len(keys)) + b"".join(map(bulk, (b"XREAD", *words, *keys)))

    def _forget_idle(self, idle_s: float) -> None:
        now = trio.current_time()
        for channel in list(self._channels.values()):
            if not channel.waiting and channel.used_at + idle_s <= now:
                del self._channels[channel.key]
                channel.known = False
                self._version += 1

    def _drop(self, why: str) -> None:
        self._down = why or "connection lost"
        self._losses += 1
        for channel in self._channels.values():
            channel.waiting.unpark_all()


def _last(channel: Channel, reply: Reply) -> int:
    if isinstance(reply, Exception):
        if "no such key" in str(reply):
            return 0
        raise Unavailable(f"redis: {reply}")
    return channel.position_of(reply[reply.index(b"last-generated-id") + 1])

"""The four faults of Hypercorn's trio worker, each shown on the stock server and survived by ours."""

import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
import trio
import trio.testing

from tests.adapters import web_peers as peers
from tests.adapters.web_peers import GET, LAST, PATIENCE_S, POST, QUICK, Site, frame, ours, reset, site, stock, until, upgrade
from tradewind.adapters.web_server import ServerLimits, serve

# How long we look at something that we expect never to happen.
LOOK_S = 1.0


# 1. one peer's nonsense ----------------------------------------------------------------------------------------------------


async def trailing_bytes(running: Site) -> None:
    """An upgrade with bytes behind it, which upstream answers twice."""
    async with await running.connect() as stream:
        await stream.send_all(upgrade("/echo") + GET)
        await peers.drained(stream)


async def test_one_upgrade_with_trailing_bytes_ends_the_stock_server() -> None:
    async with site(stock) as running:
        await trailing_bytes(running)
        with trio.fail_after(PATIENCE_S):
            await running.ended.wait()
        assert running.died
        assert not await running.answers()


async def test_one_upgrade_with_trailing_bytes_ends_only_its_connection() -> None:
    async with site(ours) as running:
        async with await running.connect() as bystander:
            await trailing_bytes(running)
            await bystander.send_all(GET)
            assert b'{"a":1}' in await until(bystander, b'{"a":1}')
        assert not running.died
    assert not running.died


# 2. a peer that stops reading ----------------------------------------------------------------------------------------------


async def stalled_reader(running: Site) -> trio.SocketStream:
    stream = await running.connect()
    await stream.send_all(upgrade("/flood"))
    await until(stream, b"\r\n\r\n")
    return stream


async def test_a_stalled_reader_hangs_the_stock_shutdown() -> None:
    async with site(stock) as running:
        stream = await stalled_reader(running)
        running.shutdown.set()
        with trio.move_on_after(LOOK_S + 0.5):  # its grace is 0.5 s
            await running.ended.wait()
        assert not running.ended.is_set()
        await stream.aclose()  # only the peer can free it


async def test_a_stalled_reader_is_evicted() -> None:
    async with site(ours) as running, await stalled_reader(running):
        with trio.fail_after(PATIENCE_S):
            await running.said.ended.wait()
        assert await running.answers()


async def test_a_stalled_reader_does_not_hold_the_shutdown() -> None:
    async with site(ours) as running, await stalled_reader(running):
        running.shutdown.set()
        with trio.fail_after(QUICK.shutdown_s):
            await running.ended.wait()
        assert running.said.how == "stopped"
        assert not running.died


async def test_a_handler_that_never_ends_does_not_hold_the_shutdown() -> None:
    async with site(ours) as running, await running.connect() as stream:
        await stream.send_all(GET.replace(b"/ ", b"/never ", 1))
        running.shutdown.set()
        with trio.fail_after(QUICK.shutdown_s):
            await running.ended.wait()
        assert not running.died


# 3. connections that ought to be closed ------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", LAST.values(), ids=LAST.keys())
async def test_the_stock_server_leaves_a_finished_connection_open(asked: bytes) -> None:
    async with site(stock) as running, await running.connect() as stream:
        await stream.send_all(asked)
        await until(stream, b'{"a":1}')
        with trio.move_on_after(LOOK_S) as look:
            await stream.receive_some()
        assert look.cancelled_caught


@pytest.mark.parametrize("asked", LAST.values(), ids=LAST.keys())
async def test_a_finished_connection_is_closed(asked: bytes) -> None:
    async with site(ours) as running, await running.connect() as stream:
        await stream.send_all(asked)
        assert (await until(stream, b"no such mark")).endswith(b'{"a":1}\n')  # so the end came


# 4. pushing to a peer that has gone ----------------------------------------------------------------------------------------


async def served_after_departure(which: str, path: str) -> bool:
    """A process serves a peer that leaves while it is pushed to; does it serve the next one?"""
    command = [sys.executable, str(Path(peers.__file__)), which]
    process = await trio.lowlevel.open_process(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        with trio.fail_after(PATIENCE_S):
            running = Site()
            running.port = int(await process.stdout.receive_some(64))
            stream = await running.connect()
            await stream.send_all(upgrade(path))
            await until(stream, b"x")
            reset(stream)
        with trio.move_on_after(LOOK_S * 3 if which == "stock" else PATIENCE_S):
            return await running.answers()
        return False
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("which", ["stock", "ours"])
async def test_pushing_to_a_departed_peer(which: str) -> None:
    assert await served_after_departure(which, "/push") == (which == "ours")


async def test_send_notices_that_the_peer_has_gone() -> None:
    async with site(ours) as running:
        stream = await running.connect()
        await stream.send_all(upgrade("/deaf"))
        await until(stream, b"x")
        await stream.aclose()
        with trio.fail_after(PATIENCE_S):
            await running.said.ended.wait()
        assert running.said.how == "PeerGone"


@pytest.mark.parametrize("goodbye", [frame(8, b"\x03\xe8"), b""], ids=["close frame", "no word"])
async def test_receive_notices_that_the_peer_has_gone(goodbye: bytes) -> None:
    async with site(ours) as running:
        stream = await running.connect()
        await stream.send_all(upgrade("/listen"))
        await until(stream, b"\r\n\r\n")
        await stream.send_all(frame(1, b"hello") + frame(2, b""))
        await until(stream, b"''")
        await stream.send_all(goodbye)
        await stream.aclose()
        with trio.fail_after(PATIENCE_S):
            await running.said.ended.wait()
        assert running.said.how in {"PeerGone", "cancelled"}  # Quart 0.23, Quart 0.22


# deadlines -----------------------------------------------------------------------------------------------------------------

SLOW = {
    "says nothing": [b""],
    "half a head": [b"GET / HT"],
    "a head letter by letter": [bytes([letter]) for letter in b"GET / HTTP/1.1\r\nHost: " + b"x" * 10_000],
    "half a body": [b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"],
    "a body letter by letter": [b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n", *[b"x"] * 10_000],
    "idle after an answer": [GET],
    "silent websocket": [upgrade("/echo")],
}


@pytest.mark.parametrize("pieces", SLOW.values(), ids=SLOW.keys())
async def test_a_slow_peer_is_dropped(pieces: list[bytes]) -> None:
    async with site(ours) as running, await running.connect() as stream:

        async def trickle() -> None:
            for piece in pieces:
                await stream.send_all(piece)
                await trio.sleep(QUICK.head_s / 10)  # the peer's slowness itself, not a wait for anything

        async with trio.open_nursery() as nursery:
            nursery.start_soon(_until_broken, trickle)
            await peers.drained(stream)
            nursery.cancel_scope.cancel()


async def _until_broken(say: Callable[[], Awaitable[None]]) -> None:
    with suppress(trio.BrokenResourceError):
        await say()


async def test_a_websocket_that_answers_pings_is_kept() -> None:
    async with site(ours) as running, await running.connect() as stream:
        await stream.send_all(upgrade("/echo"))
        await until(stream, b"\r\n\r\n")
        for _ in range(4):  # more than silence_s
            assert await stream.receive_some() == b"\x89\x00"
            await stream.send_all(frame(10, b""))
        await stream.send_all(frame(1, b"still here"))
        assert b"still here" in await until(stream, b"still here")


# what is spoken ------------------------------------------------------------------------------------------------------------


async def test_http2_is_not_spoken() -> None:
    async with site(ours) as running:
        async with await running.connect() as stream:
            await stream.send_all(
                b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
            )
            assert (await until(stream, b'{"a":1}')).startswith(b"HTTP/1.1 200")
        async with await running.connect() as stream:
            await stream.send_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            assert (await until(stream, b"\r\n\r\n")).startswith(b"HTTP/1.1 505")


@pytest.mark.parametrize("target", [b"*", b"?a=1", b"x:1", b"http://[x/"])
async def test_only_a_path_is_a_target(target: bytes) -> None:
    async with site(ours) as running, await running.connect() as stream:
        await stream.send_all(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await until(stream, b"no such mark")).startswith(b"HTTP/1.1 400")


async def test_compression_is_not_negotiated() -> None:
    async with site(ours) as running, await running.connect() as stream:
        await stream.send_all(upgrade("/echo", b"Sec-WebSocket-Extensions: permessage-deflate"))
        assert b"extensions" not in (await until(stream, b"\r\n\r\n")).lower()


async def test_a_connection_above_the_limit_is_refused_and_the_others_stay() -> None:
    async with site(ours) as running:
        kept = [await running.connect() for _ in range(QUICK.connections_max)]
        async with await running.connect() as surplus:
            assert (await until(surplus, b"\r\n\r\n")).startswith(b"HTTP/1.1 503")
        await kept[-1].send_all(GET)
        assert b'{"a":1}' in await until(kept[-1], b'{"a":1}')
        for stream in kept:
            await stream.aclose()


async def test_a_websocket_hears_of_the_shutdown() -> None:
    async with site(ours) as running, await running.connect() as stream:
        await stream.send_all(upgrade("/echo"))
        await until(stream, b"\r\n\r\n")
        running.shutdown.set()
        assert (await until(stream, b"no such mark")).endswith(b"\x88\x02\x03\xe9")  # 1001, going away


async def test_a_running_request_is_answered_during_shutdown() -> None:
    async with site(ours) as running, await running.connect() as stream:
        await stream.send_all(b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na")
        await trio.testing.wait_all_tasks_blocked(0.01)
        running.shutdown.set()
        await stream.send_all(b"bc")
        assert (await until(stream, b"no such mark")).endswith(b'{"n":3}\n')


async def test_the_addresses_bound_are_reported_and_can_be_bound_again() -> None:
    app = peers.make_app(peers.Said())
    wanted = ["127.0.0.1:0", "[::1]:0"]
    for _ in range(2):
        shutdown = trio.Event()
        with trio.fail_after(PATIENCE_S):
            async with trio.open_nursery() as nursery:

                async def start(task_status: trio.TaskStatus[list[str]]) -> None:
                    await serve(app, wanted, shutdown=shutdown, task_status=task_status)  # noqa: B023

                bound: list[str] = await nursery.start(start)
                for address in bound:
                    host, _, port = address.rpartition(":")
                    async with await trio.open_tcp_stream(host.strip("[]"), int(port)) as stream:
                        await stream.send_all(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
                        assert b'{"a":1}' in await until(stream, b'{"a":1}')
                shutdown.set()
        assert [address.rpartition(":")[0] for address in bound] == ["127.0.0.1", "[::1]"]
        wanted = bound  # again, over sockets in TIME_WAIT


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(AssertionError):
        ServerLimits(ping_s=60, silence_s=45)


# the gateway's parts of Quart ----------------------------------------------------------------------------------------------


async def test_a_whole_request_is_answered() -> None:
    async with site(ours, fitted=True) as running, await running.connect() as stream:
        for size in (0, 3, 29_999):
            await stream.send_all(POST + b"Content-Length: %d\r\n\r\n" % size + b"x" * size)
            mark = b'{"n":%d}' % size
            assert (await until(stream, mark)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("announced", [b"Content-Length: 30001\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n7531\r\n"])
async def test_a_body_above_the_apps_limit_is_refused(announced: bytes) -> None:
    end = b"\r\n0\r\n\r\n" if b"chunked" in announced else b""
    async with site(ours, fitted=True) as running, await running.connect() as stream:
        await stream.send_all(POST + announced + b"x" * 30_001 + end)
        assert (await until(stream, b"\r\n\r\n")).startswith(b"HTTP/1.1 413")


async def test_a_received_request_is_carried_out_though_its_client_left() -> None:
    async with site(ours, fitted=True) as running:
        async with await running.connect() as stream:
            await stream.send_all(POST.replace(b"/size", b"/finish") + b"Content-Length: 0\r\n\r\n")
            with trio.fail_after(PATIENCE_S):
                await running.said.began.wait()
        running.said.go.set()
        with trio.fail_after(PATIENCE_S):
            await running.said.ended.wait()
        assert running.said.how == "finished"


async def test_a_peer_that_floods_a_mute_handler_is_stopped() -> None:
    async with site(ours, fitted=True) as running, await running.connect() as stream:
        await stream.send_all(upgrade("/mute"))
        await until(stream, b"\r\n\r\n")
        message = frame(1, b"x" * 16_384)
        with trio.fail_after(PATIENCE_S), pytest.raises(trio.BrokenResourceError):
            while True:  # ends because nobody reads us any more
                await stream.send_all(message)

"""Our own client against a real exchange: what it says stands, whatever is lost on the way."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from tests.e2e.child import ExchangeChild
from tests.e2e.cutter import Cutter, cutter
from tests.e2e.trader import WAIT_S
from tradewind.client.blocking import BlockingClient
from tradewind.client.book import open_book
from tradewind.client.failures import ApiError, NoAnswer
from tradewind.client.rest import Client
from tradewind.client.session import Session, open_session
from tradewind.client.shapes import Amend, Named, NewOrder, Order
from tradewind.client.trader import Trader
from tradewind.client.transport import OverRest, OverSocket, Transport

SYMBOL = "ETHUSDT"
WAYS = ("rest", "socket")
RESTING = ("NEW", "PARTIALLY_FILLED")


def buy(price: str = "3000.00", name: str = "", **more: Any) -> NewOrder:
    """It rests: nobody sells here."""
    return NewOrder(symbol=SYMBOL, side="BUY", type="LIMIT", price=price, quantity="0.100", client_order_id=name, **more)


class Desk:
    """An account's trader behind a door that loses things, and a client that goes past the door."""

    def __init__(self, door: Cutter, trader: Trader, past: Client, session: Session | None) -> None:
        self.door = door
        self.trader = trader
        self.past = past
        self.session = session

    async def open_orders(self) -> list[Any]:
        while True:
            try:
                shown: list[Any] = await self.past.call("GET", "/v1/openOrders", {"symbol": SYMBOL})
                return shown
            except (ApiError, NoAnswer):
                await trio.sleep(0.1)  # it is just coming back


@asynccontextmanager
async def desk(exchange: ExchangeChild, way: str, name: str = "carol") -> AsyncIterator[Desk]:
    [account] = [one for one in exchange.demo.accounts if one["email"].startswith(f"{name}@")]
    key, secret = account["key"], account["secret"]
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(cutter(exchange))
        client, past = Client(door.base, key, secret), Client(exchange.public, key, secret)
        stack.push_async_callback(client.aclose)
        stack.push_async_callback(past.aclose)
        transport: Transport = OverRest(client)
        session = None
        if way == "socket":
            session = await stack.enter_async_context(open_session(door.base, key, secret))
            transport = OverSocket(session)
        with trio.fail_after(WAIT_S * 6):
            yield Desk(door, Trader(transport, surely_not_s=1.0), past, session)
            await Trader(OverRest(past)).cancel_all(SYMBOL)


@pytest.mark.parametrize("way", WAYS)
async def test_an_order_from_placed_to_canceled(front_door: ExchangeChild, way: str) -> None:
    async with desk(front_door, way) as at:
        placed = await at.trader.place(buy(new_order_resp_type="RESULT"))
        assert (placed.status, placed.orig_qty, placed.side) == ("NEW", "0.10000000", "BUY")
        by = Named(symbol=SYMBOL, order_id=placed.order_id)
        await at.trader.amend(Amend(symbol=SYMBOL, order_id=placed.order_id, quantity="0.050"))
        await at.trader.cancel(by)
        while not (shown := await at.trader.order(by)).ended:
            pass
        assert (shown.status, shown.client_order_id) == ("CANCELED", placed.client_order_id)
        with pytest.raises(ApiError) as refused:
            await at.trader.place(buy(price="3000.001"))
        assert (refused.value.status, refused.value.code) == (400, "PRICE_OFF_TICK")
        assert at.trader.resolved == 0


@pytest.mark.parametrize("way", WAYS)
async def test_a_lost_answer_is_found_out_about(front_door: ExchangeChild, way: str) -> None:
    async with desk(front_door, way) as at:
        await at.trader.cancel_all()  # the connection stands
        at.door.lose_answer()
        placed = await at.trader.place(buy())
        assert at.trader.resolved == 1
        assert [one["orderId"] for one in await at.open_orders()] == [placed.order_id]
        at.door.lose_answer()
        canceled = await at.trader.cancel(Named(symbol=SYMBOL, orig_client_order_id=placed.client_order_id))
        assert canceled.order_id == placed.order_id


@pytest.mark.parametrize("way", WAYS)
async def test_a_lost_request_is_sent_again_once_it_is_surely_not_done(front_door: ExchangeChild, way: str) -> None:
    async with desk(front_door, way) as at:
        await at.trader.cancel_all()
        at.door.lose_request()
        placed = await at.trader.place(buy())
        assert at.trader.resolved == 1
        assert [one["orderId"] for one in await at.open_orders()] == [placed.order_id]


@pytest.mark.parametrize("lost", ["answer", "request"])
@pytest.mark.parametrize("way", WAYS)
async def test_a_batch_is_known_one_by_one(front_door: ExchangeChild, way: str, lost: str) -> None:
    async with desk(front_door, way) as at:
        await at.trader.cancel_all()
        (at.door.lose_answer if lost == "answer" else at.door.lose_request)()
        asked = [buy(price=f"30{n:02}.00") for n in range(7)]
        asked.insert(3, buy(price="3000.001")) if lost == "request" else None
        found = await at.trader.place_many(asked)
        assert [one.code for one in found if isinstance(one, ApiError)] == ["PRICE_OFF_TICK"] * (lost == "request")
        placed = [one.order_id for one in found if isinstance(one, Order)]
        assert len(placed) == 7 and at.trader.resolved >= 7
        assert sorted(one["orderId"] for one in await at.open_orders()) == sorted(placed)


async def test_updates_go_on_where_a_lost_connection_left_them(front_door: ExchangeChild) -> None:
    heard: list[dict[str, Any]] = []
    async with desk(front_door, "rest", "dave") as at:
        [account] = [one for one in front_door.demo.accounts if one["email"].startswith("dave@")]
        async with open_session(at.door.base, account["key"], account["secret"], heard=heard.append) as session:
            while not heard:
                await trio.testing.wait_all_tasks_blocked(0.01)
            assert heard[0]["e"] == "snapshot"
            names = []
            for number in range(12):
                if number % 4 == 2:
                    await at.door.cut()
                names.append((await at.trader.place(buy(price=f"30{number:02}.00"))).client_order_id)
            last = names[-1]
            while not any(one.get("c") == last for one in heard):
                await trio.testing.wait_all_tasks_blocked(0.01)
            assert session.connections == at.door.cuts + 1 == 4
        updates = heard[1:]
        assert [one["seq"] for one in updates] == list(range(heard[0]["seq"] + 1, heard[0]["seq"] + 1 + len(updates)))
        told = [one["c"] for one in updates if one["e"] == "executionReport"]
        assert list(dict.fromkeys(told)) == names


async def test_a_book_follows_and_recovers(front_door: ExchangeChild) -> None:
    async with desk(front_door, "socket") as at, open_book(at.door.base, SYMBOL) as book:
        for number in range(9):
            if number in (3, 6):
                await at.door.cut()
            await at.trader.place(buy(price=f"30{number:02}.00"))
        depth = await at.past.call("GET", "/v1/depth", {"symbol": SYMBOL, "limit": 100})
        await book.until(depth["lastUpdateId"])
        while len(book.bids) < 9:
            await book.until(book.seq + 1)
        depth = await at.past.call("GET", "/v1/depth", {"symbol": SYMBOL, "limit": 100})
        assert (dict(depth["bids"]), dict(depth["asks"])) == (book.bids, book.asks)
        assert book.resyncs == 2


def test_without_trio_it_is_the_same(front_door: ExchangeChild) -> None:
    [account] = [one for one in front_door.demo.accounts if one["email"].startswith("carol@")]
    for over_socket in (False, True):
        with BlockingClient(front_door.public, account["key"], account["secret"], over_socket=over_socket) as client:
            placed = client.place(buy())
            first, second = client.place_many([buy(price="3001.00"), buy(price="3001.001")])
            assert isinstance(first, Order) and isinstance(second, ApiError) and second.code == "PRICE_OFF_TICK"
            assert client.order(Named(symbol=SYMBOL, order_id=placed.order_id)).orig_qty == "0.10000000"
            assert client.book(SYMBOL).symbol == SYMBOL
            assert {one.order_id for one in client.cancel_all(SYMBOL)} == {placed.order_id, first.order_id}
            with pytest.raises(ApiError):
                client.call("GET", "/v1/depth", {"symbol": "NOPE"})


@pytest.mark.parametrize("off_ms", [-3_600_000, 45_000])
async def test_a_clock_that_is_off_is_set_by_theirs(front_door: ExchangeChild, off_ms: int) -> None:
    [account] = [one for one in front_door.demo.accounts if one["email"].startswith("carol@")]
    client = Client(front_door.public, account["key"], account["secret"])
    client.clock.offset_ms = off_ms
    assert (await client.call("GET", "/v1/account"))["balances"]
    assert abs(client.clock.offset_ms) < 10_000
    await client.aclose()


@pytest.mark.parametrize("way", WAYS)
async def test_a_gateway_killed_in_mid_order_loses_and_doubles_nothing(killable: ExchangeChild, way: str) -> None:
    async with desk(killable, way) as at:
        placed: list[Order] = []

        async def place(number: int) -> None:
            placed.append(await at.trader.place(buy(price=f"3{number:03}.00", name=f"{way}-{number}")))

        for round_ in range(3):
            async with trio.open_nursery() as nursery:
                if way == "socket":
                    for number in range(8):
                        nursery.start_soon(place, 10 * round_ + number)
                else:
                    nursery.start_soon(place, 10 * round_)
                for _ in range(4 * round_):  # with nothing sent yet, with all of it under way
                    await trio.lowlevel.checkpoint()
                os.kill(killable.processes["gateway"], signal.SIGKILL)
        assert len(placed) == (24 if way == "socket" else 3)
        shown = await at.open_orders()
        assert {one["clientOrderId"]: one["orderId"] for one in shown} == {one.client_order_id: one.order_id for one in placed}
        assert len(shown) == len(placed)


@pytest.fixture(scope="module")
def killable(session_home: Path) -> Any:
    exchange = ExchangeChild(session_home / "killable", "--processes")
    exchange.start()
    yield exchange
    exchange.stop()

"""The same client without trio: every call blocks, from whichever thread. A trio loop of its own works behind it."""

import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, TypeVar

import trio

from tradewind.client.book import Book, open_book
from tradewind.client.failures import ApiError
from tradewind.client.rest import Client
from tradewind.client.session import Heard, open_session
from tradewind.client.shapes import Amend, Named, NewOrder, Order
from tradewind.client.trader import Trader
from tradewind.client.transport import OverRest, OverSocket, Transport

T = TypeVar("T")
START_S = 30.0


class BlockingClient:
    """`with BlockingClient(base, key, secret) as client:`. Raises what Trader and Client raise.

    `over_socket`: orders go over the private socket, and `heard` gets the account's updates, in the loop's thread.
    """

    def __init__(
        self, base: str, key: str = "", secret: str = "", *, over_socket: bool = False, heard: Heard | None = None
    ) -> None:
        assert over_socket or heard is None, "updates come over the socket"
        self._base, self._key, self._secret = base, key, secret
        self._over_socket, self._heard = over_socket, heard
        self._token: trio.lowlevel.TrioToken | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._live, name="tradewind-client", daemon=True)

    def __enter__(self) -> "BlockingClient":
        self._thread.start()
        self._ready.wait(START_S)
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._token is not None
        trio.from_thread.run_sync(self._stop.set, trio_token=self._token)
        self._thread.join()

    def _live(self) -> None:
        try:
            trio.run(self._main)
        except BaseException as failure:
            self._failure = failure
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._stop = trio.Event()
        async with AsyncExitStack() as stack:
            self._nursery = await stack.enter_async_context(trio.open_nursery())
            self._client = Client(self._base, self._key, self._secret)
            stack.push_async_callback(self._client.aclose)
            transport: Transport = OverRest(self._client)
            if self._over_socket:
                session = open_session(self._base, self._key, self._secret, heard=self._heard)
                transport = OverSocket(await stack.enter_async_context(session))
            self._trader = Trader(transport)
            self._one = trio.Lock()  # a REST client does one thing at a time
            self._token = trio.lowlevel.current_trio_token()
            self._ready.set()
            await self._stop.wait()
            self._nursery.cancel_scope.cancel()

    def _run(self, work: Callable[..., Awaitable[T]], *args: Any) -> T:
        async def in_turn() -> T:
            if self._over_socket:
                return await work(*args)
            async with self._one:
                return await work(*args)

        assert self._token is not None, "to be used in a with statement"
        return trio.from_thread.run(in_turn, trio_token=self._token)

    def call(self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None) -> Any:
        """Any route of the native API, decoded."""

        async def work() -> Any:
            return await self._client.call(method, path, query, body)

        return self._run(work)

    def place(self, order: NewOrder) -> Order:
        return self._run(self._trader.place, order)

    def place_many(self, orders: Sequence[NewOrder]) -> list[Order | ApiError]:
        return self._run(self._trader.place_many, orders)

    def order(self, by: Named) -> Order:
        return self._run(self._trader.order, by)

    def cancel(self, by: Named) -> Order:
        return self._run(self._trader.cancel, by)

    def amend(self, change: Amend) -> Order:
        return self._run(self._trader.amend, change)

    def cancel_all(self, symbol: str = "") -> list[Order]:
        return self._run(self._trader.cancel_all, symbol)

    def book(self, symbol: str) -> Book:
        """Kept up to date from now on, until the client is closed."""

        async def follow(task_status: trio.TaskStatus[Book]) -> None:
            async with open_book(self._base, symbol) as book:
                task_status.started(book)
                await trio.sleep_forever()

        async def begin() -> Book:
            book: Book = await self._nursery.start(follow)
            return book

        return self._run(begin)

"""What a public channel is, in either dialect: who hears it, what it has told, and when it speaks again."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from math import inf
from typing import Any

from tradewind.services.gateway.frames import Frame, Outlet, frame
from tradewind.services.gateway.market import News

Now = Callable[[], int]  # wall nanoseconds


class Channel(ABC):
    """Speaks as soon as it hears. `symbol` is empty where it is about all markets."""

    def __init__(self, name: str, symbol: str) -> None:
        self.name = name
        self.symbol = symbol
        self.peers: dict[Outlet, bool] = {}  # in order of arrival; True = wants its frames wrapped, with the channel's name

    @abstractmethod
    def hear(self, news: News) -> None: ...

    def greeting(self) -> Frame | None:
        """What somebody who has just come is told first; everything after it follows from it."""
        return None

    def say(self, shown: Any) -> None:
        """To everybody who is there: made once, whatever their number."""
        plain, wrapped = frame(shown), None
        for outlet, wants_name in list(self.peers.items()):
            if wants_name:
                if wrapped is None:
                    wrapped = self.wrapped(plain)
                outlet.offer(wrapped)
            else:
                outlet.offer(plain)

    def wrapped(self, plain: Frame) -> Frame:
        return Frame(b'{"stream":"%b","data":%b}' % (self.name.encode(), plain.body))


class Beaten(Channel):
    """Speaks at most once in `period_s`, of all that has happened since. `due` is when it wants to be asked again, on trio's
    clock; `owe` tells whoever asks."""

    def __init__(self, name: str, symbol: str, period_s: float, owe: Callable[["Beaten"], None]) -> None:
        super().__init__(name, symbol)
        self.due = inf
        self._news = False
        self._period_s = period_s
        self._owe = owe
        self._spoke = -inf

    @abstractmethod
    def note(self, news: News) -> bool:
        """Remember what has happened; whether that is something to tell of."""

    @abstractmethod
    def told(self) -> Any:
        """What there is to tell now."""

    def hear(self, news: News) -> None:
        if self.note(news):
            self._news = True
            self.wants(self._spoke + self._period_s)

    def wants(self, at: float) -> None:
        if at < self.due:
            self.due = at
            self._owe(self)

    def beat(self, now: float) -> None:
        """Its time has come. `now` on trio's clock."""
        self.due, self._spoke, self._news = inf, now, False
        self.say(self.told())

    def flush(self, now: float) -> None:
        """Tell now what would be told later, so that what is told next follows from how things stand."""
        if self._news:
            self.beat(now)

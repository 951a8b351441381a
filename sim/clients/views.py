"""What a subscriber makes of its frames: a book, a list of trades, an account; and what it can see to be wrong by itself."""

from typing import Any

Shown = dict[str, Any]


class Gap(Exception):
    """The frame does not follow the one before: what was built so far is worth nothing."""


class View:
    """One channel over all connections of one subscriber. `seq` is None until the first snapshot of a connection has come;
    `reached` is the greatest number that it has ever seen."""

    def __init__(self) -> None:
        self.seq: int | None = None
        self.reached = 0

    def begin(self, seq: int) -> None:
        """A snapshot, or the agreed place to resume at. Raises Gap when what was shown before is not in it."""
        if seq < self.reached:
            raise Gap(f"begins at {seq}, though {self.reached} was shown before")
        self.seq = self.reached = seq

    def step(self, previous: int, seq: int) -> None:
        """A delta. Raises Gap."""
        if self.seq is None:
            raise Gap(f"delta {seq} without a snapshot to apply it to")
        if (previous, seq) != (self.seq, self.seq + 1):
            raise Gap(f"delta {previous} -> {seq} after {self.seq}")
        self.seq = self.reached = seq


class BookView(View):
    """`sides`: decimal quantities by decimal price, as text; a client need not know the precision."""

    def __init__(self) -> None:
        super().__init__()
        self.sides: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}

    def snapshot(self, shown: Shown) -> None:
        self.begin(shown["seq"])
        self.sides = {side: {price: quantity for price, quantity in shown["data"][side]} for side in self.sides}

    def delta(self, shown: Shown) -> None:
        self.step(shown["prevSeq"], shown["seq"])
        for side, levels in self.sides.items():
            for price, quantity in shown["data"][side]:
                if quantity.strip("0."):
                    levels[price] = quantity
                else:
                    levels.pop(price, None)


class TradesView(View):
    def snapshot(self, shown: Shown) -> None:
        self.begin(shown["seq"])

    def delta(self, shown: Shown) -> None:
        self.step(shown["prevSeq"], shown["seq"])


class AccountView(View):
    """`open` orders: (status, executed) by id; `balances`: (free, locked) by asset."""

    def __init__(self) -> None:
        super().__init__()
        self.open: dict[int, tuple[str, str]] = {}
        self.balances: dict[str, tuple[str, str]] = {}

    def snapshot(self, shown: Shown) -> None:
        self.begin(shown["seq"])
        self.open = {one["orderId"]: (one["status"], one["executedQty"]) for one in shown["openOrders"]}
        self.balances = {one["asset"]: (one["free"], one["locked"]) for one in shown["balances"]}

    def delta(self, shown: Shown) -> None:
        self.step(shown["seq"] - 1, shown["seq"])
        match shown["e"]:
            case "executionReport" if shown["X"] in ("NEW", "PARTIALLY_FILLED"):
                self.open[shown["i"]] = shown["X"], shown["z"]
            case "executionReport":
                self.open.pop(shown["i"], None)
            case "outboundAccountPosition":
                for one in shown["B"]:
                    self.balances[one["a"]] = one["f"], one["l"]

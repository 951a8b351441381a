"""A day of the wallet, told to an exchange in memory: deposits, one of which is taken back, and withdrawals of every end."""

from tests.audit.exchange import Exchange
from tradewind.messages import commands as cm
from tradewind.messages.replies import Refused, WithdrawalAck
from tradewind.values.wallet import Block, NetworkAsset, Transfer

NET, FEE, OPERATOR = "net", 10, 90
RAW = b"raw of "


class WalletDay:
    """`where`: the place of which deposits and payouts are made; `memo` goes with each payout."""

    def __init__(self, exchange: Exchange, where: str = "place", memo: str = "memo", key: str = "key") -> None:
        self.exchange, self._where, self._memo, self._key = exchange, where, memo, key
        self.withdrawals: dict[str, int] = {}

    def tell(self, command: cm.Command, shard: str = "wallet/0") -> object:
        reply = self.exchange.command(shard, command)
        self.exchange.settle()
        return reply

    def _report(self, branch: str, heights: range, parent: str, **paid: int) -> None:
        """`paid`: units by the number of an account, all in the first of these blocks."""
        blocks = []
        for height in heights:
            transfers = tuple(
                Transfer(f"{branch}-{name}", 0, f"{self._where}{name}", "BTC", units)
                for name, units in (paid.items() if height == heights[0] else ())
            )
            blocks.append(Block(height, f"{branch}{height}", parent, transfers))
            parent = f"{branch}{height}"
        reply = self.tell(cm.ReportBlocks(NET, tuple(blocks)))
        assert not isinstance(reply, Refused), reply

    def _ask(self, name: str, account: int, units: int) -> None:
        asked = cm.RequestWithdrawal(
            account, "BTC", NET, f"{self._where}-{name}", self._memo, units, FEE, f"{self._key}-{account}"
        )
        clearing = f"clearing/{self.exchange.topology.clearing_of(account)}"
        reply = self.tell(asked, clearing)
        assert isinstance(reply, WithdrawalAck), reply
        self.withdrawals[name] = reply.withdrawal_id
        assert self.tell(asked, clearing) == WithdrawalAck(reply.withdrawal_id, repeated=True)

    def live(self) -> None:
        self.tell(cm.OpenNetwork(NET, 3, 0, "a0", (NetworkAsset("BTC", 2, 2, FEE),)))
        for account in (1, 2):
            self.tell(cm.AssignAddress(account, NET, f"{self._where}_{account}"))
        self._report("a", range(1, 2), "a0", _1=500)
        self._report("a", range(2, 3), "a1", _2=700)
        self._report("a", range(3, 6), "a2")
        self._pay()
        self._report("b", range(2, 8), "a1")  # the second deposit and its blocks are left out
        self.tell(cm.FreezeWithdrawals(NET, False, "looked at"))

    def _pay(self) -> None:
        for number, name in enumerate(("paid", "failed", "rejected", "canceled", "strange place", "open"), 1):
            self._ask(name, number, 100 * number)
        for name in ("paid", "failed"):
            self.tell(cm.ReviewWithdrawal(self.withdrawals[name], True, OPERATOR, "fine"))
            self.tell(cm.ReportSigned(self.withdrawals[name], f"out-{name}", RAW + f"{self._where}-{name}".encode()))
            self.tell(cm.ReportPayout(self.withdrawals[name], f"out-{name}"))
            self.tell(cm.ReportPayout(self.withdrawals[name], f"out-{name}", 1, "a1", name == "paid"))
        self.tell(cm.ReviewWithdrawal(self.withdrawals["rejected"], False, OPERATOR, "no"))
        self.tell(cm.CancelWithdrawal(4, self.withdrawals["canceled"]))

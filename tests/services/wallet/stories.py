"""A wallet machine told in lines. Blocks are named by branch and height: `a3[x=5]` pays 5 to ann in transaction x.

report a1[x=5] a2       blocks on top of their own branch
report b2 b3 on a1      blocks of another branch, that leaves the first after a1
ask 7 5                 clearing holds for withdrawal 7 of 5 units, and the fee
approve 7 by 90 / reject 7 by 90 / cancel 7 / sign 7 t / sent 7 t / mined 7 t a4 / failed 7 t a4 / freeze / thaw
"""

import re
from typing import Any

from tests.services.kept import Kept
from tradewind.messages.commands import (
    AssignAddress,
    CancelWithdrawal,
    Command,
    FreezeWithdrawals,
    OpenNetwork,
    ReportBlocks,
    ReportPayout,
    ReportSigned,
    ReviewWithdrawal,
)
from tradewind.messages.events import (
    DepositCredited,
    DepositReversed,
    DepositUpdated,
    Entry,
    Event,
    WithdrawalDebited,
    WithdrawalHeld,
    WithdrawalReleased,
    WithdrawalsFrozen,
    WithdrawalUpdated,
)
from tradewind.messages.replies import Refused, WithdrawalAck
from tradewind.messages.topology import Topology
from tradewind.runtime.machine import At
from tradewind.services.wallet.machine import WalletMachine
from tradewind.values.wallet import Block, NetworkAsset, Transfer

NET, ANN, FEE, LEAST, CONFIRMATIONS = "net", 11, 1, 2, 3
BLOCK = re.compile(r"([a-z])(\d+)(?:\[(.*?)\])?")


class Story:
    """`crashing`: the memory is dropped after every line, and comes back from the rows."""

    def __init__(self, crashing: bool) -> None:
        self.kept = Kept()
        self._crashing = crashing
        self.seq = 0
        self._heard = 0
        self._load()
        self.do(OpenNetwork(NET, CONFIRMATIONS, 0, "a0", (NetworkAsset("BTC", LEAST, LEAST, FEE),)))
        self.do(AssignAddress(ANN, NET, "ann"))

    def _load(self) -> None:
        self.machine = WalletMachine(0, Topology())
        self.machine.load(self.kept.loadable(WalletMachine))

    def do(self, item: Command | Entry) -> str:
        self.seq += 1
        outcome = self.machine.apply(item, At(self.seq, self.seq))
        self.kept.write(self.machine.changes())
        if self._crashing:
            self._load()
        if isinstance(outcome.reply, Refused):
            return outcome.reply.code.value
        if isinstance(outcome.reply, WithdrawalAck) and outcome.reply.repeated:
            return "again"
        return ", ".join(filter(None, map(told, outcome.events))) or "nothing"

    def line(self, said: str) -> str:
        do, *words = said.split()
        number = int(words[0]) if words and words[0].isdigit() else 0
        match do:
            case "report":
                return self.do(ReportBlocks(NET, blocks(words)))
            case "ask":
                self._heard += 1
                held = WithdrawalHeld(number, ANN, "BTC", NET, "elsewhere", "", int(words[1]), FEE, f"key {number}")
                return self.do(Entry("clearing/0", self._heard, 1, "inbox", self._heard, (held,)))
            case "approve" | "reject":
                return self.do(ReviewWithdrawal(number, do == "approve", int(words[2]), "story"))
            case "cancel":
                return self.do(CancelWithdrawal(ANN, number))
            case "sign":
                return self.do(ReportSigned(number, words[1], f"raw {words[1]}".encode()))
            case "sent":
                return self.do(ReportPayout(number, words[1]))
            case "mined" | "failed":
                return self.do(ReportPayout(number, words[1], int(words[2][1:]), words[2], do == "mined"))
        return self.do(FreezeWithdrawals(NET, do == "freeze", "story"))


def blocks(words: list[str]) -> tuple[Block, ...]:
    made: list[Block] = []
    names, _, base = " ".join(words).partition(" on ")
    for branch, height, transfers in BLOCK.findall(names):
        parent = made[-1].hash if made else base or f"{branch}{int(height) - 1}"
        paid = [part.split("=") for part in transfers.split(",") if part]
        made.append(
            Block(
                int(height),
                f"{branch}{height}",
                parent,
                tuple(Transfer(txid, 0, "ann", "BTC", int(units)) for txid, units in paid),
            )
        )
    return tuple(made)


def told(event: Event) -> str:
    what: Any = event
    match event:
        case DepositUpdated():
            return f"{what.txid} {what.status.name}"
        case DepositCredited():
            return f"+{what.units}"
        case DepositReversed():
            return f"-{what.units}"
        case WithdrawalUpdated():
            return f"{what.withdrawal_id} {what.status.name}"
        case WithdrawalReleased():
            return f"{what.withdrawal_id} back"
        case WithdrawalDebited():
            return f"{what.withdrawal_id} paid {what.units} and {what.fee_units}"
        case WithdrawalsFrozen():
            return "frozen" if what.frozen else "thawed"
    raise AssertionError(event)


def check(story: str) -> None:
    """Every line with its outcome after `->`, without crashes and with one after every line."""
    for crashing in (False, True):
        wallet = Story(crashing)
        for number, line in enumerate(filter(None, map(str.strip, story.splitlines())), 1):
            said, _, expected = map(str.strip, line.partition("->"))
            came = wallet.line(said)
            assert came == expected, f"line {number}, {said!r}: {came}, not {expected}{' (crashing)' if crashing else ''}"

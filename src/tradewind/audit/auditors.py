"""All auditors over one snapshot: what `tradewind audit` and the simulator both run."""

from collections import defaultdict
from collections.abc import Mapping

from tradewind.audit.book import Markets
from tradewind.audit.books import NOTHING_WITNESSED, Auditor, Books, Case, Finding, Handler, Machine, Witnessed, opened
from tradewind.audit.commands import Durability, Idempotency
from tradewind.audit.feeds import Numbering, PublicBook
from tradewind.audit.hearing import Hearing
from tradewind.audit.holds import Holds
from tradewind.audit.lifecycle import Lifecycle
from tradewind.audit.limits import Limits
from tradewind.audit.money import Conservation, LedgerSets, NoDebt
from tradewind.audit.quantities import Quantities
from tradewind.audit.quiet import Stuck
from tradewind.audit.replay import Replays
from tradewind.audit.settlement import Settlement
from tradewind.audit.switches import Switches
from tradewind.audit.transfers import Transfers
from tradewind.audit.wallet import DepositsOnce, WithdrawalsOnce
from tradewind.messages.codec import Undecodable
from tradewind.messages.events import Entry
from tradewind.ports.store import JournalEntry

_PLAIN: tuple[type[Auditor], ...] = (
    Conservation,
    NoDebt,
    LedgerSets,
    Holds,
    Settlement,
    Quantities,
    Lifecycle,
    Markets,
    Idempotency,
    Numbering,
    PublicBook,
    Hearing,
    Stuck,
    Switches,
    Transfers,
    Limits,
    DepositsOnce,
    WithdrawalsOnce,
)


class Audit:
    """The rows first, then every journal entry (`hear`; in order within a shard, shards in any order), then `close`.

    `machines` by service: what the journals are replayed with, and who says what reaches which reader.
    """

    def __init__(
        self,
        books: Books,
        *,
        quiet: bool,
        machines: Mapping[str, type[Machine]],
        witnessed: Witnessed = NOTHING_WITNESSED,
    ) -> None:
        self._case = case = Case(books, quiet, machines)
        self._auditors: list[Auditor] = [auditor(case) for auditor in _PLAIN]
        self._auditors.append(Durability(case, witnessed))
        self._auditors.append(Replays(case))
        self._whole = [auditor.step for auditor in self._auditors if type(auditor).step is not Auditor.step]
        self._heard: defaultdict[tuple[str, type], list[Handler]] = defaultdict(list)
        self._said: defaultdict[tuple[str, type], list[Handler]] = defaultdict(list)
        for auditor in self._auditors:
            for event, handler in auditor.heard.items():
                self._heard[event].append(handler)
            for event, handler in auditor.said.items():
                self._said[event].append(handler)

    def hear(self, entry: JournalEntry) -> None:
        try:
            step = opened(entry)
        except Undecodable as error:
            self._case.findings.add("A16", f"{entry.shard} seq {entry.seq}: cannot be decoded: {error}")
            return
        for whole in self._whole:
            whole(step)
        if isinstance(step.given, Entry):
            for event in step.given.events:
                for handler in self._heard.get((step.service, type(event)), ()):
                    handler(step, event)
        for event in step.output.events:
            for handler in self._said.get((step.service, type(event)), ()):
                handler(step, event)

    def close(self) -> list[Finding]:
        for auditor in self._auditors:
            auditor.close()
        return self._case.findings.report()


def audit(
    books: Books, *, quiet: bool, machines: Mapping[str, type[Machine]], witnessed: Witnessed = NOTHING_WITNESSED
) -> list[Finding]:
    """Everything that is not as it must be; [] is the good news. See Audit."""
    judging = Audit(books, quiet=quiet, machines=machines, witnessed=witnessed)
    for journal in books.journals.values():
        for entry in journal:
            judging.hear(entry)
    return judging.close()

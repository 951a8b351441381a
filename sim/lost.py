"""What a failover has lost of what was acknowledged: the operator said that it may, so nobody is judged for it."""

from collections.abc import Sequence

from tradewind.messages.codec import Output, decode
from tradewind.messages.commands import Envelope
from tradewind.messages.events import Event, OrderAccepted
from tradewind.messages.topology import INBOXES, service_of
from tradewind.ports.store import JournalEntry
from tradewind.runtime.shard import INBOX, NETWORK


class Lost:
    """Journal entries that stood once. Their places in the journals, and their numbers, are taken by others afterwards."""

    def __init__(self) -> None:
        self.entries = 0
        self.events: set[Event] = set()
        self._answers: set[tuple[str, int, str]] = set()
        self._names: set[tuple[int, str]] = set()

    def add(self, entries: Sequence[JournalEntry]) -> None:
        self.entries += len(entries)
        for entry in entries:
            output = decode(Output, entry.output)
            if entry.source in (INBOX, NETWORK) and service_of(entry.shard) in INBOXES:
                self._answers.add((entry.shard, entry.seq, decode(Envelope, entry.input).request))
            for event in output.events:
                self.events.add(event)
                if isinstance(event, OrderAccepted):
                    self._names.add((event.account, event.client_order_id))

    def answer(self, shard: str, seq: int, request: str) -> bool:
        """Whether this answer was given for an entry that is gone."""
        return (shard, seq, request) in self._answers

    def order(self, account: int, name: str) -> bool:
        """Whether an order of that name is gone; a client may have placed it again."""
        return (account, name) in self._names

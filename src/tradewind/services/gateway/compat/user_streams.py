"""One account's user data stream: it begins where the book-keeper stands, and goes on without a gap."""

from tradewind.services.gateway import reads
from tradewind.services.gateway.compat.reports import Reports, Say
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.updates import PrivateEvent


class UserStream:
    def __init__(self, gateway: Gateway, account: int, say: Say) -> None:
        self._gateway = gateway
        self._account = account
        self._reports = Reports(gateway.catalogue, say)
        self._seq = 0
        self._held: list[tuple[list[PrivateEvent], int]] | None = []

    async def begin(self) -> None:
        """What happens from now on is told. Raises Problem."""
        self._gateway.updates.follow(self._account, self._hear)
        seq, balances, orders = await reads.private_snapshot(self._gateway, self._account)
        self._seq = seq
        self._reports.begin(balances, orders)
        held, self._held = self._held or [], None
        for events, at in held:
            self._hear(events, at)

    def leave(self) -> None:
        self._gateway.updates.unfollow(self._account, self._hear)

    def _hear(self, events: list[PrivateEvent], at: int) -> None:
        if self._held is not None:
            self._held.append((events, at))
            return
        self._reports.tell([event for event in events if event.account_seq > self._seq], at)

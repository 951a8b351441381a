"""A1 conservation, A10 idempotency: a transfer has one debit and one credit, and was asked for once."""

from collections import Counter

from tradewind.audit.books import Auditor, Case, Step, either
from tradewind.messages.commands import Envelope, Transfer
from tradewind.messages.events import TransferSent
from tradewind.messages.replies import TransferAck
from tradewind.values.ids import system_account_kind

REFERENCE_NS = 24 * 3_600 * 1_000_000_000  # an account's reference is free again so long after its transfer


class Transfers(Auditor):
    """`_owed`: (shard, transfer, account, asset) -> units that its ledger must have booked, as far as the shard has heard."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._owed: Counter[tuple[int, str, int, str]] = Counter()
        self._sent: dict[tuple[int, str], tuple[int, TransferSent]] = {}  # by reference: when, and what

    def step(self, step: Step) -> None:
        if step.service != "clearing":
            return
        sent = [said for said in step.output.events if isinstance(said, TransferSent)]
        body = step.given.body if isinstance(step.given, Envelope) else None
        if isinstance(body, Transfer):
            self._asked(step, body, sent)
        elif sent:
            self.found("A10", f"{step}: {sent[0]} is sent though nobody asked for it")
        for event in sent:
            self._send(step, event)

    def _asked(self, step: Step, body: Transfer, sent: list[TransferSent]) -> None:
        reply = step.output.reply
        asked = body.account, body.to_account, body.asset, body.units, body.reference
        at, known = self._sent.get((body.account, body.reference), (0, None))
        fresh = isinstance(reply, TransferAck) and not reply.repeated
        right = [(one.account, one.to_account, one.asset, one.units, one.reference) == asked for one in sent]
        if right != [True] * fresh or (sent and isinstance(reply, TransferAck) and reply.transfer_id != sent[0].transfer_id):
            self.found("A10", f"{step}: asked for {body}, answered {reply}, sent {sent}")
        if isinstance(reply, TransferAck) and reply.repeated and (known is None or known.transfer_id != reply.transfer_id):
            self.found("A10", f"{step}: {body} is answered as known transfer {reply.transfer_id}, which is another")
        if fresh and known is not None and at >= step.entry.at - REFERENCE_NS:
            self.found("A10", f"{step}: {body} is sent though its reference stands for transfer {known.transfer_id}")

    def _send(self, step: Step, event: TransferSent) -> None:
        shards = self.case.topology.clearing_of(event.account), self.case.topology.clearing_of(event.to_account)
        if shards[0] != step.shard_index:
            self.found("A1", f"{step}: sends from account {event.account}, which is another shard's")
        self._sent[event.account, event.reference] = step.entry.at, event
        name = str(event.transfer_id)
        self._owed[step.shard_index, name, event.account, event.asset] -= event.units
        if shards[1] == step.shard_index or self.case.due(f"clearing/{shards[1]}", step.entry.shard, step.entry.seq):
            self._owed[shards[1], name, event.to_account, event.asset] += event.units

    def close(self) -> None:
        booked: Counter[tuple[int, str, int, str]] = Counter()
        for row in self.case.rows("ledger"):
            if row.kind == "transfer" and not (row.account < 0 and system_account_kind(row.account) == "transit"):
                booked[row.shard, row.reference, row.account, row.asset] += row.delta
        for key in either(self._owed, booked):
            if self._owed[key] != booked[key]:
                shard, transfer, account, asset = key
                what = f"{booked[key]:+d} {asset} are booked on account {account}, due are {self._owed[key]:+d}"
                self.found("A1", f"clearing/{shard}: transfer {transfer}: {what}")

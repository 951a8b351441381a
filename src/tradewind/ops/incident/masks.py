"""Masks for what is declared secret or personal: the same for the same value, and nothing that leads back to it.

They are made with a key that is made of the vault's and never leaves the house. So an exchange's bundles agree with each
other (one can be the base of the next), and nobody outside can try values until one fits.
"""

from hashlib import blake2b

import msgspec

from tradewind.messages.codec import Output, decode, encode, version_of
from tradewind.messages.commands import Envelope
from tradewind.messages.events import Entry
from tradewind.messages.secrecy import declared, masked, may_hold
from tradewind.ops.incident.records import Kept, Values
from tradewind.ports.store import JournalEntry
from tradewind.ports.tables import Record, Table
from tradewind.values.chain import digest
from tradewind.values.ids import CLIENT_ORDER_ID
from tradewind.values.wallet import fit_address

MASKED = "masked"
MASK_BYTES = 12


def _joint(word: str) -> str:
    if CLIENT_ORDER_ID.fullmatch(word):
        return "-"
    return "+" if fit_address(word) else " "


class Masks:
    """`name` tells keys apart and says nothing about them."""

    def __init__(self, vault_key: bytes) -> None:
        self._key = blake2b(b"tradewind incident masks", key=vault_key, digest_size=32).digest()
        self.name = blake2b(b"name", key=self._key, digest_size=8).hexdigest()

    def of(self, value: str | bytes) -> str | bytes:
        """An empty value stays empty: it tells nothing, and machines may ask for it. For the same reason a mask stays what the
        word was: fit to be a name, fit to be an address, or neither."""
        if not value:
            return value
        raw = value.encode() if isinstance(value, str) else value
        made = blake2b(raw, key=self._key, digest_size=MASK_BYTES)
        return f"{MASKED}{_joint(value)}{made.hexdigest()}" if isinstance(value, str) else made.digest()

    def row(self, table: Table, row: Record) -> Values:
        kinds = declared(table.record)
        return tuple(self.of(getattr(row, name)) if name in kinds else getattr(row, name) for name in table.columns)

    def record(self, table: Table, row: Record) -> Record:
        kinds = declared(table.record)
        return msgspec.structs.replace(row, **{name: self.of(getattr(row, name)) for name in kinds}) if kinds else row

    def entry(self, entry: JournalEntry, commands: bool) -> Kept:
        """`commands`: its input is an Envelope, not an Entry."""
        given, given_digest = self._body(Envelope if commands else Entry, entry.input)
        came, came_digest = self._body(Output, entry.output)
        where = entry.seq, entry.epoch, entry.at, entry.source, entry.source_seq
        return Kept(*where, given, came, entry.chain, given_digest, came_digest)

    def _body(self, shape: type[Envelope] | type[Entry] | type[Output], body: bytes) -> tuple[bytes, bytes]:
        """What is shown, and the digest of the true bytes where that is something else."""
        if not may_hold(shape, body):
            return body, b""
        message: Envelope | Entry | Output = decode(shape, body)
        shown = masked(message, self.of)
        return (body, b"") if shown is message else (encode(shown, version_of(body)), digest(body))

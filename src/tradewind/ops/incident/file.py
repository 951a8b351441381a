"""A bundle as bytes: gzip over records, each with its length before it and behind it a digest of everything up to there.

So the first record that is not as it was written is known as soon as it is read. The digest behind the last one is the
bundle's seal: whoever keeps it elsewhere knows the file again even from a careful forger.
"""

import gzip
import zlib
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from tradewind.ops.incident.records import FORMAT, Body, Header, Kept, Mark, Rows, Section, Trailer

LENGTH_BYTES, DIGEST_BYTES = 4, 16
RECORD_BYTES_MAX = 64 << 20
READ_BYTES = 1 << 16
_GZIP = bytes.fromhex("1f8b08000000000000ff")  # no name, no instant: the same export gives the same bytes
_decoder = msgspec.msgpack.Decoder(Body)
_encoder = msgspec.msgpack.Encoder()


class BadBundle(ValueError):
    """It is not what was written. The message names the first place that is wrong."""


def _next(running: bytes, body: bytes) -> bytes:
    return blake2b(running + body, digest_size=DIGEST_BYTES).digest()


class Writer:
    """`add` every record, Trailer excepted, then `close`, all within it as a context."""

    def __init__(self, file: BinaryIO) -> None:
        self._packed = gzip.GzipFile("", "wb", 3, file, mtime=0)
        self._running = FORMAT.encode()
        self._records = self.entries = 0

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._packed.close()

    def add(self, record: Body) -> None:
        body = _encoder.encode(record)
        assert len(body) <= RECORD_BYTES_MAX, type(record)
        self._running = _next(self._running, body)
        self._records += 1
        self.entries += isinstance(record, Kept)
        self._packed.write(len(body).to_bytes(LENGTH_BYTES, "big") + body + self._running)

    def close(self) -> str:
        """The seal."""
        self.add(Trailer(self._records, self.entries))
        return self._running.hex()


class _Reading:
    """What has been read, what must come next, and what to call it."""

    def __init__(self) -> None:
        self.header: Header | None = None
        self.section: Section | None = None
        self.at = Mark()
        self.rows = self.records = self.entries = 0
        self.left: list[str] = []
        self.ended = False

    @property
    def place(self) -> str:
        if self.header is None:
            return "the header"
        if self.section is not None and self.rows < self.section.rows:
            return f"the rows of {self.section.shard} at the start, record {self.rows + 1}"
        if self.section is not None and self.at.seq < self.header.ends[self.section.shard].seq:
            return f"{self.section.shard} seq {self.at.seq + 1}"
        if self.section is None and self.left:
            return f"the present rows, record {self.records}, or the section of {self.left[0]}"
        return f"the section of {self.left[0]}" if self.left else "the trailer"

    def wrong(self, why: str) -> BadBundle:
        return BadBundle(f"first bad entry: {self.place}: {why}")

    def take(self, record: Body) -> None:
        """Raises BadBundle when it may not stand here."""
        match record:
            case Header() if self.header is None and record.format == FORMAT:
                self.header, self.left = record, list(record.ends)
            case Section() if self._section_over() and self.left[:1] == [record.shard]:
                assert self.header is not None
                self.section, self.rows, self.at = record, 0, self.header.starts[record.shard]
                del self.left[0]
            case Rows() if self.section is not None and self.rows < self.section.rows:
                self.rows += 1
            case Kept():
                self._entry(record)
            case Trailer() if self._section_over() and not self.left:
                if (record.records, record.entries) != (self.records, self.entries):
                    raise self.wrong(f"it counts {record.records} records, there are {self.records}")
                self.ended = True
            case Header() | Section() | Rows() | Trailer():
                raise self.wrong(f"there is a {type(record).__name__} instead")
            case _ if self.header is None or self.section is not None:
                raise self.wrong(f"there is a {type(record).__name__} instead")
        self.records += 1

    def _section_over(self) -> bool:
        if self.header is None or self.section is None:
            return self.header is not None
        end = self.header.ends[self.section.shard]
        if self.at.seq == end.seq and self.at != end:
            raise BadBundle(f"first bad entry: the header: {self.section.shard} does not end in the chain that it names")
        return self.at == end and self.rows >= self.section.rows

    def _entry(self, entry: Kept) -> None:
        if self.header is None or self.section is None or self.rows < self.section.rows or self._section_over():
            raise self.wrong(f"there is an entry with seq {entry.seq} instead")
        if entry.seq != self.at.seq + 1:
            raise self.wrong(f"there is seq {entry.seq} instead")
        if not entry.follows(self.at.chain):
            raise self.wrong("the chain breaks here: these are not the bytes that were committed")
        self.at = Mark(entry.seq, entry.chain, entry.at)
        self.entries += 1


def _inflated(file: BinaryIO) -> Iterator[bytes]:
    """Decompressed, as it comes. Raises zlib.error, EOFError when it ends too early, ValueError when something follows."""
    if file.read(len(_GZIP)) != _GZIP:
        raise ValueError("this is no incident bundle")
    unpacked = zlib.decompressobj(wbits=31)
    unpacked.decompress(_GZIP)
    while not unpacked.eof:
        packed = file.read(READ_BYTES)
        if not packed:
            raise EOFError
        yield unpacked.decompress(packed)
    if unpacked.unused_data or file.read(1):
        raise ValueError("something follows behind the end")


class _Bytes:
    def __init__(self, file: BinaryIO) -> None:
        self._chunks, self._have = _inflated(file), bytearray()

    def take(self, size: int) -> bytes:
        while len(self._have) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                raise EOFError
            self._have += chunk
        taken = bytes(self._have[:size])
        del self._have[:size]
        return taken

    def end(self) -> bool:
        """True when nothing is left."""
        while not self._have:
            chunk = next(self._chunks, None)
            if chunk is None:
                return True
            self._have += chunk
        return False


def read(path: Path) -> Iterator[tuple[Body, str]]:
    """Every record and the digest behind it, each only when all up to it is proven. Raises OSError and BadBundle."""
    reading, running = _Reading(), FORMAT.encode()
    with path.open("rb") as raw:
        source = _Bytes(cast(BinaryIO, raw))
        while not reading.ended:
            try:
                size = int.from_bytes(source.take(LENGTH_BYTES), "big")
                if size > RECORD_BYTES_MAX:
                    raise reading.wrong("no record is this long")
                body, said = source.take(size), source.take(DIGEST_BYTES)
            except EOFError:
                raise reading.wrong("the file ends here") from None
            except (zlib.error, ValueError) as error:
                raise error if isinstance(error, BadBundle) else reading.wrong(str(error)) from None
            running = _next(running, body)
            if said != running:
                raise reading.wrong("these are not the bytes that were written")
            try:
                record = _decoder.decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise reading.wrong(f"not to be understood: {error}") from error
            reading.take(record)
            yield record, running.hex()
        try:
            over = source.end()
        except (zlib.error, ValueError, EOFError) as error:
            raise BadBundle(f"first bad entry: behind the trailer: {error or 'the file is cut off'}") from None
        if not over:
            raise BadBundle("first bad entry: behind the trailer: there is more")


def verify(path: Path) -> tuple[Header, str]:
    """The header and the seal of a bundle that is whole. Raises OSError and BadBundle."""
    header: Header | None = None
    seal = ""
    for record, running in read(path):
        header, seal = record if isinstance(record, Header) else header, running
    assert header is not None
    return header, seal

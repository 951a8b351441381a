"""A bundle that is not as it was written is refused, and the first bad entry is named: clumsy hands and careful forgers."""

import gzip
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec
import pytest
import trio

from tests.incident.exchange import bundle, lived
from tradewind.ops.incident.file import DIGEST_BYTES, LENGTH_BYTES, BadBundle, Writer, read, verify
from tradewind.ops.incident.records import Body, Header, Kept, Mark, Rows, Section, Trailer

FROM = "clearing/1:25"
Forged = Callable[[list[Body], int], None]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "bundle"
    trio.run(bundle, lived(11), path, FROM)
    return path


def records(path: Path) -> list[Body]:
    return [record for record, _ in read(path)]


def name_of(body: list[Body], place: int) -> str:
    """What the entry at `place` is called."""
    section = next(record for record in reversed(body[:place]) if isinstance(record, Section))
    entry = body[place]
    assert isinstance(entry, Kept)
    return f"{section.shard} seq {entry.seq}"


def entries(body: list[Body]) -> list[int]:
    """Places of entries that another entry of the same shard follows."""
    return [place for place in range(len(body) - 1) if isinstance(body[place], Kept) and isinstance(body[place + 1], Kept)]


def sealed(body: list[Body], path: Path) -> None:
    """Written anew, with digests that fit: the work of somebody who knows the format."""
    with path.open("wb") as file, Writer(file) as writer:
        for record in body:
            if not isinstance(record, Trailer):
                writer.add(record)
        writer.close()


def frames(plain: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(plain):
        size = int.from_bytes(plain[at : at + LENGTH_BYTES], "big") + LENGTH_BYTES + DIGEST_BYTES
        found.append(plain[at : at + size])
        at += size
    return found


def packed(chunks: list[bytes], path: Path) -> None:
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 3, raw, mtime=0) as file:
        file.write(b"".join(chunks))


def flip(chunk: bytes, place: int) -> bytes:
    return chunk[:place] + bytes([chunk[place] ^ 4]) + chunk[place + 1 :]


def test_the_seal_is_of_every_byte(whole: Path, tmp_path: Path) -> None:
    header, seal = verify(whole)
    body = records(whole)
    assert body[0] == header and isinstance(body[-1], Trailer) and len(entries(body)) > 100
    sealed(body, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == whole.read_bytes() and verify(tmp_path / "again")[1] == seal


@pytest.mark.parametrize("seed", range(12))
def test_clumsy_hands(whole: Path, tmp_path: Path, seed: int) -> None:
    draw, body = Random(seed), records(whole)
    chunks = frames(gzip.decompress(whole.read_bytes()))
    assert len(chunks) == len(body)
    place = draw.choice(entries(body))
    match seed % 3:
        case 0:
            chunks[place] = flip(chunks[place], draw.randrange(LENGTH_BYTES, len(chunks[place])))
        case 1:
            del chunks[place]
        case 2:
            chunks[place], chunks[place + 1] = chunks[place + 1], chunks[place]
    packed(chunks, tmp_path / "bad")
    with pytest.raises(BadBundle, match=f"first bad entry: {name_of(body, place)}: "):
        verify(tmp_path / "bad")


@pytest.mark.parametrize("seed", range(12))
def test_careful_forgers(whole: Path, tmp_path: Path, seed: int) -> None:
    draw, body = Random(seed), records(whole)
    place = draw.choice(entries(body))
    name, entry = name_of(body, place), body[place]
    assert isinstance(entry, Kept)
    match seed % 4:
        case 0:
            body[place] = msgspec.structs.replace(entry, output=flip(entry.output, draw.randrange(len(entry.output))))
        case 1:
            del body[place]
        case 2:
            body[place], body[place + 1] = body[place + 1], body[place]
        case 3:
            body[place] = msgspec.structs.replace(entry, chain=flip(entry.chain, draw.randrange(16)))
    sealed(body, tmp_path / "bad")
    with pytest.raises(BadBundle, match=f"first bad entry: {name}: "):
        verify(tmp_path / "bad")


def test_a_changed_header_is_refused(whole: Path, tmp_path: Path) -> None:
    chunks = frames(gzip.decompress(whole.read_bytes()))
    packed([flip(chunks[0], 30), *chunks[1:]], tmp_path / "bad")
    with pytest.raises(BadBundle, match="first bad entry: the header: "):
        verify(tmp_path / "bad")
    body = records(whole)
    header = body[0]
    assert isinstance(header, Header)
    end = header.ends["clearing/0"]
    others: list[tuple[Mark, str]] = [
        (msgspec.structs.replace(end, chain=bytes(16)), "the header: clearing/0 does not end"),
        (msgspec.structs.replace(end, seq=end.seq - 1), "the section of clearing/1|the header: clearing/0 does not end"),
        (msgspec.structs.replace(end, seq=end.seq + 1), f"clearing/0 seq {end.seq + 1}"),
    ]
    for mark, words in others:
        body[0] = msgspec.structs.replace(header, ends=header.ends | {"clearing/0": mark})
        sealed(body, tmp_path / "bad")
        with pytest.raises(BadBundle, match=f"first bad entry: ({words})"):
            verify(tmp_path / "bad")
    body[0] = msgspec.structs.replace(header, starts=header.starts | {"clearing/1": Mark(24, bytes(16), 1)})
    sealed(body, tmp_path / "bad")
    with pytest.raises(BadBundle, match="first bad entry: clearing/1 seq 25: the chain breaks"):
        verify(tmp_path / "bad")


def test_rows_that_are_missing_are_missed(whole: Path, tmp_path: Path) -> None:
    body = records(whole)
    place = max(place for place, record in enumerate(body) if isinstance(record, Rows))
    del body[place]
    sealed(body, tmp_path / "bad")
    with pytest.raises(BadBundle, match=r"first bad entry: the rows of .* at the start, record"):
        verify(tmp_path / "bad")


def test_a_cut_file_is_refused_wherever_it_is_cut(whole: Path, tmp_path: Path) -> None:
    raw, draw = whole.read_bytes(), Random(1)
    places = {"entry": 0, "else": 0}
    for size in [0, 5, len(raw) - 1, len(raw) - 8, *(draw.randrange(10, len(raw)) for _ in range(60))]:
        (tmp_path / "bad").write_bytes(raw[:size])
        with pytest.raises(BadBundle, match="first bad entry: ") as refused:
            verify(tmp_path / "bad")
        places["entry" if " seq " in str(refused.value) else "else"] += 1
    assert places["entry"] > 20 and places["else"] > 3


def test_a_flipped_byte_is_refused_wherever_it_is(whole: Path, tmp_path: Path) -> None:
    raw, draw = whole.read_bytes(), Random(2)
    for place in [*range(12), len(raw) - 1, len(raw) - 7, *(draw.randrange(len(raw)) for _ in range(60))]:
        (tmp_path / "bad").write_bytes(flip(raw, place))
        with pytest.raises(BadBundle, match="first bad entry: "):
            verify(tmp_path / "bad")
    for more in (b"\0", raw, b"more"):
        (tmp_path / "bad").write_bytes(raw + more)
        with pytest.raises(BadBundle, match="behind the "):
            verify(tmp_path / "bad")

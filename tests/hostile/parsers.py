"""Everything of ours that makes meaning of strangers' bytes: each takes any bytes and holds its word, or refuses as it says.

Used by fuzz.py; a crash is pasted as a line into test_parsers.py.
"""

import json
from collections.abc import Callable
from ipaddress import ip_address

import msgspec

from tradewind.adapters.ws_frames import BrokenFrames, FrameReader, Heard
from tradewind.messages.codec import Undecodable, decode, encode
from tradewind.messages.commands import Envelope
from tradewind.messages.events import Batch, Entry
from tradewind.messages.replies import Answer, Answers
from tradewind.services.gateway.access import check_address, client_address, limited_address
from tradewind.services.gateway.asked import Asked, read
from tradewind.services.gateway.channels import NATIVE, STREAM
from tradewind.services.gateway.compat import asks, signature
from tradewind.services.gateway.options import PRIVATE_NETWORKS
from tradewind.services.gateway.problems import Problem
from tradewind.services.gateway.signature import canonical, signed_of
from tradewind.services.gateway.strict import NESTING_MAX, parse_fields, parse_form, parse_json
from tradewind.services.gateway.table import COMPATIBLE, OPERATORS, PUBLIC
from tradewind.values.money import PRECISION_MAX, UNITS_MAX, BadAmount, format_units, parse_units

SCHEMAS: list[type[Asked]] = list(dict.fromkeys(route.asks for route in (*PUBLIC, *OPERATORS, *COMPATIBLE)))
SCHEMAS += list(dict.fromkeys(one for route in (*PUBLIC, *COMPATIBLE) for one in route.items.values()))
MESSAGES = (Envelope, Entry, Batch, Answer, Answers)
MESSAGE_BYTES_MAX = 4_096


def _is_the_clients(problem: Problem) -> None:
    assert 400 <= problem.status < 500 and len(problem.message) <= 1_000, problem


def json_body(given: bytes) -> None:
    """What is read is what others read, and can be written again."""
    try:
        fields = parse_json(given)
    except Problem as problem:
        _is_the_clients(problem)
        return
    assert fields == json.loads(given) == parse_json(json.dumps(fields).encode())
    json.dumps(fields, ensure_ascii=False).encode()
    assert _depth(fields) <= NESTING_MAX


def _depth(value: object) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if children is None else 1 + max(map(_depth, children), default=0)


def form(given: bytes) -> None:
    try:
        fields = parse_form(given)
    except Problem as problem:
        _is_the_clients(problem)
        return
    assert all(isinstance(value, str) for value in fields.values())
    "".join((*fields, *fields.values())).encode()


def question(given: bytes) -> None:
    """The first byte chooses a route's schema, the second how fields come: they fit, or it is the client's fault."""
    if len(given) < 2:
        return
    schema, rest = SCHEMAS[given[0] % len(SCHEMAS)], given[2:]
    query, body = (rest, b"") if given[1] % 2 else (b"", rest)
    try:
        asked = read(schema, parse_fields(query, b"application/json", body))
    except Problem as problem:
        _is_the_clients(problem)
        return
    msgspec.json.encode(asked)


def amount(given: bytes) -> None:
    """The first byte is the precision."""
    if not given:
        return
    precision = given[0] % (PRECISION_MAX + 1)
    try:
        units = parse_units(given[1:].decode("utf-8", "replace"), precision)
    except BadAmount:
        return
    assert 0 <= units <= UNITS_MAX and parse_units(format_units(units, precision), precision) == units


def native_signature(given: bytes) -> None:
    """Six parts, and no part can hold what divides them."""
    parts = (given.split(b"\0") + [b""] * 8)[:8]
    names = (b"x-api-key", b"x-api-timestamp", b"x-api-nonce", b"x-api-signature")
    try:
        signed = signed_of(dict(zip(names, parts[:4], strict=True)))
    except Problem as problem:
        _is_the_clients(problem)
        return
    path, query = (part.replace(b"\n", b"") for part in parts[4:6])  # of a request line: it has none
    assert canonical(signed, "POST", path, query, parts[6]).split(b"\n")[:5] == [
        *(signed.timestamp, signed.nonce, b"POST", path, query),
    ]


def compatible_signature(given: bytes) -> None:
    key, query, body = (given.split(b"\0") + [b""] * 3)[:3]
    try:
        signed = signature.signed_of(key, query, body)
    except Problem as problem:
        _is_the_clients(problem)
        return
    assert b"signature=" not in signed.payload.split(b"&") and signed.recv_window <= signature.RECV_WINDOW_MS_MAX


def message(given: bytes) -> None:
    """A message of the kind that the first byte says, or Undecodable; what it says survives being written again."""
    if not given:
        return
    shape = MESSAGES[given[0] % len(MESSAGES)]
    try:
        found = decode(shape, given[1:])
    except Undecodable:
        return
    assert decode(shape, encode(found)) == found


def frames(given: bytes) -> None:
    """However the bytes arrive they are the same messages and end alike, and none is longer than a message may be."""
    whole, code = _heard(given, len(given) or 1)
    apart, same = _heard(given, 1)
    assert code == same and whole == ([] if code else apart), "what breaks takes what came with it along"


def _heard(given: bytes, step: int) -> tuple[list[Heard], int]:
    """The messages, and the code with which the rest is refused (0: it is not)."""
    reader, told = FrameReader(MESSAGE_BYTES_MAX), list[Heard]()
    for start in range(0, len(given), step):
        try:
            told += reader.hear(given[start : start + step])
        except BrokenFrames as broken:
            return told, broken.code
    assert all(len(heard.payload) <= MESSAGE_BYTES_MAX for heard in told)
    return told, 0


def forwarded(given: bytes) -> None:
    """Somebody's address in one spelling, or the peer's own."""
    for peer in ("127.0.0.1", "::ffff:10.0.0.1", "203.0.113.5", "unix"):
        seen = client_address(peer, given, PRIVATE_NETWORKS)
        assert seen == "unix" or str(ip_address(seen)) == seen, seen
        assert limited_address(seen)
        if peer == "203.0.113.5":
            assert seen == peer, "a stranger's header is not believed"


def allow_list(given: bytes) -> None:
    try:
        check_address("203.0.113.5", given.decode("utf-8", "replace"))
    except Problem as problem:
        assert problem.status == 403


def symbol_list(given: bytes) -> None:
    try:
        found = asks.symbols_of("", given.decode("utf-8", "replace"))
    except Problem as problem:
        _is_the_clients(problem)
        return
    assert all(name.isascii() and name.isalnum() for name in found)


def channel(given: bytes) -> None:
    name = given.decode("utf-8", "replace")
    for pattern in (NATIVE, STREAM):
        found = pattern.fullmatch(name)
        assert found is None or (name.isascii() and name.isprintable() and found[1].isalnum())


PARSERS: dict[str, Callable[[bytes], None]] = {
    parser.__name__: parser
    for parser in (
        *(json_body, form, question, amount, native_signature, compatible_signature),
        *(message, frames, forwarded, allow_list, symbol_list, channel),
    )
}

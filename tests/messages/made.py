"""Messages made from their own declarations: one fixed sample of each, and strategies for any."""

import types
from dataclasses import MISSING, is_dataclass
from dataclasses import fields as dataclass_fields
from enum import Enum
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from tradewind.messages.commands import Command, Envelope
from tradewind.messages.events import Batch, Entry, Event
from tradewind.messages.replies import Answer, Answers, Reply
from tradewind.values.orders import MarketState, OrderType, SelfTrade, TimeInForce
from tradewind.values.symbols import SymbolRules

COMMANDS: tuple[type, ...] = get_args(Command)
EVENTS: tuple[type, ...] = get_args(Event)
REPLIES: tuple[type, ...] = get_args(Reply)
# A vocabulary that has grown: samples keep to the words that it had when the first golden bytes were written.
WORDS_AT_FIRST: dict[type, int] = {OrderType: 3, TimeInForce: 3, SelfTrade: 2, MarketState: 5}


def required(kind: type) -> dict[str, Any]:
    """Fields without a default: what a sample fills, so that a field which came later keeps its default."""
    if issubclass(kind, tuple):  # a NamedTuple
        return {name: hint for name, hint in get_type_hints(kind).items() if name not in kind._field_defaults}  # type: ignore[attr-defined]
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return {field.name: hints[field.name] for field in dataclass_fields(kind) if field.default is MISSING}
    return {field.name: field.type for field in msgspec.structs.fields(kind) if field.required}


def sample(kind: Any, salt: int = 1) -> Any:
    """The same value each time; `salt` tells the fields of a record from each other."""
    origin, args = get_origin(kind), get_args(kind)
    if isinstance(kind, types.UnionType) or origin is Annotated:
        return sample(args[0], salt)
    if origin is tuple:
        return (sample(args[0], salt), sample(args[0], salt + 1)) if args[-1] is ... else tuple(
            sample(arg, salt + place) for place, arg in enumerate(args)
        )  # fmt: skip
    if origin is dict:
        return {f"k{salt}": salt * 1000, f"k{salt + 1}": salt}
    if kind is bool:
        return salt % 2 == 1
    if issubclass(kind, Enum):
        members = list(kind)[: WORDS_AT_FIRST.get(kind)]
        return members[salt % len(members)]
    if kind in (int, str, bytes):
        return {int: salt * 1_000_003, str: f"text{salt}", bytes: bytes([salt, 0, 255])}[kind]
    return kind(**{name: sample(hint, salt + place) for place, (name, hint) in enumerate(required(kind).items())})


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return any_of(args[0])
    if isinstance(kind, types.UnionType):
        return st.one_of([any_of(arg) for arg in args])
    if origin is tuple:
        return st.lists(any_of(args[0]), max_size=3).map(tuple) if args[-1] is ... else st.tuples(*map(any_of, args))
    if origin is dict:
        return st.dictionaries(any_of(args[0]), any_of(args[1]), max_size=3)
    if kind is bool:
        return st.booleans()
    if kind is types.NoneType:
        return st.none()
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if kind in (int, str, bytes):
        return {int: st.integers(-(2**63), 2**63 - 1), str: st.text(max_size=40), bytes: st.binary(max_size=40)}[kind]
    if issubclass(kind, tuple):
        return st.builds(kind, **{name: any_of(hint) for name, hint in get_type_hints(kind).items()})
    if kind is SymbolRules:
        return st.builds(kind, **{name: any_of(hint) for name, hint in required(kind).items()})
    return st.builds(kind, **{field.name: any_of(field.type) for field in msgspec.structs.fields(kind)})


def wrapped(body: Any) -> Envelope | Entry | Answer:
    """The body in the shape in which it travels."""
    if isinstance(body, Command):
        return Envelope(b"0123456789abcdef", "request-1", 1_900_000_000_000_000_000, "mailbox", body)
    if isinstance(body, Event):
        return Entry("feed/0", 17, 1_900_000_000_000_000_000, "inbox", 16, (body,))
    assert isinstance(body, Reply), body
    return Answer("request-1", "clearing/0", 17, body)


def samples() -> dict[str, Any]:
    """Every message that may stand in a journal, on a feed or in an inbox, by the name of its golden file."""
    made = {kind.__name__: wrapped(sample(kind)) for kind in (*COMMANDS, *EVENTS, *REPLIES)}
    entry = wrapped(sample(EVENTS[0]))
    assert isinstance(entry, Entry)
    return made | {"Answers": Answers((b"one", b"two")), "Batch": Batch(3, 17, {"inbox": 16, "admin/0": 2}, (entry,))}

"""Which fields are secret or personal: declared where the field is, and looked up by whatever leaves the house.

    email: PersonalText

Declared fields are masked in incident bundles. A mask is made of the value and a key that stays at home: equal values have
equal masks, so a machine that only compares them decides about masks as it did about the values.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

_MARK = "masked"
_KINDS = ("secret", "personal")  # the bare word will do as well: values/, which knows no msgspec, declares so
SecretText = Annotated[str, msgspec.Meta(extra={_MARK: "secret"})]
SecretBytes = Annotated[bytes, msgspec.Meta(extra={_MARK: "secret"})]
PersonalText = Annotated[str, msgspec.Meta(extra={_MARK: "personal"})]

Plain = TypeVar("Plain", str, bytes)
Mask = Callable[[Any], Any]  # of a str or bytes, to the same type; it leaves empty ones as they are


@cache
def declared(shape: type) -> dict[str, str]:
    """Fields of this struct or named tuple that are to be masked -> why ("secret", "personal")."""
    kinds: dict[str, str] = {}
    for name, hint in get_type_hints(shape, include_extras=True).items():
        for note in getattr(hint, "__metadata__", ()):
            kind = (note.extra or {}).get(_MARK) if isinstance(note, msgspec.Meta) else note
            if kind in _KINDS:
                assert issubclass(hint.__origin__, str | bytes), (shape, name)
                kinds[name] = kind
    return kinds


def _structs(hint: Any) -> Iterator[type]:
    """Struct types that a value of this type may hold."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
        for inner in get_type_hints(hint).values():
            yield from _structs(inner)
    elif get_origin(hint) in (Union, UnionType, tuple, list, dict):
        for inner in get_args(hint):
            yield from _structs(inner)


def _tuples(hint: Any) -> Iterator[type]:
    """Named tuples that a field of this type may hold: they travel without a tag, as a part of their struct."""
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        yield hint
        for inner in get_type_hints(hint).values():
            yield from _tuples(inner)
    elif get_origin(hint) in (Union, UnionType, tuple, list, dict):
        for inner in get_args(hint):
            yield from _tuples(inner)


@cache
def _holds_declared(shape: type) -> bool:
    hints = get_type_hints(shape).values()
    return bool(declared(shape)) or any(declared(inner) for hint in hints for inner in _tuples(hint))


@cache
def shapes(message: type) -> tuple[type, ...]:
    """Structs with declared fields that may stand in a message of this type."""
    return tuple(dict.fromkeys(shape for shape in _structs(message) if _holds_declared(shape)))


@cache
def _tags(message: type) -> re.Pattern[bytes] | None:
    """What encoded messages must contain to hold anything declared: a struct's tag travels as its name."""
    tags = [str(shape.__struct_config__.tag).encode() for shape in shapes(message)]  # type: ignore[attr-defined]
    return re.compile(b"|".join(map(re.escape, tags))) if tags else None


def may_hold(message: type, body: bytes) -> bool:
    """False: these bytes of such a message surely hold nothing declared. Much cheaper than decoding them."""
    pattern = _tags(message)
    return pattern is not None and pattern.search(body) is not None


def masked(value: Any, mask: Mask) -> Any:
    """`value` with every declared field masked, however deep it stands."""
    if isinstance(value, msgspec.Struct):
        kinds = declared(type(value))
        new: dict[str, Any] = {}
        for name in value.__struct_fields__:
            old = getattr(value, name)
            came = mask(old) if name in kinds else masked(old, mask)
            if came is not old:
                new[name] = came
        return msgspec.structs.replace(value, **new) if new else value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        kinds = declared(type(value))
        pairs = zip(value._fields, value, strict=True)
        came = [mask(old) if name in kinds else masked(old, mask) for name, old in pairs]
        return type(value)(*came) if any(new is not old for new, old in zip(came, value, strict=True)) else value
    if isinstance(value, tuple | list):
        came = [masked(one, mask) for one in value]
        return type(value)(came) if any(new is not old for new, old in zip(came, value, strict=True)) else value
    return value

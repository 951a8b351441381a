"""Reading fields one by one; what nobody has read at the end is an unknown field, and refused."""

import re
from collections.abc import Collection
from enum import IntEnum
from typing import Any, TypeVar

from tradewind.services.gateway.problems import Problem, bad
from tradewind.values.money import BadAmount, parse_units

E = TypeVar("E", bound=IntEnum)
INTEGER = re.compile(r"(0|[1-9][0-9]{0,18})", re.ASCII)
TEXT_MAX = 256


class Fields:
    """The parameters of one call. Every method raises Problem, naming the field, when the value is not what it should be."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._left = dict(given)

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def done(self) -> None:
        """To be called after the last field has been read."""
        if self._left:
            raise bad(f"unknown field {min(self._left)[:64]!a}")

    def optional_text(self, name: str, pattern: re.Pattern[str] | None = None) -> str | None:
        """None when absent. Without a pattern: printable characters, at most 256."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, str):
            raise bad(f"{name} must be text")
        if pattern is not None:
            if pattern.fullmatch(value) is None:
                raise bad(f"{name} must match {pattern.pattern}")
        elif len(value) > TEXT_MAX or not value.isprintable():
            raise bad(f"{name} must be at most {TEXT_MAX} printable characters")
        return value

    def text(self, name: str, pattern: re.Pattern[str] | None = None) -> str:
        value = self.optional_text(name, pattern)
        if not value:
            raise bad(f"{name} is required")
        return value

    def word(self, name: str, words: Collection[str], default: str | None = None) -> str:
        """One of `words`."""
        value = self.optional_text(name)
        if value is None:
            value = default
        if value is None:
            raise bad(f"{name} is required")
        if value not in words:
            raise bad(f"{name} must be one of {', '.join(words)}")
        return value

    def choice(self, name: str, choices: type[E]) -> E:
        return choices[self.word(name, choices.__members__)]

    def integer(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A JSON integer, or its digits as text (query strings have nothing else); both ends included."""
        value = self._left.pop(name, None)
        if value is None:
            if default is None:
                raise bad(f"{name} is required")
            return default
        if isinstance(value, str) and INTEGER.fullmatch(value):
            value = int(value)
        if type(value) is not int or not low <= value <= high:
            raise bad(f"{name} must be an integer from {low} to {high}")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self._left.pop(name, default)
        if isinstance(value, str) and value in {"true", "false"}:
            return value == "true"
        if not isinstance(value, bool):
            raise bad(f"{name} must be true or false")
        return value

    def amount(self, name: str, precision: int, low: int = 1) -> int:
        """Units of 10**-precision, at least `low` of them: a decimal string, or a JSON integer (which is exact)."""
        value = self._left.pop(name, None)
        if value is None:
            raise bad(f"{name} is required")
        if type(value) is int:
            value = str(value)
        if not isinstance(value, str):
            raise bad(f"{name} must be a decimal string")
        try:
            units = parse_units(value, precision)
        except BadAmount as error:
            raise bad(f"{name}: {error}") from None
        if units < low:
            raise bad(f"{name} must be above zero")
        return units

    def refuse(self, names: Collection[str], problem: Problem) -> None:
        """Raise `problem` when one of `names` is given: fields that the API has and this kind of call has not."""
        if not self._left.keys().isdisjoint(names):
            raise problem

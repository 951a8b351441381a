"""Answers that are no JSON; CSV for spreadsheets, which take some text for a formula and run it: no cell of ours is one."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sheet:
    """An answer that is no JSON. `headers` are further ones."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    content_type: ClassVar[str] = "text/csv; charset=utf-8; header=present"
    schema: ClassVar[Mapping[str, str]] = {"type": "string"}  # of what a reader of that type reads


class Html(Sheet):
    content_type = "text/html; charset=utf-8"


class Yaml(Sheet):
    content_type = "application/yaml"
    schema: ClassVar[Mapping[str, str]] = {"type": "object"}


def cell(value: object) -> str:
    """Text that a spreadsheet shows as it stands; numbers, negative ones too, stay numbers."""
    text = str(value)
    if text.lstrip().startswith(FORMULA_STARTS) or text.startswith(FORMULA_STARTS):
        return text if _NUMBER.fullmatch(text) else f"'{text}"
    return text


def sheet(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8, lines end with CR LF (RFC 4180)."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return written.getvalue().encode()

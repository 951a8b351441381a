"""What is secret or personal is declared, travels as before, and is masked wherever it stands."""

import importlib
import re
from pathlib import Path

import pytest

from tests.messages.made import COMMANDS, EVENTS, REPLIES, sample, wrapped
from tradewind import services
from tradewind.messages.codec import encode
from tradewind.messages.commands import ReportBlocks
from tradewind.messages.secrecy import declared, masked, may_hold, shapes
from tradewind.ports.tables import Table
from tradewind.values.wallet import Block, Transfer

# A field with such a name that is none all the same stands here, with the reason.
TELLING = re.compile(r"mail|password|secret|phone|totp|ip_allow|private_key|label|address|tag|idempotency|^raw$")
HARMLESS: dict[str, str] = {}
MASK = {str: "masked", bytes: b"masked"}


def tables() -> list[Table]:
    names = sorted(path.parent.name for root in services.__path__ for path in Path(root).glob("*/tables.py"))
    modules = [importlib.import_module(f"{services.__name__}.{name}.tables") for name in names]
    return [thing for module in modules for thing in vars(module).values() if isinstance(thing, Table)]


@pytest.mark.parametrize("shape", [*COMMANDS, *EVENTS, *REPLIES, *(table.record for table in tables())])
def test_no_field_with_a_telling_name_is_forgotten(shape: type) -> None:
    telling = {name for name in shape.__struct_fields__ if TELLING.search(name)}  # type: ignore[attr-defined]
    assert telling - HARMLESS.keys() <= declared(shape).keys()


def test_the_names_do_tell() -> None:
    found = {shape.__name__ for shape in (*COMMANDS, *EVENTS) if declared(shape)}
    assert found >= {"CreateAccount", "CreateApiKey", "AccountCreated", "ApiKeyCreated"}
    assert found >= {"RequestWithdrawal", "AssignAddress", "ReportSigned", "WithdrawalHeld"}


def test_what_stands_in_a_tuple_of_a_message_is_masked_as_well() -> None:
    """Whom a block pays stands in its transfers, two tuples below the report of it."""
    blocks = (Block(1, "h1", "h0"), Block(2, "h2", "h1", (Transfer("t", 0, "canary nest", "BTC", 5),)))
    told = wrapped(ReportBlocks("net", blocks))
    shown = masked(told, lambda value: MASK[type(value)])
    assert b"canary" in encode(told) and may_hold(type(told), encode(told))
    assert shown.body.blocks == (blocks[0], blocks[1]._replace(transfers=(Transfer("t", 0, "masked", "BTC", 5),)))
    assert masked(wrapped(ReportBlocks("net", blocks[:1])), lambda value: MASK[type(value)]).body.blocks == blocks[:1]


@pytest.mark.parametrize("kind", [*COMMANDS, *EVENTS])
def test_what_is_declared_is_masked_and_nothing_else(kind: type) -> None:
    message = wrapped(sample(kind))
    plain = encode(message)
    shown = masked(message, lambda value: MASK[type(value)])
    hidden = [value for name in declared(kind) if (value := getattr(sample(kind), name))]
    assert (shown is message) == (not hidden)
    for value in hidden:
        raw = value.encode() if isinstance(value, str) else value
        assert raw in plain and raw not in encode(shown)
    assert may_hold(type(message), plain) or kind not in shapes(type(message))

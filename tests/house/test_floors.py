"""Imports go downwards only (DESIGN: layout)."""

import pytest

from tests.house.floors import FLOORS, PURE, faults
from tests.house.tree import ROOT, files, module_of


def test_imports_go_downwards_only() -> None:
    sources = files("src/tradewind/*.py", "sim/*.py")
    assert len(sources) > 30
    assert [
        fault for path in sources for fault in faults(path.read_text(), module_of(path), package=path.name == "__init__.py")
    ] == []


def test_every_package_has_a_floor() -> None:
    packages = {path.relative_to(ROOT / "src" / "tradewind").parts[0] for path in files("src/tradewind/*.py")}
    assert {name.removesuffix(".py") for name in packages} - {"__init__"} <= set(FLOORS)
    assert set(FLOORS) >= PURE


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("tradewind.values.money", "from tradewind.messages.base import Message"),
        ("tradewind.values.money", "import msgspec"),
        ("tradewind.values.money", "from tradewind import ports"),
        ("tradewind.messages.codec", "import tradewind.ports.bus"),
        ("tradewind.audit.money", "from ..runtime import machine"),
        ("tradewind.runtime.loop", "from tradewind.services.clearing.tables import BALANCES"),
        ("tradewind.runtime.loop", "def late():\n    import time"),
        ("tradewind.runtime.loop", "from os import path"),
        ("tradewind.runtime.loop", "import asyncio.events"),
        ("tradewind.runtime.loop", "import datetime\nat = datetime.datetime.now()"),
        ("tradewind.runtime.loop", "from datetime import datetime\nat = datetime.utcnow"),
        ("tradewind.services.clearing.machine", "from tradewind.services.matching import tables"),
        ("tradewind.services.clearing.machine", "from tradewind.services.matching.book import Book"),
        ("tradewind.services.clearing.machine", "from ..matching.book import Book"),
        ("tradewind.services.clearing.machine", "from tradewind.adapters.postgres import Postgres"),
        ("tradewind.services.clearing.machine", "import psycopg"),
        ("tradewind.services.clearing.machine", "from tradewind.services.registry import MACHINES"),
        ("tradewind.services.clearing.machine", "import random"),
        ("tradewind.services.gateway.routes", "from tradewind.services.order.machine import Order"),
        ("tradewind.services.gateway.routes", "import hypercorn.trio"),
        ("tradewind.services.gateway.routes", "import tradewind.cli"),
        ("tradewind.adapters.postgres", "from tradewind.services.order import tables"),
        ("tradewind.ops.preflight", "from tradewind.adapters.postgres import Postgres"),
        ("tradewind.compose", "import sim"),
        ("tradewind.adapters.postgres", "from sim.kernel import world"),
        ("sim.store", "from tradewind.adapters import postgres"),
        ("sim.store", "import tradewind.adapters.redis"),
    ],
)
def test_a_planted_import_is_found(module: str, source: str) -> None:
    assert len(list(faults(source, module))) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("tradewind.values.symbols", "import re\nfrom tradewind.values.money import UNITS_MAX"),
        ("tradewind.services.clearing.machine", "from tradewind.services.clearing.rules import reserve\nfrom . import tables"),
        ("tradewind.services.gateway.routes", "from tradewind.services.order.tables import ORDERS"),
        ("tradewind.services.gateway.routes", "from tradewind.services.order import tables"),
        ("tradewind.adapters.clock", "import time, os, socket\nfrom tradewind.ports.clock import Clock"),
        ("tradewind.compose", "from tradewind.adapters.postgres import Postgres\nfrom tradewind.services.order import machine"),
        ("tradewind.runtime.loop", "from datetime import timedelta"),
        ("tradewind.services.registry", "from tradewind.services.order.machine import OrderMachine"),
        ("tradewind.services.gateway.pairs", "from hypercorn.typing import ASGISendCallable"),
        ("sim.store", "import random, os\nfrom tradewind.ports.store import Store"),
    ],
)
def test_what_is_allowed_is_not_found(module: str, source: str) -> None:
    assert list(faults(source, module)) == []

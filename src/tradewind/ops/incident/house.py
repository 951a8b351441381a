"""What a bundle says of the exchange besides its rows and journals: configuration without secrets, and versions."""

import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib import metadata

from tradewind import __version__
from tradewind.audit.books import Machine
from tradewind.messages.topology import Topology
from tradewind.ops.incident.export import House
from tradewind.ops.incident.masks import Masks
from tradewind.ops.incident.records import Versions
from tradewind.ops.settings import Settings, shown
from tradewind.runtime.limits import Limits


def house_of(settings: Settings, topology: Topology, machines: Mapping[str, type[Machine]], now_ns: int) -> House:
    """`now_ns`: wall time, told in the header."""
    packages = {found.metadata["Name"]: found.version for found in metadata.distributions()}
    return House(
        topology,
        machines,
        Masks(settings.vault_keys[settings.vault_key_id]),
        shown(settings),
        asdict(Limits()),
        Versions(__version__, platform.python_version(), "", dict(sorted(packages.items())), {}),
        now_ns,
    )

"""From a lease to a machine that is ready to go on: its rows, its positions, the commands it remembers."""

from dataclasses import dataclass
from typing import Any

from tradewind.messages.topology import Topology, index_of
from tradewind.ports.store import COMMANDS, POSITIONS, QUARANTINE
from tradewind.ports.tables import Op, Query, Table
from tradewind.ports.world import World
from tradewind.runtime.limits import Limits
from tradewind.runtime.machine import Machine
from tradewind.runtime.memory import CommandMemory
from tradewind.runtime.quarantine import ROWS_MAX, Quarantine

Conditions = tuple[tuple[str, Op, Any], ...]


@dataclass(slots=True)
class Loaded:
    machine: Machine
    sources: tuple[str, ...]
    positions: dict[str, int]
    memory: CommandMemory
    quarantine: Quarantine


def query_for(machine: type[Machine], table: Table, index: int) -> Query:
    """Which rows of `table` a machine takes up: its shard's, and what its `load_where` says, if it has one."""
    special: dict[Table, Conditions] = getattr(machine, "load_where", {})
    mine: Conditions = (("shard", "=", index),) if "shard" in table.columns else ()
    return Query(table, mine + special.get(table, ()))


async def load(shard: str, make: type[Machine], topology: Topology, world: World, limits: Limits) -> Loaded:
    """Call it only with the lease in hand: nobody else writes these rows then. Raises Unavailable."""
    index = index_of(shard)
    tables = [table for table in make.tables if not table.append]
    mine: Conditions = (("shard", "=", shard),)
    rows = await world.store.read(
        [
            Query(POSITIONS, mine),
            Query(COMMANDS, mine, order=("seq",), descending=True, limit=limits.memory_max),
            Query(QUARANTINE, mine, order=("id",), descending=True, limit=ROWS_MAX),
            *(query_for(make, table, index) for table in tables),
        ]
    )
    machine = make(index, topology)
    machine.load(dict(zip(tables, rows[3:], strict=True)))
    memory = CommandMemory(limits.memory_ns, limits.memory_max)
    memory.load(rows[1])
    return Loaded(
        machine,
        topology.sources(shard),
        {row.source: row.position for row in rows[0]},
        memory,
        Quarantine(shard, rows[2]),
    )

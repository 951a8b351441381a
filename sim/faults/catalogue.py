"""The catalogue as a table: `tradewind-sim faults`."""

from rich.table import Table

from sim.faults import FATES, FAULTS
from sim.faults.registry import FATES_SAY
from sim.models.buggify import SITES


def catalogue() -> Table:
    table = Table("family", "fault", "what happens", "parameters", title="what can go wrong, by name", show_lines=True)
    for kind in sorted(FAULTS.values(), key=lambda kind: kind.family):
        told = "\n".join(f"{one.field} ({one.unit}): {one.says}" for one in kind.parameters)
        table.add_row(kind.family, kind.name, kind.says, told)
    for name in FATES:
        table.add_row("store", name, FATES_SAY[name], "when.shard, when.commit: which commit")
    return table


def sites() -> Table:
    table = Table("site", "what the model does there", title="awkward places (`sites` of a plan, per thousand)")
    for name, says in SITES.items():
        table.add_row(name, says)
    return table

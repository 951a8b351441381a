"""A run = a plan + a seed. A plan is pure data: what stands where, how small the limits are, who wants what, what goes wrong.

Nothing in it is drawn while it runs, so a person can read it, edit it, and take things away from it until the bug is gone.
"""

from pathlib import Path

import msgspec

from tradewind.runtime.limits import Limits

VERSION = 1


class When(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """`at_ms` after the storm began; or, with `commit` > 0, at that commit of `shard`, `before` it stands or after. Commits are
    counted from the world's beginning, or with `in_storm` from the storm's. Or `on` something that happens, for the `count`-th
    time: sim.faults.triggers says what it may be. `steps`: then wait for so many more steps of the victim."""

    at_ms: int = 0
    shard: str = ""
    commit: int = 0
    before: bool = False
    in_storm: bool = False
    on: str = ""
    count: int = 1
    steps: int = 0


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """`do` names a fault of sim.faults; `node` its victim, for commits empty = whoever commits. `for_ms` until it is healed.

    What `peer`, `others` and `amount` are, each fault says: `tradewind-sim faults`.
    """

    do: str
    when: When = When()
    node: str = ""
    peer: str = ""
    others: tuple[str, ...] = ()
    for_ms: int = 0
    amount: int = 0


class Op(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Something a client wants at `at_ms` after the storm began. `of` is the id of the client's own earlier operation that it
    is about. Prices and quantities in units. `give_up_ms` > 0: hang up so long after asking, then find out what came of it.
    """

    id: int
    do: str
    at_ms: int = 0
    symbol: str = ""
    side: int = 0
    type: int = 0
    time_in_force: int = 0
    self_trade: int = 1
    price: int = 0
    quantity: int = 0
    of: int = 0
    by_name: bool = False
    give_up_ms: int = 0
    state: int = 0
    stop_price: int = 0
    limit: int = 0  # of a pair's stop order, 0 = it becomes a MARKET order
    display: int = 0  # the slice that an iceberg shows
    amount: int = 0  # in quote units, of a MARKET order by amount
    good_till: int = 0  # ms after the storm began
    several: tuple["Op", ...] = ()  # the orders of a batch
    whose: int = 0  # account of the client whose operation `of` is, where it is not one's own
    terms: dict[str, int] = {}  # of a symbol that the operator changes: fields of ChangeSymbol, in units
    what: str = ""  # which hostile request; whose readiness is asked for; which market is created


class ChainDay(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A blockchain beside the exchange: how often a block comes, and how deep one must lie."""

    block_ms: int = 120
    confirmations: int = 3


class Client(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One account, on a node of its own. The operator is a client too, with `account` 0."""

    name: str
    account: int = 0
    gateway: str = ""
    ops: tuple[Op, ...] = ()
    permissions: int = 3  # of its key: READ 1, TRADE 2
    poor: bool = False  # its account begins with nothing, not even a row


class Watch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A subscriber on a node of its own: to public `channels`, or to the private feed of the plan's `account`."""

    name: str
    gateway: str
    account: int = 0
    channels: tuple[str, ...] = ()


class Process(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A node that serves these shards. Two processes with one shard: the second is its standby."""

    name: str
    shards: tuple[str, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """`schedule`: shuffled, fifo, pct, starve:NODE, or fifo with what sim.kernel.deviations adds to it. `knobs`: fields of
    runtime Limits that differ from production's. `sites`: awkward places of the models, and how often (per thousand) each one
    fires. `writes`: the version of messages that every node begins with. `accepts_loss`: a failover may lose what was
    acknowledged, and then the exchange is not judged for that. `deadly`: the client order id of an order that kills clearing.
    """

    version: int = VERSION
    profile: str = "swarm"
    clearing: int = 1
    matching: int = 2
    gateways: int = 0
    processes: tuple[Process, ...] = ()
    schedule: str = "shuffled"
    knobs: dict[str, int | float] = {}
    markets: tuple[str, ...] = ()
    sites: dict[str, int] = {}
    writes: int = 1
    accepts_loss: bool = False
    deadly: str = ""
    storm_ms: int = 5_000
    chain: ChainDay | None = None
    clients: tuple[Client, ...] = ()
    watches: tuple[Watch, ...] = ()
    frames_max: int = 1_000  # that a gateway keeps for a slow subscriber
    faults: tuple[Fault, ...] = ()

    def limits(self) -> Limits:
        return Limits(**self.knobs)  # type: ignore[arg-type]

    @property
    def calm(self) -> bool:
        return not self.faults and not self.sites and not self.deadly


def to_json(plan: Plan) -> bytes:
    """Indented, defaults left out; one line per thing that a person may take away."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=1)


def read(path: Path) -> Plan:
    """A plan from a .json file. Raises msgspec.ValidationError or DecodeError for one that is none."""
    return msgspec.json.decode(path.read_bytes(), type=Plan)

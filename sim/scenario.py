"""A scenario: one idea, told as a small plan, a seed, and what must come of it. `run FILE` plays one."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from sim.clients import op_lines
from sim.cluster import Cluster
from sim.kernel.result import Finding
from sim.markets import MARKETS
from sim.plan import Client, Plan
from sim.run import Ran, run
from tradewind.machines import MACHINES
from tradewind.runtime.machine import Machine

NOT_REACHED = "not reached"


class Who(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A client and its day, a line for each operation. Account 0 is the operator. `poor`: the account begins with nothing."""

    account: int = 0
    gateway: str = ""
    poor: bool = False
    day: str = ""
    permissions: int = 3


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`expect`: marks that the run must reach, beside finding nothing. `plan` leaves its clients, and its markets unless it
    says otherwise, to `clients`. `finds`: the bug that it was written for, while it lives; whoever mends it takes the line out.
    `softened`: what was not run as it had been asked for, when this was saved.
    """

    says: str
    seed: int
    expect: tuple[str, ...]
    plan: Plan
    clients: dict[str, Who] = {}
    finds: str = ""
    softened: tuple[str, ...] = ()

    def staged(self) -> Plan:
        """The whole plan. Raises BadLine."""
        clients = tuple(
            Client(
                name=name,
                account=who.account,
                gateway=who.gateway,
                permissions=who.permissions,
                poor=who.poor,
                ops=op_lines.read(who.day.splitlines()),
            )
            for name, who in self.clients.items()
        )
        markets = self.plan.markets or _named(clients)
        return msgspec.structs.replace(self.plan, clients=clients, markets=markets)


def _named(clients: tuple[Client, ...]) -> tuple[str, ...]:
    named = {op.symbol for client in clients for op in client.ops}
    return tuple(symbol for symbol in MARKETS if symbol in named)


def read(path: Path) -> Scenario:
    """Raises msgspec.ValidationError or DecodeError for a file that is no scenario."""
    return parse(path.read_bytes())


def parse(text: str | bytes) -> Scenario:
    """Raises as `read` does."""
    return msgspec.toml.decode(text, type=Scenario)


def play(
    scenario: Scenario,
    *,
    seed: int | None = None,
    trace_max: int = 0,
    watch: Callable[[Cluster], None] = lambda cluster: None,
    machines: Mapping[str, type[Machine]] = MACHINES,
) -> Ran:
    """With another seed it has other latencies and orders of steps. A mark that it did not reach is a finding."""
    seed = scenario.seed if seed is None else seed
    ran = run(scenario.staged(), seed, machines=machines, trace_max=trace_max, watch=watch)
    missed = [mark for mark in scenario.expect if not ran.marks.get(mark)]
    ran.findings += [Finding(NOT_REACHED, mark) for mark in missed]
    return ran


def of_run(ran: Ran, says: str) -> Scenario:
    """A run as a scenario that expects its faults: a beginning, to be trimmed by hand."""
    told_of = of_plan(ran.plan, ran.seed, says, tuple(f"fault: {do}" for do in sorted(ran.fired)))
    return msgspec.structs.replace(told_of, softened=ran.softened)


def of_plan(plan: Plan, seed: int, says: str, expect: tuple[str, ...] = (), finds: str = "") -> Scenario:
    """A plan as people read it: its clients' days in lines."""
    clients = {
        client.name: Who(
            account=client.account,
            gateway=client.gateway,
            permissions=client.permissions,
            poor=client.poor,
            day="\n".join(op_lines.write(client.ops)),
        )
        for client in plan.clients
    }
    markets = () if plan.markets == _named(plan.clients) else plan.markets
    stage = msgspec.structs.replace(plan, clients=(), markets=markets)
    return Scenario(says=says, seed=seed, expect=expect, plan=stage, clients=clients, finds=finds)


def to_toml(scenario: Scenario) -> str:
    """As `read` reads it; one line for each thing that a person may take away."""
    lines = [f"says = {_plain(scenario.says)}", f"seed = {scenario.seed}", f"expect = {_plain(scenario.expect)}"]
    lines += [f"finds = {_plain(scenario.finds)}"] if scenario.finds else []
    lines += [f"softened = {_plain(scenario.softened)}"] if scenario.softened else []
    lines += ["", "[plan]"]
    for name, value in msgspec.to_builtins(scenario.plan).items():
        if isinstance(value, (list, tuple)) and value and isinstance(value[0], dict):
            lines += [f"{name} = [", *(f"  {_plain(one)}," for one in value), "]"]
        else:
            lines.append(f"{name} = {_plain(value)}")
    for name, who in scenario.clients.items():
        lines += ["", f"[clients.{_plain(name)}]", f"account = {who.account}"]
        lines += [f"gateway = {_plain(who.gateway)}"] if who.gateway else []
        lines += [f"permissions = {who.permissions}"] if who.permissions != Who().permissions else []
        lines += ["poor = true"] if who.poor else []
        lines += ['day = """', who.day, '"""'] if who.day else []
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_plain(one)}" for name, one in value.items()) + " }" if value else "{}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return json.dumps(value)

"""What the world itself noted: births and deaths, faults, what clients wanted and were told, and what must not be."""

from collections.abc import Sequence
from typing import Any

import msgspec

from sim.clients import op_lines
from sim.kernel.result import Crash, Finding
from sim.plan import Op, Plan
from sim.report.bodies import Bodies
from sim.report.timeline import NOBODY, Band, Note, Violation

NAMED_AFTER_ANOTHER = ("repeat", "twist", "cancel", "amend", "look")
LIVES = {"boot": "begins life", "kill": "dies", "stop": "is asked to stop", "pause": "stands still", "resume": "goes on"}


class Chronicle:
    def __init__(self, plan: Plan, bodies: Bodies, lanes: Sequence[str], until_ns: int) -> None:
        self.notes: list[Note] = []
        self.bands: list[Band] = []
        self.violations: list[Violation] = []
        self._bodies = bodies
        self._lanes = dict.fromkeys(lanes)
        self._until_ns = until_ns
        self._ops = {(client.name, op.id): op for client in plan.clients for op in client.ops}
        self._faults: list[tuple[int, str, str, str, int]] = []  # since, do, node, peer, amount: those that last still
        self._down: dict[str, int] = {}  # since when

    def tell(self, events: Sequence[tuple[Any, ...]], findings: Sequence[Finding], crashes: Sequence[Crash]) -> None:
        for at_ns, kind, *facts in events:
            match kind:
                case "boot" | "kill" | "stop" | "pause" | "resume":
                    self._life(at_ns, kind, facts[0], facts[1])
                case "fault":
                    self._faults.append((at_ns, *facts))
                case "healed":
                    self._healed(at_ns, facts[0], facts[1])
                case "asks" | "told":
                    self._client(at_ns, kind, facts)
                case "finding":
                    self._violation(at_ns, facts[0], facts[1])
        for at_ns, do, node, peer, amount in self._faults:
            self._band(at_ns, at_ns, do, node, peer, amount)
        for node, since_ns in self._down.items():
            self.bands.append(Band((node,), since_ns, self._until_ns, "down", f"{node} is down"))
        for crash in crashes:
            self._violation(crash.at_ns, f"crash {crash.identity}", f"{crash.node}: {crash.message}", crash.node, crash.trace)
        known = {(one.name, one.what.partition("\n")[0]) for one in self.violations}
        for finding in findings:
            if (finding.name, finding.what.partition("\n")[0]) not in known:
                self._violation(self._until_ns, finding.name, finding.what)

    def _life(self, at_ns: int, kind: str, node: str, life: int) -> None:
        which = f" {life}" if kind == "boot" else ""
        self.notes.append(Note(node, at_ns, kind, f"{node} {LIVES[kind]}{which}"))
        if kind == "kill":
            self._down[node] = at_ns
        elif kind == "boot" and (since_ns := self._down.pop(node, at_ns)) < at_ns:
            self.bands.append(Band((node,), since_ns, at_ns, "down", f"{node} is down"))

    def _healed(self, at_ns: int, do: str, node: str) -> None:
        for number, (since_ns, what, victim, peer, amount) in enumerate(self._faults):
            if what == do and node in ("", victim):
                del self._faults[number]
                self._band(since_ns, at_ns, do, victim, peer, amount)
                return

    def _band(self, since_ns: int, until_ns: int, do: str, node: str, peer: str, amount: int) -> None:
        named = [name for name in (node, peer) if name in self._lanes]
        family = do.partition("_")[0]
        lanes = tuple(named or [name for name in (family,) if name in self._lanes])
        words = [do.replace("_", " "), *([f"{node} | {peer}"] if node and peer else [node or peer])]
        told = " ".join(word for word in words if word) + (f" ({amount})" if amount else "")
        self.bands.append(Band(lanes, since_ns, until_ns, do.replace("_", " "), told))

    def _client(self, at_ns: int, kind: str, facts: list[Any]) -> None:
        client, number = facts[:2]
        op = self._ops.get((client, number))
        name = f"{client}-{number if op is None or op.do not in NAMED_AFTER_ANOTHER else op.of}"
        orders = tuple(dict.fromkeys(self._bodies.concern.named(name) + (tuple(facts[3]) if kind == "told" else ())))
        wish = f"#{number}" if op is None else f"#{number} {_wish(op)}"
        about = msgspec.structs.replace(NOBODY, orders=orders) if orders else NOBODY
        if kind == "asks":
            again = f" (try {facts[2]})" if facts[2] > 1 else ""
            self.notes.append(Note(client, at_ns, kind, f"{client} asks {wish}{again}", f"as {name}", about))
        else:
            code = facts[2] or "yes"
            which = f", order {', '.join(map(str, facts[3]))}" if facts[3] else ""
            self.notes.append(Note(client, at_ns, kind, f"{client} is told {code} to {wish}{which}", f"as {name}", about))

    def _violation(self, at_ns: int, name: str, what: str, node: str = "", trace: str = "") -> None:
        about = self._bodies.concern.in_text(what)
        node = node or what.partition(": ")[0]
        what = f"{what}\n{trace}" if trace else what
        self.violations.append(Violation(at_ns, name, what, node if node in self._lanes else "", about))


def _wish(op: Op) -> str:
    """As a scenario's line has it, without its number and time."""
    return op_lines.write([op])[0].partition(" ")[2].partition(" ")[2]

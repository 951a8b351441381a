"""A recorded run as a timeline."""

from collections.abc import Callable, Iterator
from typing import Any

from sim.report.bodies import Bodies, Told
from sim.report.recorder import BUS, STORE, Call, Recorder
from sim.report.rows import changes_of, columns_of
from sim.report.telling_events import Chronicle
from sim.report.telling_web import talked
from sim.report.timeline import NEVER, CommitMark, Fate, Lane, LaneKind, Message, Timeline
from sim.run import Ran
from tradewind.ports.errors import Unavailable, Unknown

LATE_NS = 10_000_000  # ten times what is usual on any way
FORGOTTEN = ("commands", "ledger")  # tables whose rows nobody asks for at an instant
LEASES = ("acquire", "renew", "release", "heads")


def timeline_of(recorder: Recorder, ran: Ran, title: str, repeat: str = "") -> Timeline:
    """Everything that `recorder` has seen of `ran`, in the order of instants, and all that was found."""
    bodies = Bodies()
    for stood in recorder.commitments:
        bodies.learn(stood.commit.entries)
    made = Timeline(title, repeat, lanes=_lanes(recorder))
    for call in recorder.calls:
        made.messages += _Arrows(bodies, call).drawn()
    for talk in recorder.talks:
        made.messages += talked(talk, bodies.concern)
    for stood in recorder.commitments:
        if entries := stood.commit.entries:
            label, detail, about = bodies.entries(entries)
            first, last = entries[0].seq, entries[-1].seq
            made.commits.append(CommitMark(stood.node, stood.at_ns, stood.lease.shard, first, last, label, detail, about))
        for change in stood.commit.changes:
            made.tables.setdefault(change.table.name, columns_of(change.table))
        made.changes += [one for one in changes_of(stood.at_ns, stood.commit.changes) if one.table not in FORGOTTEN]
    until_ns = max((at_ns for at_ns, *_ in recorder.events if isinstance(at_ns, int)), default=0)
    chronicle = Chronicle(ran.plan, bodies, [lane.name for lane in made.lanes], until_ns)
    chronicle.tell(recorder.events, ran.findings, ran.result.crashes)
    made.notes, made.bands, made.violations = chronicle.notes, chronicle.bands, chronicle.violations
    plan = f"{ran.plan.profile}, {len(ran.plan.clients)} clients, {len(ran.plan.faults)} faults"
    made.facts = {"plan": plan, "seed": str(ran.seed), "steps": f"{ran.result.steps}", "hash": ran.result.hash}
    made.sort()
    return made


def _lanes(recorder: Recorder) -> list[Lane]:
    lanes = []
    shards = set(recorder.cluster.processes)
    for name in recorder.cluster.kernel.nodes:
        if name in shards:
            kind = LaneKind.SERVICE
        elif name.startswith("gateway/") or name == "operators":
            kind = LaneKind.GATEWAY
        else:
            kind = LaneKind.WORLD if name == "furnisher" else LaneKind.CLIENT
        lanes.append(Lane(name, kind))
    lanes += [Lane("outside", LaneKind.WORLD)] if any(talk.client == "outside" for talk in recorder.talks) else []
    return [*lanes, Lane(STORE, LaneKind.STORE), Lane(BUS, LaneKind.BUS)]


class _Arrows:
    """Of one call: there, back, or neither when nobody would want to see it."""

    def __init__(self, bodies: Bodies, call: Call) -> None:
        self._bodies = bodies
        self._call = call

    def drawn(self) -> Iterator[Message]:
        call = self._call
        ways: dict[str, Callable[[], Iterator[Message]]] = {
            "publish": lambda: self._written("publish", self._bodies.batch(call.name, call.given)),
            "send": lambda: self._written("send", self._bodies.mail(call.name, call.given)),
            "commit": self._committed,
            "read": lambda: self._heard("read", self._bodies.batches),
            "receive": lambda: self._heard("receive", self._bodies.mails),
            "journal": lambda: self._heard("journal", lambda _, entries: self._bodies.entries(entries)),
            "call": self._called,
        }
        yield from ways.get(call.what, self._asked)()

    def _written(self, kind: str, told: Told, before: str = "") -> Iterator[Message]:
        fate = self._fate()
        if fate is Fate.DELIVERED and self._call.times > 1:
            fate = Fate.DUPLICATE
        yield self._there(kind, fate, Told(before + told.label, told.detail, told.about))

    def _committed(self) -> Iterator[Message]:
        call = self._call
        nothing = Told("how far it has read", "")
        told = self._bodies.entries(call.given.entries) if call.given.entries else nothing
        yield from self._written("commit", told, f"{call.name} commits: ")

    def _heard(self, kind: str, telling: Callable[[str, Any], Told]) -> Iterator[Message]:
        """What was read comes back; a question that brought nothing is not told of, unless it failed."""
        call = self._call
        if call.came:
            told = telling(call.name, call.came)
            left_ns = call.returned_ns if call.left_ns == NEVER else call.left_ns
            late = call.returned_ns - left_ns >= LATE_NS
            fate = Fate.LATE if late else Fate.DELIVERED
            yield Message(call.target, call.node, left_ns, call.returned_ns, fate, kind, *told)
        elif call.error is not None:
            yield self._there(kind, self._fate(), Told(f"{kind} {call.name}", ""))

    def _asked(self) -> Iterator[Message]:
        kind = "lease" if self._call.what in LEASES else "query"
        yield self._there(kind, self._fate(), Told(f"{self._call.what} {self._call.name}".strip(), ""))

    def _called(self) -> Iterator[Message]:
        call = self._call
        asked = self._bodies.envelope(call.given)
        yield self._there("call", self._fate(), asked)
        if call.left_ns != NEVER:
            back_ns = call.returned_ns if call.error is None else NEVER
            told = self._bodies.answer(call.came) if call.came else Told("an answer", "")
            fate = Fate.LOST if back_ns == NEVER else Fate.DELIVERED
            yield Message(call.target, call.node, call.left_ns, back_ns, fate, "reply", *told)

    def _there(self, kind: str, fate: Fate, told: Told) -> Message:
        call = self._call
        arrived_ns = call.reached_ns
        if arrived_ns == NEVER and fate in (Fate.DELIVERED, Fate.LATE):
            arrived_ns = call.returned_ns
        detail = told.detail + (f"\n{type(call.error).__name__}: {call.error}" if call.error is not None else "")
        return Message(call.node, call.target, call.sent_ns, arrived_ns, fate, kind, told.label, detail, told.about)

    def _fate(self) -> Fate:
        call = self._call
        reached = call.reached_ns != NEVER
        if call.error is None:
            if call.returned_ns == NEVER and not reached:
                return Fate.LOST
            return Fate.LATE if reached and call.reached_ns - call.sent_ns >= LATE_NS else Fate.DELIVERED
        if isinstance(call.error, Unknown):
            return Fate.UNKNOWN if reached else Fate.LOST
        if isinstance(call.error, Unavailable):
            return Fate.REFUSED if reached else Fate.LOST
        return Fate.REFUSED

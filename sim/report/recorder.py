"""Writes down what a run does: it stands in the doors of every node and beside the models, touches nothing, decodes nothing.

A call and its arrival are known for one another by the objects that travel: a body, a commit, a lease, the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sim.cluster import Cluster
from sim.kernel.incarnation import Incarnation
from sim.report.doors import watched_world
from sim.report.timeline import NEVER
from tradewind.ports.store import Commit, Lease
from tradewind.ports.world import World

STORE, BUS = "store", "bus"
WATCHED_STORE = ("acquire", "renew", "release", "commit", "read", "journal", "heads")
WATCHED_BUS = ("add", "after")


@dataclass(slots=True)
class Call:
    """One use of a port. `name`: feed, mailbox, shard or path. `given` and `came`: what went in and what came back."""

    node: str
    target: str
    what: str
    name: str
    sent_ns: int
    given: Any = None
    came: Any = None
    error: BaseException | None = None
    reached_ns: int = NEVER  # the model, or the peer's handler
    returned_ns: int = NEVER
    left_ns: int = NEVER  # when the answer set out
    times: int = 0  # how often what it asked for was done


@dataclass(slots=True)
class Commitment:
    """A commit that stands, at this instant."""

    at_ns: int
    node: str
    lease: Lease
    commit: Commit


@dataclass(slots=True)
class Said:
    """One ASGI message: who, when, when it arrives."""

    to_server: bool
    sent_ns: int
    arrives_ns: int
    message: Any


@dataclass(slots=True)
class Talk:
    """One connection to a web server."""

    client: str
    server: str
    scope: Any
    said: list[Said] = field(default_factory=list)


class Recorder:
    """Of one run: hand its `attend` to `run`, and itself afterwards to `sim.report.telling`."""

    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []
        self.calls: list[Call] = []
        self.commitments: list[Commitment] = []
        self.talks: list[Talk] = []
        self._seen: dict[int, tuple[int, object, int]] = {}  # by id of an object that is kept: instant, itself, how often
        self._under_way: dict[int, Call] = {}
        self.cluster: Cluster

    def attend(self, cluster: Cluster) -> None:
        """Before anything runs in it: what `run` calls `watch`."""
        self.cluster = cluster
        cluster.kernel.witness = self
        cluster.doors = self._doors
        for model, names in ((cluster.database, WATCHED_STORE), (cluster.broker, WATCHED_BUS)):
            for name in names:
                # In the instance's own dictionary: the model's class, and every other run, stays as it is.
                vars(model)[name] = self._watched(getattr(model, name))

    @property
    def now_ns(self) -> int:
        return self.cluster.kernel.now_ns

    def event(self, event: tuple[object, ...]) -> None:
        self.events.append(event)

    def connection(self, connection: Any) -> None:
        client = "outside" if connection.client is None else connection.client.node
        talk = Talk(client, connection.scope["server"][0], connection.scope)
        self.talks.append(talk)
        for pipe, to_server in ((connection.to_server, True), (connection.to_client, False)):
            vars(pipe)["push"] = self._pushing(talk, to_server, pipe.push)

    def begin(self, node: str, target: str, what: str, name: str, given: object = None) -> Call:
        call = Call(node, target, what, name, self.now_ns, given)
        self.calls.append(call)
        if given is not None:
            self._under_way[id(given)] = call
        return call

    def reached(self, body: object) -> Call | None:
        """The peer has it. None if nobody sent it from here."""
        call = self._under_way.get(id(body))
        if call is not None and call.reached_ns == NEVER:
            call.reached_ns = self.now_ns
        return call

    def end(self, call: Call, came: object, error: BaseException | None = None) -> None:
        """The caller knows. What never ends: the caller died, or still waits."""
        call.returned_ns, call.came, call.error = self.now_ns, came, error
        for known in (error, came):
            at_ns, _, _ = self._seen.pop(id(known), (NEVER, None, 0)) if known is not None else (NEVER, None, 0)
            if at_ns != NEVER:
                call.left_ns = at_ns
                call.reached_ns = at_ns if call.reached_ns == NEVER else call.reached_ns

    def _doors(self, life: Incarnation, world: World) -> World:
        return watched_world(self, life.node, world)

    def _watched(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*given: Any) -> Any:
            call = next((known for one in reversed(given) if (known := self.reached(one)) is not None), None)
            try:
                came = real(*given)
            except Exception as error:
                self._see(error)
                raise
            if call is not None:
                call.times += 1
            if given and isinstance(given[-1], Commit):
                self.commitments.append(Commitment(self.now_ns, "" if call is None else call.node, *given))
            if came is not None:
                self._see(came)
            return came

        return watched

    def _see(self, what: object) -> None:
        # Small integers, empty tuples and truths are shared by everybody: no answer is known by them.
        if isinstance(what, (list, dict, Lease, BaseException)):
            self._seen[id(what)] = (self.now_ns, what, 1)

    def _pushing(self, talk: Talk, to_server: bool, push: Callable[..., int]) -> Callable[..., int]:
        def pushing(message: Any, on_arrival: Callable[[], None] | None = None) -> int:
            arrives_ns = push(message, on_arrival)
            talk.said.append(Said(to_server, self.now_ns, arrives_ns, message))
            return arrives_ns

        return pushing

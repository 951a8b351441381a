"""Makes a plan's faults happen at their moments, and undoes them: each at its time, all of them at the end of the storm."""

from collections import Counter
from functools import partial

import msgspec

from sim.cluster import Cluster
from sim.faults import FATES, FAULTS, Undo
from sim.faults.triggers import Watch
from sim.models.links import MILLISECOND_NS
from sim.models.store import Hook
from sim.plan import Fault, When

LOSES = ("store_failover_lossy",)  # they need to know how the database stood before


class Injector:
    """`fired` counts faults that happened, by name; a fault at a commit that never came is not among them."""

    def __init__(self, cluster: Cluster, faults: tuple[Fault, ...]) -> None:
        unknown = sorted({fault.do for fault in faults} - set(FAULTS) - set(FATES))
        assert not unknown, unknown
        self.fired: Counter[str] = Counter()
        self._cluster = cluster
        self._faults = faults
        self._undo: dict[int, Undo] = {}
        self._over = False
        self._before_storm: Counter[str] | None = None  # commits of each shard
        self._watches: list[Watch] = []

    def watch(self) -> None:
        """From the world's beginning: faults that wait for commits."""
        store = self._cluster.faults.store
        for number, fault in enumerate(self._faults):
            when = fault.when
            assert when.commit > 0 or fault.do not in FATES, fault
            if when.commit and fault.do not in FATES:
                (store.before if when.before else store.after).append(self._hook(number, fault))
            if when.on:
                watch = Watch(when, partial(self._light, number, fault), counting=not when.in_storm)
                watch.attend(self._cluster)
                self._watches.append(watch)
        self._decide_fates(in_storm=False)
        store.before.append(self._count_fate)

    def storm(self) -> None:
        """The storm begins: faults that wait for times, or count from now."""
        self._before_storm = Counter(self._cluster.faults.store.commits)
        self._decide_fates(in_storm=True)
        if any(fault.do in LOSES for fault in self._faults):
            self._cluster.database.keep_past()  # of the storm: whoever trades in it was there before
        for watch in self._watches:
            watch.counting = True
        for number, fault in enumerate(self._faults):
            if not fault.when.commit and not fault.when.on:
                self._cluster.kernel.after(fault.when.at_ms * MILLISECOND_NS, partial(self._light, number, fault))

    def heal(self) -> None:
        """No fault happens from now on, and those that last are over."""
        self._over = True
        self._cluster.faults.store.fates.clear()
        self._cluster.sites.close()
        for number in list(self._undo):
            self._heal(number)

    def _decide_fates(self, *, in_storm: bool) -> None:
        for fault in self._faults:
            if fault.do in FATES and fault.when.in_storm is in_storm:
                self._cluster.faults.store.fates[fault.when.shard, self._number(fault.when)] = FATES[fault.do]

    def _number(self, when: When) -> int:
        """Which commit of its shard is meant, from the world's beginning; 0: not one that can be named yet."""
        if not when.in_storm:
            return when.commit
        return 0 if self._before_storm is None else self._before_storm[when.shard] + when.commit

    def _hook(self, number: int, fault: Fault) -> Hook:
        def at_commit(shard: str, count: int, node: str) -> None:
            if shard == fault.when.shard and count == self._number(fault.when):
                self._light(number, fault, node)

        return at_commit

    def _count_fate(self, shard: str, count: int, node: str) -> None:
        if self._over:
            return  # its fate was lifted
        for fault in self._faults:
            if fault.do in FATES and shard == fault.when.shard and count == self._number(fault.when):
                self._note(fault, node)

    def _light(self, number: int, fault: Fault, node: str = "") -> None:
        """Now, or after so many more steps of the victim."""
        victim = fault if fault.node or not node else _at(fault, node)
        life = self._cluster.kernel.node(victim.node).incarnation if victim.node else None
        if victim.when.steps and life is not None:
            life.light(victim.when.steps, lambda: self._do(number, victim))
        else:
            self._do(number, victim)

    def _do(self, number: int, fault: Fault) -> None:
        if self._over or (FAULTS[fault.do].needs_node and not fault.node):
            return  # what it waited for was the doing of no node
        self._note(fault, fault.node)
        undo = FAULTS[fault.do](self._cluster, fault)
        if undo is not None:
            self._undo[number] = undo
            self._cluster.kernel.after(fault.for_ms * MILLISECOND_NS, lambda: self._heal(number))

    def _note(self, fault: Fault, node: str) -> None:
        self.fired[fault.do] += 1
        self._cluster.kernel.trace("fault", fault.do, node, fault.peer, fault.amount)
        self._cluster.marks.count(f"fault: {fault.do}")  # which may be the moment of another

    def _heal(self, number: int) -> None:
        undo = self._undo.pop(number, None)
        if undo is not None:
            self._cluster.kernel.trace("healed", self._faults[number].do, self._faults[number].node)
            undo()


def _at(fault: Fault, node: str) -> Fault:
    return msgspec.structs.replace(fault, node=node)

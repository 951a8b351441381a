"""One run, in phases: boot, furnish, storm, drain, heal, quiesce, judge, restart everything cold, and compare."""

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

import trio

from sim.campaigns.marks import restless
from sim.clients.customer import Customer, is_customer
from sim.clients.doors import DirectDoor, Door
from sim.clients.front_door import FrontDoor
from sim.clients.stormy import StormyDoor
from sim.clients.trader import Trader
from sim.clients.watcher import Watcher
from sim.cluster import Cluster
from sim.deadly import with_deadly
from sim.faults.injector import Injector
from sim.faults.validator import soften
from sim.front import Credentials, Front
from sim.furnish import furnish
from sim.judging import passage, pushes, quiet, resources, wallet
from sim.judging.judge import judge
from sim.judging.log_oracle import listening
from sim.kernel import deviations, policies
from sim.kernel.clock import EPOCH_2031_NS
from sim.kernel.incarnation import Incarnation
from sim.kernel.result import Finding, RunResult
from sim.kernel.world import World as Kernel
from sim.models.chain import ChainModel
from sim.plan import Client, Plan
from tradewind.machines import MACHINES
from tradewind.messages.topology import Topology
from tradewind.runtime.machine import Machine

QUIET_WITHIN_S = 10.0  # A15
ALARMS_WITHIN_NS = 40 * 10**9  # clocks that ran ahead have made instants later than they were meant to be
QUIET_WITHIN_NS = 10 * 10**9
BOOT_WITHIN_S = 30.0
DRAIN_NS = 300_000_000
STRAGGLERS_NS = 3 * 10**9  # copies of what was asked for in the storm are on their way for so long
STEPS_MAX = 3_000_000
TIME_MAX_NS = 300 * 10**9  # beyond the storm


@dataclass
class Ran:
    """What a run has shown. `fired`: how many of each fault happened."""

    plan: Plan
    seed: int
    result: RunResult
    marks: dict[str, int]
    fired: dict[str, int]
    storm_ns: int = 0  # when the storm began
    findings: list[Finding] = field(default_factory=list)
    softened: tuple[str, ...] = ()  # what the plan asked for that is not as it was asked for

    @property
    def identities(self) -> list[str]:
        """Names of what was found, each once: the same bug has the same name in every run."""
        return list(dict.fromkeys(finding.name for finding in self.findings))


class How(TypedDict, total=False):
    """`stop_at`: the name of a finding after which the run need not go on. `through`: wraps the schedule's policy. `watch`: is
    shown the cluster before it boots, and must not change what comes of it."""

    machines: Mapping[str, type[Machine]]
    trace_max: int
    stop_at: str
    steps_max: int
    through: Callable[[policies.Policy], policies.Policy]
    watch: Callable[[Cluster], None]


def run(plan: Plan, seed: int, **how: Unpack[How]) -> Ran:
    """Run it once. Every finding of the kernel, the auditors and our own oracles is in the answer. Raises BadPlan before
    anything runs."""
    ran = _run(plan, seed, **how)
    gc.collect(1)  # the whole world of the run: nobody refers to it now, and it is the young generations
    return ran


def _run(
    plan: Plan,
    seed: int,
    *,
    machines: Mapping[str, type[Machine]] = MACHINES,
    trace_max: int = 0,
    stop_at: str = "",
    steps_max: int = STEPS_MAX,
    through: Callable[[policies.Policy], policies.Policy] = lambda policy: policy,
    watch: Callable[[Cluster], None] = lambda cluster: None,
) -> Ran:
    plan, softened = soften(plan)
    policy = through(_policy(plan.schedule, seed))
    kernel = Kernel(seed, policy, trace_max=trace_max, steps_max=steps_max, time_max_ns=plan.storm_ms * 1_000_000 + TIME_MAX_NS)
    kernel.stop_at = stop_at
    topology = Topology(plan.clearing, plan.matching)
    machines = with_deadly(machines, plan.deadly) if plan.deadly else machines
    processes = {process.name: process.shards for process in plan.processes} or None
    show = _Show(plan, Cluster(kernel, topology, plan.limits(), machines, processes, plan.writes, plan.sites))
    if plan.chain is not None:
        show.cluster.chain = ChainModel(kernel, plan.chain.block_ms, plan.chain.confirmations)
    watch(show.cluster)
    with listening(kernel):
        result = kernel.run(show.play)
    findings = list(result.findings)
    findings += [Finding(f"crash {crash.identity}", f"{crash.node}: {crash.message}") for crash in result.crashes]
    if plan.calm:
        findings += restless(plan, show.cluster.marks.counts)
    return Ran(
        plan, seed, result, dict(show.cluster.marks.counts), dict(show.injector.fired), show.storm_ns, findings, softened
    )


def _policy(schedule: str, seed: int) -> policies.Policy:
    kind, _, node = schedule.partition(":")
    match kind:
        case "fifo":
            return policies.Fifo()
        case _ if schedule.startswith(deviations.BEGINNING):
            return deviations.Deviated(deviations.read(schedule))
        case "pct":
            return policies.Pct(seed)
        case "starve":
            return policies.Starve(seed, node)
    assert kind == "shuffled", schedule
    return policies.Shuffled(seed)


class _Show:
    """The director."""

    def __init__(self, plan: Plan, cluster: Cluster) -> None:
        self.plan = plan
        self.cluster = cluster
        self.kernel = cluster.kernel
        self.injector = Injector(cluster, plan.faults)
        self.front = Front(cluster, plan.gateways, plan.frames_max)
        self.known: dict[int, Credentials] = {}
        self.accounts: dict[int, int] = {}
        self.traders: list[Trader] = []
        self.watchers: list[Watcher] = []
        self.storm_ns = 0

    def _door(self, life: Incarnation, client: Client) -> Door:
        who = self.known.get(client.account)
        if self.plan.gateways:
            return StormyDoor(FrontDoor(self.cluster, life, client, self.known), self.cluster, life.node)
        ports, account = self.cluster.ports(life), 0 if who is None else who.account
        door = DirectDoor(life.node, life.number, account, ports, self.cluster.topology, self.cluster.limits)
        return StormyDoor(door, self.cluster, life.node)

    def _complaint(self) -> str:
        complaint = quiet.complaint(self.cluster) or self.front.complaint() or wallet.complaint(self.cluster)
        return complaint or pushes.complaint(self.watchers)

    async def play(self) -> None:
        self.injector.watch()
        self.cluster.start()
        self.front.start()
        if self.cluster.chain is not None:
            self.cluster.chain.start()
        with trio.move_on_after(BOOT_WITHIN_S) as boot:
            self.known = await furnish(self.cluster, self.plan)
        if boot.cancelled_caught:
            self.kernel.report("A15 boot", f"not furnished within {BOOT_WITHIN_S} s: {self._complaint()}")
            return
        self.accounts = {number: who.account for number, who in self.known.items()}
        self.traders = [
            (Customer if is_customer(client) else Trader)(client, self.cluster, self._door, self.accounts)
            for client in self.plan.clients
        ]
        self.watchers = [Watcher(watch, self.cluster, self.known.get(watch.account)) for watch in self.plan.watches]
        await self._storm()
        self.injector.heal()
        if self.cluster.chain is not None:
            self.cluster.chain.draining = True
        calm = await self._quiesce("after the storm")
        passage.mark(self.cluster)  # before the calm, in which there is always something traded
        calm = calm and await self._all_is_well()
        judge(self.cluster, self.traders, quiet=calm)  # what is wrong is wrong in the middle of a storm as well
        if calm:
            calm = await self._cold_restart()
        pushes.judge_pushes(self.cluster, self.watchers, quiet=calm)

    async def _storm(self) -> None:
        self.storm_ns = self.kernel.now_ns
        self.cluster.faults.calm_ns = self.storm_ns + self.plan.storm_ms * 1_000_000 + DRAIN_NS
        self.injector.storm()
        for watcher in self.watchers:
            watcher.start()
        for trader in self.traders:
            trader.start(self.plan.storm_ms * 1_000_000)
        await self.kernel.sleep(self.plan.storm_ms * 1_000_000 + DRAIN_NS)

    async def _quiesce(self, when: str) -> bool:
        """True when all is quiet within the time that A15 allows, once nothing comes by itself; a finding otherwise."""
        within_ns = self.kernel.now_ns + ALARMS_WITHIN_NS
        while 0 < quiet.next_instant(self.cluster) - EPOCH_2031_NS + quiet.LATE_NS > self.kernel.now_ns < within_ns:
            await self.kernel.sleep(100_000_000)
        with trio.move_on_after(QUIET_WITHIN_S):
            while not all(trader.finished for trader in self.traders) or self._complaint():
                await self.kernel.sleep(100_000_000)
            return True
        waiting = {trader.client.name: trader.waiting for trader in self.traders if not trader.finished}
        self.kernel.report("A15 liveness", f"{when}: {self._complaint()}; clients wait for {waiting}")
        return False

    async def _all_is_well(self) -> bool:
        """Not only right: a few orders in the calm are answered at once, nothing is tried twice for them, nothing is queued."""
        await self.kernel.sleep(STRAGGLERS_NS)
        before = dict(self.cluster.marks.counts)
        probes = [Trader(client, self.cluster, self._door, self.accounts) for client in resources.probes(self.plan)]
        self.traders += probes
        for probe in probes:
            probe.start(2 * QUIET_WITHIN_NS)
        calm = await self._quiesce("in the calm")
        for what in resources.slow_answers(probes):
            self.kernel.report("A15 slow in the calm", what)
        if again := resources.retried(self.plan, before, self.cluster.marks.counts):
            self.kernel.report("retries in the calm", f"{again}")
        for what in resources.queued(self.cluster) if calm else ():
            self.kernel.report("queue in the calm", what)
        return calm

    async def _cold_restart(self) -> bool:
        """Everything off at once and on again: the rows are the same, nothing is said anew, and the same tasks run."""
        before, tasks = quiet.still_life(self.cluster), resources.tasks()
        for name in (*self.cluster.processes, *self.front.nodes):
            self.kernel.node(name).restart()
        if not await self._quiesce("after a cold restart"):
            return False
        await self.kernel.sleep(1_500_000_000)
        if changed := resources.grown(tasks, resources.tasks()):
            self.kernel.report("tasks in the calm", changed)
        after = quiet.still_life(self.cluster)
        for what in sorted(set(before) | set(after)):
            if before.get(what) != after.get(what):
                self.kernel.report("cold restart", f"{what} is not what it was")
        return True

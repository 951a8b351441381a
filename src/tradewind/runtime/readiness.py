"""Whether a process makes progress: what /ready says. A loop whose every read fails is not alive, however fast it spins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec
import trio

from tradewind.runtime.gauges import GaugedBus, GaugedStore
from tradewind.runtime.host import Host, Phase
from tradewind.runtime.limits import Limits

Page = tuple[int, str, bytes]  # status, content type, body


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must work. `degraded`: it works, slower. `age_s` since its last success, `latency_s` of its last call."""

    name: str
    ok: bool
    degraded: bool = False
    detail: str = ""
    age_s: float = 0.0
    latency_s: float = 0.0

    @property
    def status(self) -> str:
        return "down" if not self.ok else "degraded" if self.degraded else "ok"


class Edge(Protocol):
    """What a gateway says of itself."""

    def complaints(self) -> list[str]: ...

    def degraded(self) -> list[str]: ...


class Probe:
    """The three pages that every process answers (CHECKLIST R0.5, R1.4, R2.4). None of them calls anybody: they say what the
    process has last seen."""

    def __init__(self, hosts: Sequence[Host], edge: Edge | None, store: GaugedStore, bus: GaugedBus, limits: Limits) -> None:
        self._hosts = hosts
        self._edge = edge
        self._store = store
        self._bus = bus
        self._limits = limits

    async def live(self) -> Page:
        """The process answers, so it lives: looks at nothing, or a supervisor would kill it for its neighbours' faults."""
        return 200, "application/json", b'{"status":"live","dependencies":[]}'

    async def ready(self) -> Page:
        """503 when something that it cannot do without is down. Without the bus it is slower, and says so with 200."""
        checks = self.checks()
        ok = all(check.ok for check in checks)
        status = "down" if not ok else "degraded" if any(check.degraded for check in checks) else "ready"
        body = {"status": status, "dependencies": [_shown(check) for check in checks]}
        return 200 if ok else 503, "application/json", msgspec.json.encode(body)

    def checks(self) -> list[Check]:
        store, bus = self._store.gauge, self._bus.gauge
        checks = [
            Check("store", not store.error, detail=store.error, latency_s=store.latency_s),
            Check("bus", True, bool(bus.error), bus.error, latency_s=bus.latency_s),
        ]
        checks += [check for host in self._hosts for check in host_checks(host, self._limits)]
        if self._edge is not None:
            complaints, degraded = self._edge.complaints(), self._edge.degraded()
            detail = "; ".join(complaints + degraded)
            checks.append(Check("gateway", not complaints, bool(degraded), detail))
        return checks


def host_checks(host: Host, limits: Limits) -> list[Check]:
    """The shard itself, and each source that it reads."""
    if host.phase is not Phase.RUNNING or host.current is None:
        return [Check(host.shard, ok=False, detail=host.phase.value)]
    shard, now = host.current, trio.current_time()
    age_s = now - shard.store_at
    checks = [Check(host.shard, age_s <= limits.progress_s, shard.publisher.failing, f"seq {shard.head.seq}", age_s)]
    for reader in shard.readers:
        age_s = now - reader.read_at
        name = f"{host.shard} reads {reader.feed}"
        detail = f"at {reader.position}" if reader.bus_works else f"at {reader.position}, by polling the journal"
        checks.append(Check(name, age_s <= limits.progress_s, not reader.bus_works, detail, age_s))
    if host.hears_commands:
        # With the bus down commands come over the network: the inbox is degraded, not dead.
        inbox = shard.inbox
        checks.append(Check(f"{host.shard} inbox", True, not inbox.bus_works, f"at {inbox.position}", now - inbox.read_at))
    return checks


def _shown(check: Check) -> dict[str, object]:
    return {
        "name": check.name,
        "status": check.status,
        "latency_ms": round(check.latency_s * 1_000, 3),
        "age_ms": round(check.age_s * 1_000),
        "detail": check.detail,
    }

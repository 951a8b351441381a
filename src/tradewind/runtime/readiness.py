"""Whether a process makes progress: what /ready says. A loop whose every read fails is not alive, however fast it spins."""

from dataclasses import dataclass

import trio

from tradewind.runtime.host import Host, Phase
from tradewind.runtime.limits import Limits


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must work. `degraded`: it works, slower. `age_s`: since its last success."""

    name: str
    ok: bool
    degraded: bool = False
    detail: str = ""
    age_s: float = 0.0


def host_checks(host: Host, limits: Limits) -> list[Check]:
    """The shard itself, and each source that it reads."""
    if host.phase is not Phase.RUNNING or host.current is None:
        return [Check(host.shard, ok=False, detail=host.phase.value)]
    shard, now = host.current, trio.current_time()
    checks = [Check(host.shard, ok=True, degraded=shard.publisher.failing, detail=f"seq {shard.head.seq}")]
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

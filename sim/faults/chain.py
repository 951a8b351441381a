"""Faults of a blockchain and of the nodes that tell of it. Without a chain in the plan they are nothing."""

from sim.cluster import Cluster
from sim.faults.registry import RATE, Undo, amount, fault, lasts
from sim.plan import Fault


@fault(amount("blocks", "that give way"))
def chain_reorg(cluster: Cluster, what: Fault) -> None:
    """The newest blocks give way to a branch that is one longer."""
    if cluster.chain is not None:
        cluster.chain.reorganise(what.amount)


@fault(lasts("until it has caught up"), amount("blocks", "that it is behind"))
def chain_late(cluster: Cluster, what: Fault) -> Undo:
    """The node is behind: confirmations come late, and all at once when it is healed."""
    faults = cluster.faults.chain
    faults.behind = what.amount
    return lambda: setattr(faults, "behind", 0)


@fault(lasts("until it is told once again"))
def chain_duplicates(cluster: Cluster, what: Fault) -> Undo:
    """Every transfer is told twice in its block, and once more in the next."""
    faults = cluster.faults.chain
    faults.duplicates = True
    return lambda: setattr(faults, "duplicates", False)


@fault(lasts("until it is honest again"), RATE)
def chain_lies(cluster: Cluster, what: Fault) -> Undo:
    """Some answers are an old tip, a block without a transfer, of a branch that was given up or with a
    wrong parent, an error, or "never heard of it"."""
    faults = cluster.faults.chain
    faults.lies_per_thousand = what.amount
    return lambda: setattr(faults, "lies_per_thousand", 0)


@fault(lasts("until it answers again"))
def chain_down(cluster: Cluster, what: Fault) -> Undo:
    """The node that tells of the chain does not answer; blocks go on."""
    faults = cluster.faults.chain
    faults.down = True
    return lambda: setattr(faults, "down", False)


@fault(lasts("until every one is answered again"), RATE)
def broadcast_unknown(cluster: Cluster, what: Fault) -> Undo:
    """Broadcasts go without an answer, half of them untaken."""
    faults = cluster.faults.chain
    faults.doubts_per_thousand = what.amount
    return lambda: setattr(faults, "doubts_per_thousand", 0)

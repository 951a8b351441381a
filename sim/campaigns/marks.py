"""What a campaign must have been through to mean anything, and what a calm run must not have needed."""

from collections.abc import Mapping

from sim.faults import FATES, FAULTS
from sim.kernel.result import Finding
from sim.models.buggify import SITES
from sim.plan import Plan

SWARM_SEEDS_MIN = 100  # each branch below is taken in one of twenty seeds or more
RARE = (
    "answer did not come",
    "answer not sent",
    "began again after a port failed",
    "bus did not take a command",
    "client hung up",
    "client's patience ended",
    "command delivered again",
    "command past its deadline",
    "command sent over the network",
    "feed batch repeated",
    "feed followed by polling the journal",
    "fenced",
    "gap read from the journal",
    "head published again after a start",
    "lease left to run out",
    "looked at after its acknowledgement",
    "outcome looked up",
    "order rejected by a closed market",
    "private feed resumed",
    "publication left to the journal",
    "publication repeated",
    "request duplicated",
    "request replayed: REPLAYED_REQUEST",
    "request sent many times at once",
    "snapshot after missed updates",
    "snapshot at subscription",
    "subscriber closed: 1013",
    "subscriber found its gateway gone",
    "subscriber locked out",
    "batch refused in part",
    "cancelled by a switch",
    "market HALT by its breaker",
    "market TRADING by its breaker",
    "order CANCELED PAIR",
    "order EXPIRED DELISTED",
    "order EXPIRED GOOD_TILL by alarm",
    "order EXPIRED PAIR",
    "order sized by its amount",
    "slice of an iceberg replaced",
    "stop orders triggered in a cascade",
    "taker reduced by self-trade prevention",
    "told: amend yes",
    "told: batch yes",
    "told: pair yes",
    "told: place PRICE_OUT_OF_BAND",
    "told: place STOP_WOULD_TRIGGER",
    "told: switch yes",
    "told: test yes",
    "told: tier yes",
    "told: tiers yes",
    "told: transfer yes",
    "transfer to another shard",
    "told: cancel yes",
    "told: cancel_all yes",
    "told: change INVALID_SYMBOL_CONFIG",
    "told: change yes",
    "told: hostile BAD_REQUEST",
    "told: hostile FRAME_REFUSED",
    "told: look yes",
    "told: place BAD_SIGNATURE",
    "told: place FORBIDDEN",
    "told: place INSUFFICIENT_BALANCE",
    "told: place MARKET_CLOSED",
    "told: place yes",
    "told: repeat yes",
    "told: revoke yes",
    "told: twist DUPLICATE_CLIENT_ORDER_ID",
)

# Retries hide bugs: where nothing goes wrong, nothing is tried twice.
RETRIES = (
    "answer did not come",
    "answer not sent",
    "began again after a port failed",
    "bus did not take a command",
    "client's patience ended",
    "command delivered again",
    "command past its deadline",
    "command replayed",
    "command sent over the network",
    "feed followed by polling the journal",
    "fenced",
    "gap read from the journal",
    "input quarantined",
    "lease left to run out",
    "machine crashed",
    "publication left to the journal",
    "publication repeated",
)
CALM_RETRIES_MAX = 2
# A publisher that may keep hardly anything waiting leaves readers to the journal without any fault.
OF_SMALL_KNOBS = {"publish_pending_max": ("publication left to the journal", "gap read from the journal")}


def unreached(marks: Mapping[str, int]) -> list[str]:
    """Which rare branches, faults and awkward places of the models among them, a campaign has missed."""
    faults = sorted(f"fault: {do}" for do in (*FAULTS, *FATES))
    sites = sorted(f"site: {site}" for site in SITES)
    return [mark for mark in (*RARE, *faults, *sites) if not marks.get(mark)]


def restless(plan: Plan, marks: Mapping[str, int]) -> list[Finding]:
    """Of a run without faults: what it retried beyond the bound. Clients that hang up look up what came of it, once."""
    excused = [mark for knob in plan.knobs for mark in OF_SMALL_KNOBS.get(knob, ())]
    retries = {mark: marks[mark] for mark in RETRIES if marks.get(mark) and mark not in excused}
    looked_up = marks.get("outcome looked up", 0) - marks.get("client hung up", 0)
    if sum(retries.values()) + max(0, looked_up) <= CALM_RETRIES_MAX:
        return []
    return [Finding("retries in a calm run", f"more than {CALM_RETRIES_MAX}: {retries}, {looked_up} outcomes looked up")]

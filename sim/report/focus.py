"""Where to look first in a timeline: at the way of what was violated."""

import msgspec

from sim.report.timeline import NEVER, About, Timeline, Violation

SPARE = 0.08  # of the window, on both sides
BEFORE_NS, AFTER_NS = 12_000_000, 6_000_000
GAP_NS = 60_000_000  # a longer silence ends the first chapter of an order's story


class Focus(msgspec.Struct, frozen=True):
    """`at_ns` for the cursor; `order` is the one concerned, 0 when none is named."""

    from_ns: int
    until_ns: int
    at_ns: int
    order: int = 0


def first_violation(timeline: Timeline) -> Violation | None:
    """The first whose beginning is known, else the first that names an order or an account, else the first at all."""
    dated = sorted((one for one in timeline.violations if one.since_ns != NEVER), key=lambda one: one.since_ns)
    if dated:
        return dated[0]
    named = (one for one in timeline.violations if one.about.orders or one.about.accounts)
    return next(named, timeline.violations[0] if timeline.violations else None)


def concerns(about: About, *, orders: tuple[int, ...] = (), accounts: tuple[int, ...] = ()) -> bool:
    return any(order in about.orders for order in orders) or any(account in about.accounts for account in accounts)


def focus_of(timeline: Timeline) -> Focus | None:
    """None when nothing is wrong: then all of it is as interesting."""
    violation = first_violation(timeline)
    if violation is None:
        return None
    orders = violation.about.orders[:1]
    if violation.since_ns != NEVER:
        order = orders[0] if orders else 0
        return Focus(violation.since_ns - BEFORE_NS, violation.since_ns + AFTER_NS, violation.since_ns, order)
    marked = [(mark.at_ns, mark.about) for mark in timeline.commits] + [(note.at_ns, note.about) for note in timeline.notes]
    instants = sorted(at_ns for at_ns, about in marked if concerns(about, orders=orders))
    if not instants:
        return Focus(violation.at_ns - BEFORE_NS, violation.at_ns + AFTER_NS, violation.at_ns)
    from_ns = until_ns = instants[0]
    for at_ns in instants:
        if at_ns - until_ns > GAP_NS:
            break
        until_ns = at_ns
    spare_ns = max(1_000_000, round((until_ns - from_ns) * SPARE))
    return Focus(from_ns - spare_ns, until_ns + spare_ns, until_ns, orders[0])

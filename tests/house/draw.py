"""Tables of the code as drawings in ARCHITECTURE.md: `python -m tests.house.draw` rewrites them, test_drawings compares."""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from pathlib import Path

from tradewind.messages.topology import FEEDS, INBOXES, Topology
from tradewind.values.orders import NEXT, OrderStatus
from tradewind.values.wallet import DEPOSIT_NEXT, WITHDRAWAL_NEXT

PAGE = Path(__file__).parent.parent.parent / "ARCHITECTURE.md"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def lifecycle() -> str:
    """Which status follows which, by matching's word; and the same as a table in which every missing pair is seen."""
    words: dict[tuple[OrderStatus, OrderStatus], list[str]] = {}
    for (before, word), after in NEXT.items():
        words.setdefault((before, after), []).append(word)
    arrows = [f"    {before.name} --> {after.name}: {', '.join(said)}" for (before, after), said in words.items()]
    ends = [f"    {status.name} --> [*]" for status in OrderStatus if status.ended]
    picture = "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> NEW: Accepted", *arrows, *ends, "```"])
    heard = list(dict.fromkeys(word for _, word in NEXT))
    rows = [
        (status.name, *(NEXT[status, word].name if (status, word) in NEXT else "-" for word in heard))
        for status in OrderStatus
        if not status.ended
    ]
    return picture + "\n\n" + table(("status", *heard), rows)


def life(start: str, steps: Mapping[tuple[IntEnum, str], IntEnum]) -> str:
    """A table of statuses as a picture; those that nothing follows are ends."""
    arrows = [f"    {before.name} --> {after.name}: {word}" for (before, word), after in steps.items()]
    froms = {before for before, _ in steps}
    ends = [f"    {after.name} --> [*]" for after in dict.fromkeys(steps.values()) if after not in froms]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {start}", *arrows, *ends, "```"])


def wallet() -> str:
    deposits, withdrawals = life("SEEN", DEPOSIT_NEXT), life("PENDING", WITHDRAWAL_NEXT)
    return f"A deposit:\n\n{deposits}\n\nA withdrawal:\n\n{withdrawals}"


def topology() -> str:
    """Feeds with their one writer and their readers, and what each service hears."""
    feeds = table(
        ("feed", "writer", "divided by", "readers"),
        [(f"`{feed.name}`", feed.writer, feed.shards, ", ".join(feed.readers)) for feed in FEEDS],
    )
    services = dict.fromkeys([feed.writer for feed in FEEDS] + [reader for feed in FEEDS for reader in feed.readers])
    shards = Topology()
    hears = table(
        ("service", "inbox", "hears, in this order"),
        [
            (name, "yes" if name in INBOXES else "-", ", ".join(f"`{feed}`" for feed in shards.sources(f"{name}/0")) or "-")
            for name in services
        ],
    )
    return f"{feeds}\n\nWith {shards.clearing} shard of clearing and {shards.matching} of matching:\n\n{hears}"


DRAWINGS = {"lifecycle": lifecycle, "wallet": wallet, "topology": topology}


def drawn(page: str) -> str:
    """The page with every drawing as the code says it now. Text outside the markers stays as it is."""
    for name, draw in DRAWINGS.items():
        begin, end = f"<!-- drawn: {name} -->\n", f"<!-- end: {name} -->"
        assert page.count(begin) == page.count(end) == 1, f"ARCHITECTURE.md must have {begin!r} and {end!r} once"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}{draw()}\n{end}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text()))

"""Whose account each request of a tape is made with: the same one as long as possible, because every change costs a wait (two
sessions have no order between them)."""

from collections.abc import Iterator, Sequence

from tradewind.ops.flow.orders import Action, Asked

OPEN_MAX = 170  # per maker, by the recording's own account of what is left; an account may have 200


def owners_of(tape: Sequence[Asked], makers: int) -> Iterator[int]:
    """For each request a maker from 0, or `makers` for the taker."""
    open_ = [0] * makers
    owner: dict[str, int] = {}
    left: dict[str, int] = {}  # shares, of orders that rest as far as the recording knows
    latest = 0

    def gone(name: str, shares: int) -> None:
        if name in left:
            left[name] -= shares
            if left[name] <= 0:
                del left[name]
                open_[owner[name]] -= 1

    for action, name, _, _, size, recorded in tape:
        if action is Action.TAKE:
            gone(recorded, size)
            yield makers
            continue
        if action is Action.PLACE:
            if open_[latest] >= OPEN_MAX:
                latest = min(range(makers), key=open_.__getitem__)
            owner[name], left[name] = latest, size
            open_[latest] += 1
        elif action is Action.CANCEL:
            gone(name, left.get(name, 0))
        latest = owner[name]
        yield latest

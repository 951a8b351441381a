"""The table of an order's life, looked at as a graph."""

from tradewind.values.orders import ENDING, NEXT, OrderStatus, Side


def test_nothing_leaves_an_end_and_every_end_is_reached() -> None:
    assert not any(status.ended for status, _ in NEXT)
    assert (
        {after for after in NEXT.values() if after.ended} == set(ENDING) == {status for status in OrderStatus if status.ended}
    )


def test_the_word_of_an_end_leads_there_from_everywhere() -> None:
    words = {word: status for status, word in ENDING.items()}
    assert len(words) == len(ENDING)
    for (_, word), after in NEXT.items():
        assert after is words[word] if word in words else not after.ended


def test_no_way_back_to_new() -> None:
    """H3, H17."""
    assert all(after is not OrderStatus.NEW for (before, _), after in NEXT.items() if before is not OrderStatus.NEW)


def test_an_end_is_named_by_ended() -> None:
    assert [status.name for status in OrderStatus if not status.ended] == ["NEW", "PARTIALLY_FILLED"]
    assert Side.BUY.other is Side.SELL and Side.SELL.other is Side.BUY

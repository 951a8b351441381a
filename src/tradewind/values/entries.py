"""How much may come of one input of matching. What followers can take of one entry is asserted against this."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EntryLimits:
    """`fills`: meetings of orders (trades, and trades with oneself that were prevented) in one entry. After `cascade_fills` of
    them, or `cascade_stops` triggered orders, no other stop order triggers before the next instant. `ended`: orders that
    expire together in one entry, when a market is delisted or many orders have the same `good_till`."""

    fills: int = 2_048
    cascade_fills: int = 1_024
    cascade_stops: int = 512
    ended: int = 500

    def __post_init__(self) -> None:
        assert 0 < self.cascade_fills <= self.fills and self.cascade_stops > 0, self
        assert self.ended >= 2, self  # the two legs of a pair end together


ENTRY_LIMITS = EntryLimits()

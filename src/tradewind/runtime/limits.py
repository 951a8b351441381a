"""Every queue, batch and wait of the runtime, in one place; the simulator shrinks them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    batch_max: int = 512  # inputs per commit
    feed_buffer_max: int = 4_096  # entries read ahead of the machine, per feed
    inbox_buffer_max: int = 4_096  # commands taken from the inbox ahead of the machine
    journal_page: int = 1_000  # entries per journal read
    publish_pending_max: int = 4_096  # entries waiting to be published before readers are left to the journal
    lease_s: float = 2.0
    read_wait_s: float = 1.0  # a blocking read of the bus; after each empty one the journal is asked
    poll_s: float = 0.05  # between journal reads while the bus is down
    retry_s: float = 0.1  # between tries of a port that failed
    position_s: float = 1.0  # positions that moved without an effect are committed after this long
    progress_s: float = 10.0  # older than this, a loop is not alive
    crashes_max: int = 3  # an input that kills the machine this often is poison
    hedge_s: float = 0.5  # an unanswered command is asked again, over the network
    memory_ns: int = 120_000_000_000  # commands are remembered for twice the signature window
    memory_max: int = 250_000

    def __post_init__(self) -> None:
        assert self.batch_max <= self.feed_buffer_max and self.batch_max <= self.inbox_buffer_max, self
        assert self.lease_s > self.retry_s and self.progress_s > 2 * self.read_wait_s, self

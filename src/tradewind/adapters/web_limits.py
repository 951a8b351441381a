"""The numbers of the web server, each with its unit and its reason."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerLimits:
    """What one server grants its peers. Names end in the unit: `_s` seconds, `_bytes_max` bytes, `_max` a count."""

    # One descriptor and one nursery each; stay well below the process's descriptor limit.
    connections_max: int = 4_096
    backlog_max: int = 512
    # A request line with all its headers. h11 answers 431 above it.
    head_bytes_max: int = 16_384
    # One request's body. Quart 0.23 collects a chunked body without limit, whatever MAX_CONTENT_LENGTH says.
    body_bytes_max: int = 1_048_576
    # One WebSocket message after reassembly; a peer that sends more is told 1009 and dropped.
    message_bytes_max: int = 262_144
    # Hypercorn closes a kept connection after 1 000 requests; a trading client would reconnect every second.
    keep_alive_requests_max: int = 1_000_000
    # Messages that wait between the socket and the app before reading from the socket stops.
    app_queue_max: int = 16

    # Between two requests on a kept connection.
    keep_alive_s: float = 75.0
    # From a request's first byte to the end of its headers, and from there to the end of its body: totals,
    # so that one byte a second (slowloris) does not buy more time.
    head_s: float = 10.0
    body_s: float = 30.0
    # A WebSocket that says nothing gets a ping; one that says nothing until silence_s is gone.
    ping_s: float = 20.0
    silence_s: float = 45.0
    # A peer must take each 64 KiB of an answer within this, else it is evicted (slow consumer).
    send_s: float = 5.0
    # After our last byte we read and forget for this long, so that a reset does not overtake the answer.
    linger_s: float = 1.0
    # An app that ignores its peer's departure is cancelled after this.
    abandon_s: float = 5.0
    # From the shutdown event until running requests are cancelled, and the app's own limit for start and stop.
    grace_s: float = 5.0
    lifespan_s: float = 30.0

    def __post_init__(self) -> None:
        """Limits are asserted against each other."""
        assert 0 < self.ping_s < self.silence_s, "a silent WebSocket must be asked before it is dropped"
        assert 0 < self.head_s <= self.keep_alive_s
        assert 0 < self.send_s <= self.silence_s
        assert 0 < self.head_bytes_max <= self.message_bytes_max
        assert self.body_bytes_max > 0
        assert 0 < self.backlog_max <= self.connections_max
        assert min(self.body_s, self.linger_s, self.abandon_s, self.grace_s, self.lifespan_s) > 0
        assert min(self.keep_alive_requests_max, self.app_queue_max) > 0

    @property
    def shutdown_s(self) -> float:
        """The longest that `serve` may last after its shutdown event, not counting an app that shields itself."""
        return self.grace_s + self.send_s + self.linger_s + self.lifespan_s

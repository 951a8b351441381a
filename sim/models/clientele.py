"""What goes wrong with clients: state that faults set and clients look at."""

from collections.abc import Callable
from dataclasses import dataclass, field

import trio


@dataclass
class ClientFaults:
    """By the name of the client's node. `revoked`: when an operator was told that the key of an account is revoked, in
    nanoseconds of the world."""

    deaf: dict[str, trio.Event] = field(default_factory=dict)  # it reads nothing until this is set
    hang_up: dict[str, Callable[[], None]] = field(default_factory=dict)  # cuts the WebSocket that is open now
    storm: dict[str, int] = field(default_factory=dict)  # requests sent at once for one
    replays: dict[str, int] = field(default_factory=dict)  # further copies of each signed request, to the byte
    revoked: dict[int, int] = field(default_factory=dict)

"""The system's wall clock and entropy."""

import os
import time


class SystemClock:
    """Implements ports.clock.Clock."""

    def now(self) -> int:
        return time.time_ns()


class SystemEntropy:
    """Implements ports.clock.Entropy."""

    def token(self, size: int) -> bytes:
        return os.urandom(size)

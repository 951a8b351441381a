"""The deterministic kernel: schedule, virtual time, nodes that can be cut, guards. It knows nothing of the exchange."""

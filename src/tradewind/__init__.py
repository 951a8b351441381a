"""Tradewind: a spot exchange that you can rerun."""

__version__ = "0.1.0"

if not __debug__:
    raise SystemExit("tradewind refuses python -O: its assertions are part of what keeps the money right")

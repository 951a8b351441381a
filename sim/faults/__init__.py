"""The catalogue of everything that can go wrong, a file for each family. Importing a family registers its faults."""

from sim.faults import bus, chain, clients, clock, network, process, store  # noqa: F401  (they register)
from sim.faults.registry import FATES, FAULTS, Undo

__all__ = ["FATES", "FAULTS", "Undo"]

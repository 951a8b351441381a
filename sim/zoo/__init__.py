"""Planted bugs, one file each, named after HAZARDS.md (`h2`, `h5_twice`) or, if they leak determinism, `leak_*`.

A checker that never failed is not known to work. A mutant is a module with STORY (what it does wrong), CAUGHT_BY (the auditors
of whom one must say so), PROFILE (of the seeds) and `plant()`, a context manager that gives the machines to run with and
patches what else it has to. A leak that no auditor can see in one run says `BY = "hashes"`: processes that differ in
PYTHONHASHSEED are compared. sim.zoo.keeper has the protocol.

H81 to H90 are of the trading API's rules: icebergs, stop orders, pairs, ends in time, amendments, modes of self-trade
prevention, bands, fee tiers, circuit breakers, batches.
"""

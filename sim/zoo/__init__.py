"""Planted bugs, one file each, named after HAZARDS.md. A checker that never failed is not known to work.

A mutant is a module with STORY (what it does wrong), CAUGHT_BY (the auditors of whom one must say so), PROFILE (of the seeds)
and `plant()`, a context manager that gives the machines to run with and patches what else it has to.
"""

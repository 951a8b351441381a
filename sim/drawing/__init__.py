"""From a seed to a plan: swarm testing."""

from sim.drawing.plans import PROFILES, draw_plan

__all__ = ["PROFILES", "draw_plan"]

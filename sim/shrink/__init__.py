"""The shrinker: takes things away from a plan for as long as the same failure stays. sim.shrink.shrinking is the way in."""

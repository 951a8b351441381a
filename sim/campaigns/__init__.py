"""Many runs: in turn, at random, at once; and what they must have been through to mean anything."""

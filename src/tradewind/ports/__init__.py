"""Floor 1: the only doors to the world. Each says what its failures mean; one contract suite runs on every implementation."""

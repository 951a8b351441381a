"""Floor 2: the loop that gives every machine its life. It waits, and never decides."""

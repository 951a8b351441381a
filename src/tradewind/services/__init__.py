"""Floor 3: the services. Each decides and never waits; none calls another."""

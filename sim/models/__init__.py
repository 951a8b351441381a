"""Models of PostgreSQL, Redis and the network behind the ports: exact in what the ports promise, failing on purpose."""

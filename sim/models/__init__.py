"""Models of PostgreSQL, Redis and the network behind the ports: small, exact in what the ports promise, and failing on purpose."""

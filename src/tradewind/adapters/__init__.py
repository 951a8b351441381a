"""What the ports are in production: PostgreSQL, Redis, HTTP, the system's clock and entropy, embedded servers."""

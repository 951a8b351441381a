"""A client of the exchange's own: what its tools and tests speak with. Knows the API, nothing of the services."""

"""Incident review: a bundle of production on fresh machines, stopped anywhere, looked at, and tried on another version."""

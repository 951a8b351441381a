"""HTTP and WebSockets in memory: real ASGI applications, served and called without a socket."""

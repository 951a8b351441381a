"""Real PostgreSQL and a real Redis-compatible server as child processes with private directories, found without Docker or root.

Everything here is synchronous: it runs before trio starts, after it ended, and in fixtures.
"""

from tradewind.adapters.embedded.account import Account, server_account
from tradewind.adapters.embedded.child import ServerFailed
from tradewind.adapters.embedded.discovery import NotFound, discover
from tradewind.adapters.embedded.external import ExternalPostgres, ExternalRedis, open_postgres, open_redis, state_home
from tradewind.adapters.embedded.postgres import Postgres
from tradewind.adapters.embedded.redis import Redis

__all__ = [
    "Account",
    "ExternalPostgres",
    "ExternalRedis",
    "NotFound",
    "Postgres",
    "Redis",
    "ServerFailed",
    "discover",
    "open_postgres",
    "open_redis",
    "server_account",
    "state_home",
]

"""The operators' listener: is it alive, is it ready, how far are the shards."""

from typing import Any

from tradewind.ports.errors import PortError
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.asked import Nothing
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.problems import Problem, unavailable
from tradewind.services.gateway.route import Route


async def status(gateway: Gateway, _call: Call[Nothing]) -> Any:
    try:
        heads = await gateway.world.store.heads()
    except PortError:
        raise unavailable("the store does not answer now") from None
    shards = [
        {"shard": name, "epoch": head.epoch, "seq": head.seq, "holder": head.holder, "address": head.address}
        for name, head in sorted(heads.items())
    ]
    return {"shards": shards, "complaints": gateway.complaints(), "degraded": gateway.degraded()}


async def live(_gateway: Gateway, _call: Call[Nothing]) -> Any:
    return {"status": "live"}


async def ready(gateway: Gateway, _call: Call[Nothing]) -> Any:
    complaints = gateway.complaints()
    if complaints:
        raise Problem(503, "NOT_READY", "; ".join(complaints), retry_after_s=1)
    return {"status": "ready", "degraded": gateway.degraded()}


ROUTES: tuple[Route[Any], ...] = (
    Route("GET", "/live", live, Need.PUBLIC, 1, Nothing, dict[str, str], "The process answers"),
    Route("GET", "/ready", ready, Need.PUBLIC, 1, Nothing, dict[str, Any], "It can do its work; 503 when it cannot"),
    Route("GET", "/admin/status", status, Need.OPERATOR, 1, Nothing, dict[str, Any], "Where every shard stands"),
)

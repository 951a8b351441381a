"""Everything that the two applications serve, gathered from where it is declared. Rules, weights, documents come from here."""

from functools import cache
from typing import Any

from tradewind.services.gateway import (
    asyncapi,
    openapi,
    public_door,
    routes_account,
    routes_admin,
    routes_batches,
    routes_documents,
    routes_family,
    routes_fees,
    routes_market,
    routes_operating,
    routes_orders,
    routes_pairs,
    routes_replace,
    routes_statements,
    routes_users,
    socket_methods,
    sockets_private,
)
from tradewind.services.gateway.compat import sockets as compat_sockets
from tradewind.services.gateway.compat import table as compat
from tradewind.services.gateway.compat.wsapi_session import SESSION
from tradewind.services.gateway.route import Door, Route

Routes = tuple[Route[Any], ...]


@cache
def openapi_document() -> dict[str, Any]:
    """Of the public listener."""
    return openapi.document((*PUBLIC, *COMPATIBLE))


@cache
def operators_document() -> dict[str, Any]:
    return openapi.document(OPERATORS)


@cache
def asyncapi_document() -> dict[str, Any]:
    """Of the public listener's sockets."""
    return asyncapi.document(DOORS, {sockets_private.PATH: SOCKET_METHODS, compat_sockets.PATH: COMPATIBLE_METHODS})


_NATIVE: Routes = (
    *routes_market.ROUTES,
    *routes_orders.ROUTES,
    *routes_replace.ROUTES,
    *routes_batches.ROUTES,
    *routes_pairs.ROUTES,
    *routes_account.ROUTES,
    *routes_statements.ROUTES,
    *routes_family.ROUTES,
)
PUBLIC: Routes = (*_NATIVE, *routes_documents.routes(openapi_document, asyncapi_document))
COMPATIBLE: Routes = compat.ROUTES
COMPATIBLE_METHODS: Routes = (*compat.METHODS.values(), *SESSION.values())
OPERATORS: Routes = (*routes_operating.ROUTES, *routes_admin.ROUTES, *routes_fees.ROUTES, *routes_users.ROUTES)
DOORS: tuple[Door[Any], ...] = (*public_door.DOORS, sockets_private.DOOR, *compat_sockets.DOORS)
SOCKET_METHODS: Routes = tuple(socket_methods.METHODS.values())

"""Statements: postings or trades of a span of time, as CSV."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from tradewind.services.gateway import reads, shapes
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.asked import After, Asked, Instant
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.problems import bad
from tradewind.services.gateway.route import Route
from tradewind.services.gateway.sheets import Sheet, sheet

ROWS_MAX = 10_000
SPAN_MS_MAX = 366 * 86_400_000
POSTING_COLUMNS: tuple[str, ...] = ("id", "time", "kind", "reference", "asset", "delta")
FILL_COLUMNS: tuple[str, ...] = (
    "fillId", "time", "symbol", "id", "orderId", "isBuyer", "isMaker", "price", "qty", "quoteQty", "commission",
    "commissionAsset",
)  # fmt: skip
_NS_PER_MS = 1_000_000


class StatementAsked(Asked, frozen=True, kw_only=True):
    """From `startTime` up to, not including, `endTime`; at most 366 days. When there are more rows than `limit`, the header
    X-Next-After has what to ask for as `after`."""

    kind: Literal["postings", "trades"] = "postings"
    start_time: Instant
    end_time: Instant
    after: After = 0
    limit: Annotated[int, Meta(ge=1, le=ROWS_MAX)] = ROWS_MAX


def _row(columns: Sequence[str], shown: Mapping[str, Any]) -> list[object]:
    """Instants as ISO 8601, because this is for people."""
    instant = datetime.fromtimestamp(shown["time"] // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    made = {**shown, "time": f"{instant}.{shown['time'] % 1_000:03d}Z"}
    return [made[name] for name in columns]


async def statement(gateway: Gateway, call: Call[StatementAsked]) -> Any:
    asked = call.asked
    if not 0 < asked.end_time - asked.start_time <= SPAN_MS_MAX:
        raise bad("endTime must be after startTime, and at most 366 days")
    span = asked.start_time * _NS_PER_MS, asked.end_time * _NS_PER_MS
    if asked.kind == "postings":
        postings = await reads.ledger(gateway, call.account, asked.after, asked.limit + 1, span)
        rows = [shapes.posting(one, gateway.catalogue) for one in postings]
        columns, paged_by = POSTING_COLUMNS, "id"
    else:
        fills = await reads.fills(gateway, call.account, None, 0, asked.after, asked.limit + 1, span)
        rows = [{"fillId": one.fill_id, **shapes.fill(one, one.at, gateway.catalogue)} for one in fills]
        columns, paged_by = FILL_COLUMNS, "fillId"
    headers = {"Content-Disposition": f'attachment; filename="{asked.kind}.csv"'}
    if len(rows) > asked.limit:
        del rows[asked.limit :]
        headers["X-Next-After"] = str(rows[-1][paged_by])
    return Sheet(sheet(columns, [_row(columns, row) for row in rows]), headers)


ROUTES: tuple[Route[Any], ...] = (
    Route("GET", "/v1/statements", statement, Need.READ, 50, StatementAsked, Sheet, "Postings or trades, as CSV"),
)

"""What calls answer, for documents: shapes.py makes them, and every answer in the tests is held to its struct."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from tradewind.services.gateway.words import SelfTradeName, SideName, StatusName, TimeName, TypeName


class Answer(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Amounts are decimal text, instants milliseconds."""


class Empty(Answer):
    """Nothing to say but that it is done."""


class ServerTime(Answer):
    server_time: int


class Fault(Answer):
    """What went wrong. `retryable`: nothing was done, and the same request may work later. With status 504 the outcome is
    unknown, and what is there to ask with is named. The last four are cancelReplace's."""

    code: str
    message: str
    retryable: bool
    request_id: str
    order_id: int | UnsetType = UNSET
    client_order_id: str | UnsetType = UNSET
    client_order_ids: list[str] | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    cancel_result: str | UnsetType = UNSET
    cancel_response: dict[str, Any] | UnsetType = UNSET
    new_order_result: str | UnsetType = UNSET
    new_order_response: dict[str, Any] | UnsetType | None = UNSET


class FillShown(Answer):
    """The account's own side of a trade."""

    symbol: str
    id: int
    order_id: int
    price: str
    qty: str
    quote_qty: str
    commission: str
    commission_asset: str
    time: int
    is_buyer: bool
    is_maker: bool


class FillListed(FillShown, kw_only=True):
    """`fillId` is what one pages by: trade ids are contiguous per symbol only."""

    fill_id: int


class Acknowledged(Answer):
    """Durable is the order, or the request to cancel or amend it."""

    symbol: str
    order_id: int
    client_order_id: str
    transact_time: int


class OrderShown(Answer):
    """`orderListId` -1: no pair. `origQuoteOrderQty`: what was to be spent, if that was asked. `goodTillDate` 0: for ever.
    `isWorking` false, `workingTime` -1: a stop order waits for its price."""

    symbol: str
    order_id: int
    order_list_id: int
    client_order_id: str
    price: str
    orig_qty: str
    executed_qty: str
    orig_quote_order_qty: str
    cummulative_quote_qty: str
    status: StatusName
    time_in_force: TimeName
    type: TypeName
    side: SideName
    stop_price: str
    iceberg_qty: str
    good_till_date: int
    self_trade_prevention_mode: SelfTradeName
    is_working: bool
    working_time: int
    reason: str
    time: int
    update_time: int


class Placed(Acknowledged):
    """ACK: the first four. RESULT: what came of the order within 2 s as well. FULL: and its fills."""

    order_list_id: int | UnsetType = UNSET
    price: str | UnsetType = UNSET
    orig_qty: str | UnsetType = UNSET
    executed_qty: str | UnsetType = UNSET
    orig_quote_order_qty: str | UnsetType = UNSET
    cummulative_quote_qty: str | UnsetType = UNSET
    status: StatusName | UnsetType = UNSET
    time_in_force: TimeName | UnsetType = UNSET
    type: TypeName | UnsetType = UNSET
    side: SideName | UnsetType = UNSET
    stop_price: str | UnsetType = UNSET
    iceberg_qty: str | UnsetType = UNSET
    good_till_date: int | UnsetType = UNSET
    self_trade_prevention_mode: SelfTradeName | UnsetType = UNSET
    is_working: bool | UnsetType = UNSET
    working_time: int | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    time: int | UnsetType = UNSET
    update_time: int | UnsetType = UNSET
    fills: list[FillShown] | UnsetType = UNSET


class Result(Answer):
    """Either the first four, or the last three: what one order of a batch came to."""

    symbol: str | UnsetType = UNSET
    order_id: int | UnsetType = UNSET
    client_order_id: str | UnsetType = UNSET
    transact_time: int | UnsetType = UNSET
    code: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    retryable: bool | UnsetType = UNSET


class Results(Answer):
    """In the order of the request."""

    results: list[Result]


class LegShown(Answer):
    symbol: str
    order_id: int
    client_order_id: str


class PairShown(Answer):
    order_list_id: int
    contingency_type: Literal["OCO"]
    list_status_type: Literal["EXEC_STARTED", "ALL_DONE"]
    list_order_status: Literal["EXECUTING", "ALL_DONE"]
    list_client_order_id: str
    transaction_time: int
    symbol: str
    orders: list[LegShown]


class PairPlaced(PairShown):
    """`orderReports` with RESULT and FULL."""

    order_reports: list[Placed] | UnsetType = UNSET


class PairListed(PairShown, kw_only=True):
    order_reports: list[OrderShown]


class Replaced(Answer):
    """What came of both parts. One that failed has a code and a message as its response, one that was not tried has none."""

    cancel_result: Literal["SUCCESS", "FAILURE"]
    new_order_result: Literal["SUCCESS", "FAILURE", "NOT_ATTEMPTED"]
    cancel_response: dict[str, Any]
    new_order_response: dict[str, Any] | None


class SwitchShown(Answer):
    """`triggerTime` 0: the switch is gone."""

    symbol: str
    timeout: int
    trigger_time: int


class SubAccountShown(Answer):
    sub_account_id: int
    label: str


class TransferShown(Answer):
    transfer_id: int
    reference: str


class BalanceShown(Answer):
    asset: str
    free: str
    locked: str


class AccountShown(Answer):
    account_id: int
    permissions: int
    balances: list[BalanceShown]


class PostingShown(Answer):
    id: int
    time: int
    kind: str
    reference: str
    asset: str
    delta: str

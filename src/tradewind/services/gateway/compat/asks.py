"""What Binance's calls ask, under Binance's names. `timestamp`, `recvWindow`, `signature` and `apiKey` are taken off before.

Where Binance takes more than it says (a limit that is too large, words for its own accounts), so do we.
"""

import json
import re
from typing import Annotated, Any, Literal

from msgspec import Meta

from tradewind.services.gateway.asked import Amount, Asked, AssetName, ClientOrderId, Id, Instant, PrintableText, SymbolName
from tradewind.services.gateway.compat.faults import fault, invalid
from tradewind.services.gateway.words import ResponseKind, SelfTradeName, SideName, TimeName, TypeName
from tradewind.values.ids import ID_MAX
from tradewind.values.symbols import SYMBOL

SYMBOLS_MAX = 100
Limit = Annotated[int, Meta(ge=1, le=1_000_000, description="More than there may be is taken for as many as there may be.")]
Offset = Annotated[int, Meta(ge=0, le=1_000_000)]
FromId = Annotated[int, Meta(ge=0, le=ID_MAX)]
Strategy = Annotated[int, Meta(ge=0, le=ID_MAX, description="Taken, and not kept.")]
Symbols = Annotated[str, Meta(max_length=4_096, description='A JSON list: ["BTCUSDT","ETHUSDT"].')]
_LIST = re.compile(r'\[ *(?:"[A-Z0-9]{1,32}" *(?:, *"[A-Z0-9]{1,32}" *)*)?\]')


class SymbolAsked(Asked, frozen=True):
    symbol: SymbolName


class OneOrAll(Asked, frozen=True):
    symbol: SymbolName = ""


class SomeSymbols(Asked, frozen=True):
    symbol: SymbolName = ""
    symbols: Symbols = ""
    type: Literal["FULL", "MINI"] = "FULL"
    symbol_status: Literal["TRADING", "HALT", "BREAK", ""] = ""


class InfoAsked(Asked, frozen=True):
    symbol: SymbolName = ""
    symbols: Symbols = ""
    permissions: PrintableText = "SPOT"
    show_permission_sets: bool = True
    symbol_status: Literal["TRADING", "HALT", "BREAK", ""] = ""


class DepthAsked(Asked, frozen=True):
    symbol: SymbolName
    limit: Limit = 100


class TradesAsked(Asked, frozen=True):
    symbol: SymbolName
    limit: Limit = 500
    from_id: FromId = 0


class AggregatesAsked(Asked, frozen=True):
    symbol: SymbolName
    from_id: FromId | None = None
    start_time: Instant = 0
    end_time: Instant = 0
    limit: Limit = 500


class KlinesAsked(Asked, frozen=True):
    symbol: SymbolName
    interval: Annotated[str, Meta(pattern="^[0-9]{1,2}[smhdwM]$", max_length=3)]
    start_time: Instant = 0
    end_time: Instant = 0
    time_zone: Annotated[str, Meta(max_length=6)] = "0"
    limit: Limit = 500


class NewOrder(Asked, frozen=True, kw_only=True):
    symbol: SymbolName
    side: SideName
    type: TypeName
    time_in_force: TimeName | None = None
    quantity: Amount = ""
    quote_order_qty: Amount = ""
    price: Amount = ""
    new_client_order_id: ClientOrderId = ""
    stop_price: Amount = ""
    iceberg_qty: Amount = ""
    good_till_date: Instant = 0
    new_order_resp_type: ResponseKind | None = None
    self_trade_prevention_mode: SelfTradeName | None = None
    strategy_id: Strategy = 0
    strategy_type: Strategy = 0


class OrderTested(NewOrder, frozen=True, kw_only=True):
    compute_commission_rates: bool = False


class NamedOrder(Asked, frozen=True, kw_only=True):
    symbol: SymbolName
    order_id: Id = 0
    orig_client_order_id: ClientOrderId = ""


class CancelOrder(NamedOrder, frozen=True, kw_only=True):
    new_client_order_id: ClientOrderId = ""
    cancel_restrictions: Literal["ONLY_NEW", "ONLY_PARTIALLY_FILLED", ""] = ""


class Amend(NamedOrder, frozen=True, kw_only=True):
    new_client_order_id: ClientOrderId = ""
    new_qty: Amount


class CancelReplace(NewOrder, frozen=True, kw_only=True):
    cancel_replace_mode: Literal["STOP_ON_FAILURE", "ALLOW_FAILURE"]
    cancel_order_id: Id = 0
    cancel_orig_client_order_id: ClientOrderId = ""
    cancel_new_client_order_id: ClientOrderId = ""


class OrdersAsked(Asked, frozen=True, kw_only=True):
    symbol: SymbolName
    order_id: Id = 0
    start_time: Instant = 0
    end_time: Instant = 0
    limit: Limit = 500


class FillsAsked(Asked, frozen=True, kw_only=True):
    symbol: SymbolName
    order_id: Id = 0
    start_time: Instant = 0
    end_time: Instant = 0
    from_id: FromId | None = None
    limit: Limit = 500


class AccountAsked(Asked, frozen=True):
    omit_zero_balances: bool = False


class NamedList(Asked, frozen=True, kw_only=True):
    symbol: SymbolName = ""
    order_list_id: Id = 0
    orig_client_order_id: ClientOrderId = ""
    list_client_order_id: ClientOrderId = ""
    new_client_order_id: ClientOrderId = ""


class ListenKeyAsked(Asked, frozen=True):
    listen_key: Annotated[str, Meta(max_length=512)] = ""


class NoQuestion(Asked, frozen=True):
    """No parameters."""


class HistoryAsked(Asked, frozen=True, kw_only=True):
    """Of deposits and withdrawals. `status` is Binance's number."""

    coin: AssetName = ""
    status: Annotated[int, Meta(ge=0, le=10)] | None = None
    withdraw_order_id: ClientOrderId = ""
    tx_id: PrintableText = ""
    include_source: bool = False
    start_time: Instant = 0
    end_time: Instant = 0
    offset: Offset = 0
    limit: Limit = 1_000


class AddressAsked(Asked, frozen=True, kw_only=True):
    coin: AssetName
    network: PrintableText = ""
    amount: Amount = ""


class WithdrawalAsked(Asked, frozen=True, kw_only=True):
    coin: AssetName
    amount: Amount
    address: PrintableText
    network: PrintableText = ""
    address_tag: PrintableText = ""
    withdraw_order_id: ClientOrderId = ""
    name: PrintableText = ""
    transaction_fee_flag: bool = False
    wallet_type: Annotated[int, Meta(ge=0, le=1)] = 0


def symbols_of(symbol: str, symbols: str) -> list[str]:
    """Those that were asked for, each once, in that order; empty = all. Raises Fault."""
    if not symbols:
        return [symbol] if symbol else []
    if symbol:
        raise fault(-1128, "Combination of optional parameters invalid.")
    if _LIST.fullmatch(symbols) is None:
        raise invalid("symbols")
    named: list[Any] = json.loads(symbols)
    if not named or len(named) > SYMBOLS_MAX:
        raise invalid("symbols")
    assert all(SYMBOL.fullmatch(name) for name in named)
    return list(dict.fromkeys(named))

"""Clearing decides whether an order may stand, holds its funds, settles its trades, and gives back what is left."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from tradewind.messages.commands import AmendOrder, CancelAll, CancelOrder, Command, PlaceOrder, RequestWithdrawal
from tradewind.messages.events import (
    Adjusted,
    AmendRequested,
    AssetCreated,
    CancelRequested,
    DepositCredited,
    DepositReversed,
    Entry,
    Event,
    MarketStateSet,
    OrderAccepted,
    OrderEnded,
    OrderReduced,
    SymbolChanged,
    SymbolCreated,
    Traded,
    WithdrawalDebited,
    WithdrawalHeld,
    WithdrawalReleased,
)
from tradewind.messages.replies import OrderAck, OrdersAck, Refused, Reply, WithdrawalAck
from tradewind.messages.topology import Topology
from tradewind.ports.tables import Change, Table
from tradewind.runtime.machine import At, Outcome
from tradewind.runtime.rows import Rows, drain_all
from tradewind.services.clearing.client_ids import ClientIds
from tradewind.services.clearing.ledger import Ledger
from tradewind.services.clearing.open_orders import OpenOrders
from tradewind.services.clearing.rules import ACCOUNT_ORDERS_MAX, RESERVED, check_order, digest, limit_price, needed
from tradewind.services.clearing.settlement import adjust, end, reduce, settle_leg
from tradewind.services.clearing.symbols import Symbols
from tradewind.services.clearing.tables import (
    ADJUSTMENTS,
    BALANCES,
    CLEARING_ASSETS,
    CLEARING_SYMBOLS,
    FINISHED,
    HOLDS,
    LEDGER,
    WITHDRAWAL_HOLDS,
    Hold,
    SettledAdjustment,
)
from tradewind.services.clearing.withdrawals import Withdrawals, credited, reversed_
from tradewind.values.ids import order_id
from tradewind.values.orders import Side
from tradewind.values.refusals import Refusal
from tradewind.values.symbols import SymbolRules


class ClearingMachine:
    tables: ClassVar[tuple[Table, ...]] = (
        *(BALANCES, HOLDS, FINISHED, LEDGER, CLEARING_SYMBOLS, CLEARING_ASSETS, ADJUSTMENTS),
        WITHDRAWAL_HOLDS,
    )
    hears: ClassVar[frozenset[type]] = frozenset(
        {Traded, OrderEnded, OrderReduced, SymbolCreated, SymbolChanged, AssetCreated, MarketStateSet, Adjusted}
        | {DepositCredited, DepositReversed, WithdrawalReleased, WithdrawalDebited}
    )

    def __init__(self, index: int, topology: Topology) -> None:
        self._index = index
        self._topology = topology
        self._ledger = Ledger(index)
        self._open = OpenOrders()
        self._client_ids = ClientIds(index)
        self._symbols = Symbols(index)
        self._adjustments = Rows(ADJUSTMENTS)
        self._withdrawals = Withdrawals(index, self._ledger)

    def load(self, rows: Mapping[Table, list[Any]]) -> None:
        self._ledger.load(rows[BALANCES])
        self._open.load(rows[HOLDS])
        self._client_ids.load(rows[FINISHED])
        self._symbols.load(rows[CLEARING_SYMBOLS], rows[CLEARING_ASSETS])
        self._adjustments.load(rows[ADJUSTMENTS])
        self._withdrawals.load(rows[WITHDRAWAL_HOLDS])

    def changes(self) -> list[Change]:
        parts = (self._open, self._client_ids, self._symbols, self._withdrawals)
        return self._ledger.changes() + drain_all(*(rows for part in parts for rows in part.rows), self._adjustments)

    def apply(self, item: Command | Entry, at: At) -> Outcome:
        events: list[Event] = []
        reply: Reply | None = None
        match item:
            case Entry():
                for event in item.events:
                    self._hear(event, at, events)
            case PlaceOrder() | CancelOrder() | CancelAll() | AmendOrder() | RequestWithdrawal() if not self._is_user(
                item.account
            ):
                reply = Refused(Refusal.UNKNOWN_ACCOUNT)
            case PlaceOrder():
                reply = self._place(item, at, events)
            case CancelOrder():
                reply = self._cancel(item, at, events)
            case CancelAll():
                reply = self._cancel_all(item, events)
            case AmendOrder():
                reply = self._amend(item, at, events)
            case RequestWithdrawal():
                reply = self._withdraw(item, at, events)
            case _:
                reply = Refused(Refusal.BAD_REQUEST, "clearing does not know this command")
        events.extend(self._ledger.balance_events())
        return Outcome(events, reply)

    # --- commands
    def _place(self, order: PlaceOrder, at: At, events: list[Event]) -> Reply:
        rules = self._symbols.for_order(order.symbol)
        if isinstance(rules, Refusal):
            return Refused(rules)
        if RESERVED.fullmatch(order.client_order_id):
            return Refused(Refusal.BAD_REQUEST, "client order ids of this form are given by the exchange")
        content = digest(order)
        known = self._known(order.account, order.client_order_id, at.now)
        if known is not None:
            if known.digest != content:
                return Refused(Refusal.DUPLICATE_CLIENT_ORDER_ID)
            return OrderAck(known.order_id, known.client_order_id, known.symbol, known.accepted_at, True)
        price = limit_price(rules, order, self._symbols.last_price(order.symbol))
        if isinstance(price, Refusal):
            return Refused(price)
        refusal = check_order(rules, self._symbols.state(order.symbol), order, price)
        if refusal is not None:
            return Refused(refusal)
        if self._open.count(order.account) >= ACCOUNT_ORDERS_MAX:
            return Refused(Refusal.TOO_MANY_OPEN_ORDERS)
        asset, need = needed(rules, order.side, price, order.quantity)
        if self._ledger.available(order.account, asset) < need:
            return Refused(Refusal.INSUFFICIENT_BALANCE)
        self._ledger.hold(order.account, asset, need)
        hold, accepted = self._accept(order, rules, price, need, at)
        self._open.put(hold)
        events.append(accepted)
        return OrderAck(hold.order_id, hold.client_order_id, hold.symbol, at.now)

    def _accept(self, order: PlaceOrder, rules: SymbolRules, price: int, need: int, at: At) -> tuple[Hold, OrderAccepted]:
        made = order_id(at.seq, self._index)
        name = order.client_order_id or f"tw{made}"
        asset = rules.quote if order.side is Side.BUY else rules.base
        fees = rules.maker_fee_ppm, rules.taker_fee_ppm
        what = order.side, order.type
        size = order.quantity, order.quantity
        who = made, order.account, order.symbol, name
        hold = Hold(self._index, *who, digest(order), *what, price, *size, asset, need, *fees, at.now)
        accepted = OrderAccepted(*who, *what, order.time_in_force, order.self_trade, price, order.quantity)
        return hold, accepted

    def _known(self, account: int, client_order_id: str, now: int) -> Any:
        if not client_order_id:
            return None
        return self._open.named(account, client_order_id) or self._client_ids.get(account, client_order_id, now)

    def _find(self, command: CancelOrder | AmendOrder) -> Hold | None:
        if command.order_id:
            hold = self._open.get(command.order_id)
        else:
            hold = self._open.named(command.account, command.client_order_id)
        if hold is None or hold.account != command.account or hold.symbol != command.symbol:
            return None  # another account's order answers exactly like a missing one
        return hold

    def _cancel(self, command: CancelOrder, at: At, events: list[Event]) -> Reply:
        hold = self._find(command)
        if hold is None:
            return Refused(Refusal.UNKNOWN_ORDER)
        events.append(CancelRequested(hold.order_id, hold.account, hold.symbol))
        return OrderAck(hold.order_id, hold.client_order_id, hold.symbol, at.now)

    def _cancel_all(self, command: CancelAll, events: list[Event]) -> Reply:
        if command.symbol and command.symbol not in self._symbols:
            return Refused(Refusal.UNKNOWN_SYMBOL)
        holds = [hold for hold in self._open.of(command.account) if command.symbol in ("", hold.symbol)]
        events.extend(CancelRequested(hold.order_id, hold.account, hold.symbol) for hold in holds)
        return OrdersAck(tuple(OrderAck(hold.order_id, hold.client_order_id, hold.symbol, hold.accepted_at) for hold in holds))

    def _amend(self, command: AmendOrder, at: At, events: list[Event]) -> Reply:
        hold = self._find(command)
        if hold is None:
            return Refused(Refusal.UNKNOWN_ORDER)
        if command.quantity <= 0 or command.quantity % self._symbols[hold.symbol].lot:
            return Refused(Refusal.QUANTITY_OFF_LOT)
        if not hold.quantity - hold.left < command.quantity < hold.quantity:
            return Refused(Refusal.AMEND_MUST_REDUCE)
        events.append(AmendRequested(hold.order_id, hold.account, hold.symbol, command.quantity))
        return OrderAck(hold.order_id, hold.client_order_id, hold.symbol, at.now)

    def _withdraw(self, request: RequestWithdrawal, at: At, events: list[Event]) -> Reply:
        if not self._symbols.has_asset(request.asset):
            return Refused(Refusal.UNKNOWN_ASSET)
        came = self._withdrawals.request(request, at)
        if not isinstance(came, WithdrawalHeld):
            return came
        events.append(came)
        return WithdrawalAck(came.withdrawal_id)

    # --- feeds
    def _hear(self, event: Event, at: At, events: list[Event]) -> None:
        match event:
            case Traded():
                self._symbols.traded(event.symbol, event.price)
                self._settle(event, at, events)
            case OrderEnded() if self._mine(event.account):
                hold = end(self._open, self._ledger, event)
                self._client_ids.finish(hold, at.now)
            case OrderReduced() if self._mine(event.account):
                reduce(self._open, self._ledger, self._symbols[event.symbol], event)
            case SymbolCreated():
                self._symbols.created(event.rules)
            case SymbolChanged():
                self._symbols.changed(event.rules, event.version)
            case AssetCreated():
                self._symbols.asset_created(event.asset, event.precision)
            case MarketStateSet():
                self._symbols.set_state(event.symbol, event.state)
            case Adjusted() if self._mine(event.account) and event.reference not in self._adjustments:
                self._adjustments.put(SettledAdjustment(self._index, event.reference, at.seq))
                adjust(self._ledger, self._index, event, at)
            case DepositCredited() | DepositReversed() | WithdrawalReleased() | WithdrawalDebited():
                if self._mine(event.account):
                    self._hear_wallet(event, at, events)
            case _:
                pass  # another shard's

    def _hear_wallet(self, event: Event, at: At, events: list[Event]) -> None:
        match event:
            case DepositCredited():
                credited(self._ledger, self._index, event, at)
            case DepositReversed():
                uncovered = reversed_(self._ledger, self._index, event, at)
                events += [uncovered] if uncovered is not None else []
            case WithdrawalReleased():
                self._withdrawals.release(event.withdrawal_id, at)
            case WithdrawalDebited():
                self._withdrawals.debit(event, at)

    def concerns(self, event: Event) -> bool:
        """What changes this shard's accounts, and every trade: it moves the price that bands are measured from."""
        account = getattr(event, "account", None)
        return account is None or self._mine(account)

    def _mine(self, account: int) -> bool:
        return self._topology.clearing_of(account) == self._index

    def _is_user(self, account: int) -> bool:
        """The shard's own accounts have balances too, and trade with nobody."""
        return account > 0 and self._mine(account)

    def _settle(self, trade: Traded, at: At, events: list[Event]) -> None:
        rules = self._symbols[trade.symbol]
        legs = []
        sides = ((True, trade.maker_order, trade.maker_account), (False, trade.taker_order, trade.taker_account))
        for maker, order, account in sides:
            if self._mine(account):
                hold = self._open[order]
                moved, settled = settle_leg(self._ledger, rules, hold, trade, maker=maker, house=self._index)
                self._open.put(msgspec.structs.replace(hold, left=hold.left - trade.quantity, held=settled.held))
                legs += moved
                events.append(settled.event)
        if legs:
            self._ledger.post(at, "trade", f"{trade.symbol}:{trade.trade_id}", legs)

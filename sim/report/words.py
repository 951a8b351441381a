"""Commands, events and replies as sentences. A message that has no sentence here is told by its fields."""

from typing import Any

import msgspec

from tradewind.messages import commands, events, replies
from tradewind.values.money import format_units
from tradewind.values.orders import OrderType, TimeInForce
from tradewind.values.symbols import SymbolRules

HIDDEN = ("sealed_secret", "password_hash")


class Tongue:
    """Knows the precisions of assets and symbols, as far as it has heard of them: before that, amounts are told in units."""

    def __init__(self) -> None:
        self.assets: dict[str, int] = {}
        self.symbols: dict[str, SymbolRules] = {}

    def learn(self, said: object) -> None:
        match said:
            case events.AssetCreated(asset, precision) | commands.CreateAsset(asset, precision):
                self.assets[asset] = precision
            case events.SymbolCreated(rules) | commands.CreateSymbol(rules):
                self.symbols[rules.symbol] = rules

    def amount(self, asset: str, units: int) -> str:
        if asset not in self.assets:
            return f"{units} units of {asset}"
        return f"{_short(format_units(units, self.assets[asset]))} {asset}"

    def quantity(self, symbol: str, units: int) -> str:
        rules = self.symbols.get(symbol)
        return f"{units} units" if rules is None else _short(format_units(units, rules.base_precision))

    def price(self, symbol: str, units: int) -> str:
        rules = self.symbols.get(symbol)
        return f"{units} units" if rules is None else _short(format_units(units, rules.quote_precision))

    def order(self, one: commands.PlaceOrder | events.OrderAccepted) -> str:
        """`sell 0.5 BTCUSDT @ 30000 IOC`."""
        at = "at market" if one.type is OrderType.MARKET else f"@ {self.price(one.symbol, one.price)}"
        words = [one.side.name.lower(), self.quantity(one.symbol, one.quantity), one.symbol, at]
        words += ["post-only"] if one.type is OrderType.LIMIT_MAKER else []
        words += [f"{one.type.name} at {self.price(one.symbol, one.stop_price)}"] if one.stop_price else []
        words += [f"in slices of {self.quantity(one.symbol, one.display)}"] if one.display else []
        words += [f"for {self.price(one.symbol, one.quote_quantity)}"] if one.quote_quantity else []
        words += [one.time_in_force.name] if one.time_in_force is not TimeInForce.GTC else []
        return " ".join(words)

    def command(self, asked: object) -> str:
        match asked:
            case commands.PlaceOrder(account=account, client_order_id=name):
                return f"place {name or 'an order'} for account {account}: {self.order(asked)}"
            case commands.PlaceOrders(account, orders):
                return f"place {len(orders)} orders for account {account}: {'; '.join(map(self.order, orders))}"
            case commands.PlaceOrderPair(account, name, maker, stop):
                return f"place pair {name} for account {account}: {self.order(maker)}; or {self.order(stop)}"
            case commands.TestOrder(account, order):
                return f"test for account {account}: {self.order(order)}"
            case commands.CancelAfter(account, symbol, timeout_ns):
                where = symbol or "every market"
                return f"cancel all of account {account} in {where} unless asked again within {timeout_ns // 10**6} ms"
            case commands.Transfer(account, to_account, asset, units, reference):
                return f"send {self.amount(asset, units)} from account {account} to {to_account} ({reference})"
            case commands.SetAccountTier(account, level):
                return f"set account {account} to tier {level if level >= 0 else 'of its volume'}"
            case commands.Tick():
                return "the instant has come that it waited for"
            case commands.CancelOrder(account, symbol, order, name):
                return f"cancel {f'order {order}' if order else name} of account {account} in {symbol}"
            case commands.CancelAll(account, symbol):
                return f"cancel all orders of account {account}{f' in {symbol}' if symbol else ''}"
            case commands.AmendOrder(account, symbol, order, name, quantity):
                which = f"order {order}" if order else name
                return f"reduce {which} of account {account} to {self.quantity(symbol, quantity)}"
            case commands.SetMarketState(symbol, state, _):
                return f"set {symbol or 'every market'} to {state.name}"
            case commands.Adjust(account, asset, delta, reference):
                return f"credit account {account} with {self.amount(asset, delta)} ({reference})"
            case commands.CreateAccount(email):
                return f"create the account of {email}"
            case commands.CreateApiKey(account, label):
                return f"create key {label} of account {account}"
        return fields(asked)

    def event(self, said: object) -> str:
        return self._of_orders(said) or self._of_money(said) or fields(said)

    def _of_orders(self, said: object) -> str:
        match said:
            case events.OrderAccepted(order_id=order, client_order_id=name):
                return (
                    f"order {order} accepted ({name or 'no name'}, account {said.account}): {self.order(said)}; funds are held"
                )
            case events.CancelRequested(order):
                return f"cancel of order {order} accepted, to be decided by the book"
            case events.OrderArmed(order):
                return f"order {order} waits for its price"
            case events.OrderTriggered(order, last_price=price):
                return f"order {order} triggers, the last price is {self.price(said.symbol, price)}"
            case events.OrderSized(order, quantity=quantity):
                return f"order {order} comes to {self.quantity(said.symbol, quantity)}"
            case events.OrderShown(order, shown=shown):
                return f"order {order} shows another {self.quantity(said.symbol, shown)}, behind all others at its price"
            case events.AmendRequested(order, _, symbol, quantity):
                return f"reduction of order {order} to {self.quantity(symbol, quantity)} accepted, to be decided by the book"
            case events.OrderRested(order, _, symbol, side, price, left):
                where = "bids" if not side else "asks"
                return f"order {order} rests among the {where}: {self.quantity(symbol, left)} @ {self.price(symbol, price)}"
            case events.Traded():
                symbol = said.symbol
                at = f"{self.quantity(symbol, said.quantity)} {symbol} @ {self.price(symbol, said.price)}"
                who = f"order {said.taker_order} ({said.taker_side.name.lower()}s) with order {said.maker_order}"
                return f"trade {said.trade_id}: {at}, {who}"
            case events.OrderEnded(order, status=status, reason=reason, left=left):
                rest = f", {self.quantity(said.symbol, left)} left" if left else ""
                return f"order {order} ended: {status.name}{f' ({reason})' if reason else ''}{rest}"
            case events.OrderReduced(order, _, symbol, quantity=quantity, left=left):
                return f"order {order} reduced to {self.quantity(symbol, quantity)}, {self.quantity(symbol, left)} open"
            case events.RequestRefused(order, reason=reason):
                return f"a request about order {order} refused: {reason}"
            case events.OrderUpdated(order_id=order, status=status, executed=executed):
                done = f", executed {self.quantity(said.symbol, executed)}" if executed else ""
                return f"account {said.account} is told: order {order} is {status.name}{done}"
        return ""

    def _of_money(self, said: object) -> str:
        match said:
            case events.LegSettled(symbol=symbol, trade_id=trade, order_id=order, account=account):
                fee = f", fee {self.amount(said.fee_asset, said.fee)}" if said.fee else ""
                part = f"{self.quantity(symbol, said.quantity)} @ {self.price(symbol, said.price)}"
                return f"trade {trade} settled for order {order} of account {account}: {said.side.name.lower()} {part}{fee}"
            case events.BalanceChanged(account, asset, available, held):
                return f"account {account}: {self.amount(asset, available)} free, {self.amount(asset, held)} held"
            case events.BalanceUpdated(account, _, asset, available, held):
                free = self.amount(asset, available)
                return f"account {account} is told: {free} free, {self.amount(asset, held)} held"
            case events.FillBooked(account, _, fill):
                return f"account {account} is told of trade {fill.trade_id} of order {fill.order_id}"
            case events.Adjusted(account, asset, delta, reference):
                return f"account {account} is to get {self.amount(asset, delta)} ({reference})"
            case events.MarketStateChanged(symbol, state) | events.MarketStateSet(symbol, state):
                return f"{symbol or 'every market'} is {state.name}"
            case events.PublicTrade(symbol, trade, price, quantity):
                return f"public trade {trade}: {self.quantity(symbol, quantity)} {symbol} @ {self.price(symbol, price)}"
            case events.BookDelta(symbol, seq, bids, asks):
                return f"depth {seq} of {symbol}: {len(bids) + len(asks)} levels changed"
            case events.AccountCreated(account, email):
                return f"account {account} of {email} created"
            case events.TransferSent(transfer, account, to_account, asset, units):
                return f"transfer {transfer}: {self.amount(asset, units)} leave account {account} for account {to_account}"
            case events.AccountTierSet(account, level):
                return f"account {account} has tier {level}" if level >= 0 else f"account {account} has its volume's tier"
            case events.AssetCreated(asset, precision):
                return f"asset {asset} created, {precision} decimal places"
            case events.SymbolCreated(rules):
                return f"market {rules.symbol} created"
        return ""

    def reply(self, told: object) -> str:
        match told:
            case replies.OrderAck(order, name, repeated=repeated):
                return f"yes: order {order}{f' ({name})' if name else ''}{', known already' if repeated else ''}"
            case replies.Outcomes(outcomes):
                return "; ".join(self.reply(outcome) for outcome in outcomes)
            case replies.OrderPairAck(pair, _, maker, stop):
                known = ", known already" if maker.repeated else ""
                return f"yes: pair {pair} of orders {maker.order_id} and {stop.order_id}{known}"
            case replies.SwitchSet(at):
                return f"yes: the switch strikes at {at}" if at else "yes: the switch is gone"
            case replies.TransferAck(transfer, repeated):
                return f"yes: transfer {transfer}{', known already' if repeated else ''}"
            case replies.OrdersAck(orders):
                return f"yes: {len(orders)} orders are to be cancelled"
            case replies.Created(number):
                return f"yes: created{f' {number}' if number else ''}"
            case replies.Refused(code, message):
                return f"no: {code.value}{f' ({message})' if message else ''}"
        return fields(told)


def fields(said: Any) -> str:
    """Its shape and what is in it; secrets are not told."""
    if not isinstance(said, msgspec.Struct):
        return str(said)
    named = [(name, getattr(said, name)) for name in said.__struct_fields__ if name not in HIDDEN]
    told = (f"{name} {value.hex() if isinstance(value, bytes) else getattr(value, 'name', value)}" for name, value in named)
    return f"{type(said).__name__} " + ", ".join(told)


def _short(amount: str) -> str:
    return amount.rstrip("0").rstrip(".") if "." in amount else amount

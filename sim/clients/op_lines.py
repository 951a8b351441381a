"""A client's operations as lines that a person reads, edits and takes away: `120 #3 sell 0.5 BTCUSDT @ 30000 IOC`.

Each begins with its milliseconds after the storm's beginning and its number. What it is about is named by its number:
`160 #4 cancel #3 by name`. Amounts are decimal, as in the API, but the terms of a symbol that
an operator changes are units: `400 #5 change BTCUSDT maker_fee_ppm 500 tick 20000`.
`20 #1-#64 credit 1 BTC to 1` stands for as many lines.
"""

import re
from collections.abc import Iterable
from typing import Any

from sim.clients import hostile, trading_lines, wallet_lines
from sim.markets import ASSETS, MARKETS
from sim.plan import Op
from tradewind.values.money import format_units, parse_units
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce

SIDES = {"buy": Side.BUY, "sell": Side.SELL}
# What a repetition has from its order.
CONTENT = ("side", "type", "time_in_force", "self_trade", "price", "quantity", "stop_price", "display", "amount", "good_till")
KEPT_APART = (SelfTrade.EXPIRE_MAKER, SelfTrade.EXPIRE_BOTH, SelfTrade.DECREMENT)
BESIDE = " ; "  # between the orders of a batch
MANY = re.compile(r"(\d+) #(\d+)-#(\d+) ")
AT_MARKET, WITH_ONESELF, BY_NAME, GIVES_UP, EVERYWHERE = (
    "at market",
    "may meet itself",
    "by name",
    "gives up after",
    "everything",
)


class BadLine(ValueError):
    """A line that is no operation, and why."""


def write(ops: Iterable[Op]) -> list[str]:
    """One line for each."""
    lines = []
    for op in ops:
        words = [f"{op.at_ms} #{op.id}", _written(op)]
        words += [BY_NAME] if op.by_name else []
        words += [f"{GIVES_UP} {op.give_up_ms}"] if op.give_up_ms else []
        lines.append(" ".join(words))
    return lines


def read(lines: Iterable[str]) -> tuple[Op, ...]:
    """The operations that these lines tell of; empty lines and comments are none. Raises BadLine."""
    ops: dict[int, Op] = {}
    for line in lines:
        for said in _each(line.partition("##")[0].strip()):
            try:
                op = _read(said, ops)
            except (ValueError, KeyError, IndexError) as error:
                raise BadLine(f"{said!r}: {error!r}") from error
            if op.id in ops:
                raise BadLine(f"{said!r}: there is a #{op.id} already")
            ops[op.id] = op
    return tuple(ops.values())


def _each(said: str) -> list[str]:
    """`20 #1-#64 credit 1 BTC to 1` is 64 operations at once."""
    many = MANY.match(said)
    if many is None:
        return [said] if said else []
    at, first, last = many.groups()
    return [f"{at} #{number} {said[many.end() :]}" for number in range(int(first), int(last) + 1)]


def _written(op: Op) -> str:
    match op.do:
        case "place":
            return _order(op)
        case "pair" | "test":
            return f"{op.do} {_order(op)}"
        case "batch":
            return f"batch {BESIDE.join(map(_order, op.several))}"
        case _ if op.do in wallet_lines.WORDS:
            return wallet_lines.written(op)
        case _ if op.do in trading_lines.WORDS:
            return trading_lines.written(op)
        case "twist" | "amend":
            return f"{op.do} #{op.of} to {_amount(op)}"
        case "cancel_all":
            return f"cancel {op.symbol or EVERYWHERE}"
        case "state":
            return f"{MarketState(op.state).name} {op.symbol or EVERYWHERE}"
        case "change":
            return " ".join(["change", op.symbol, *(f"{term} {value}" for term, value in op.terms.items())])
        case "revoke":
            return f"revoke {op.of}"
        case "hostile":
            return f"hostile {op.what}"
        case "ready" | "create":
            return f"{op.do} {op.what}"
        case "credit":
            return f"credit {_short(format_units(op.quantity, ASSETS[op.symbol]))} {op.symbol} to {op.of}"
    return f"{op.do} #{op.of}"


def _amount(op: Op) -> str:
    return _short(format_units(op.quantity, MARKETS[op.symbol][0].base_precision))


def _short(amount: str) -> str:
    return amount.rstrip("0").rstrip(".") if "." in amount else amount


def _order(op: Op) -> str:
    quote = MARKETS[op.symbol][0].quote_precision
    type, force = OrderType(op.type), TimeInForce(op.time_in_force)
    words = [Side(op.side).name.lower(), _amount(op), op.symbol]
    words += [AT_MARKET] if not type.priced else ["@", _short(format_units(op.price, quote))]
    words += [type.name] if type not in (OrderType.LIMIT, OrderType.MARKET) else []
    words += [force.name] if force is not TimeInForce.GTC else []
    words += [SelfTrade(op.self_trade).name] if SelfTrade(op.self_trade) in KEPT_APART else []
    words += trading_lines.terms_written(op)
    words += [WITH_ONESELF] if SelfTrade(op.self_trade) is SelfTrade.NONE else []
    return " ".join(words)


def _several(said: str) -> tuple[Op, ...]:
    orders = [one.split() for one in said.split(BESIDE)]
    return tuple(Op(id=n, do="place", side=SIDES[words[0]], **_terms(words[1:])) for n, words in enumerate(orders, 1))


def _read(said: str, earlier: dict[int, Op]) -> Op:
    rest, _, patience = said.partition(f" {GIVES_UP} ")
    by_name = rest.endswith(f" {BY_NAME}")
    at, number, do, *words = rest.removesuffix(f" {BY_NAME}").split()
    common: dict[str, Any] = {"id": _number(number), "at_ms": int(at), "by_name": by_name, "give_up_ms": int(patience or 0)}
    if do in SIDES:
        return Op(do="place", side=SIDES[do], **_terms(words), **common)
    if do in ("pair", "test"):
        return Op(do=do, side=SIDES[words[0]], **_terms(words[1:]), **common)
    if do == "batch":
        return Op(do=do, several=_several(" ".join(words)), **common)
    if do in trading_lines.WORDS:
        return trading_lines.read(do, words, common)
    if do in wallet_lines.WORDS:
        return wallet_lines.read(do, words, common)
    if do in MarketState.__members__:
        return Op(do="state", state=MarketState[do], symbol=_where(words[0]), **common)
    if do in ("ready", "create"):
        return Op(do=do, what=" ".join(words), **common)
    if do == "credit":
        amount, asset, _, account = words
        return Op(do=do, quantity=parse_units(amount, ASSETS[asset]), symbol=asset, of=int(account), **common)
    if do == "change":
        terms = dict(zip(words[1::2], map(int, words[2::2]), strict=True))
        return Op(do=do, symbol=MARKETS[words[0]][0].symbol, terms=terms, **common)
    if do == "revoke":
        return Op(do=do, of=int(words[0]), **common)
    if do == "hostile":
        what = " ".join(words)
        if what not in hostile.KINDS:
            raise ValueError(what)
        return Op(do=do, what=what, **common)
    if do == "cancel" and words[0][0] != "#":
        return Op(do="cancel_all", symbol=_where(words[0]), **common)
    return _about(do, words, earlier, common)


def _about(do: str, words: list[str], earlier: dict[int, Op], common: dict[str, Any]) -> Op:
    order = earlier[_number(words[0])]
    common |= {"do": do, "of": order.id, "symbol": order.symbol}
    content = {name: getattr(order, name) for name in CONTENT} if do in ("repeat", "twist") else {}
    if do in ("twist", "amend"):
        content["quantity"] = parse_units(words[2], MARKETS[order.symbol][0].base_precision)
    elif do not in ("repeat", "cancel", "look"):
        raise ValueError(do)
    return Op(**content, **common)


def _number(word: str) -> int:
    if word[0] != "#":
        raise ValueError(f"{word} is no number of an operation")
    return int(word[1:])


def _where(word: str) -> str:
    return "" if word == EVERYWHERE else MARKETS[word][0].symbol


def _terms(words: list[str]) -> dict[str, Any]:
    amount, symbol, *more = words
    rules = MARKETS[symbol][0]
    quantity = parse_units(amount, rules.base_precision)
    terms: dict[str, Any] = {"symbol": symbol, "quantity": quantity, "type": OrderType.LIMIT}
    if more[0] == "@":
        terms["price"] = parse_units(more[1], rules.quote_precision)
    else:
        terms["type"] = OrderType.MARKET
    said = " ".join(more[2:])
    if said.endswith(WITH_ONESELF):
        terms["self_trade"] = SelfTrade.NONE
        said = said.removesuffix(WITH_ONESELF)
    later = iter(said.split())
    for word in later:
        if word in OrderType.__members__:
            terms["type"] = OrderType[word]
        elif word in trading_lines.TERMS:
            field, value = trading_lines.term_read(word, next(later, ""), symbol)
            terms[field] = value
        elif word in SelfTrade.__members__:
            terms["self_trade"] = SelfTrade[word]
        else:
            terms["time_in_force"] = TimeInForce[word]
    return terms

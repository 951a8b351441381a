"""How a client reaches the exchange: straight to the shards, as a gateway would. The gateway's own door is in front_door."""

from dataclasses import replace
from typing import NamedTuple, Protocol

from msgspec import structs

from sim.clients.trading_lines import schedule
from sim.markets import MARKETS
from sim.models.links import MILLISECOND_NS
from sim.plan import Op
from tradewind.messages.commands import (
    Adjust,
    AmendOrder,
    CancelAfter,
    CancelAll,
    CancelOrder,
    ChangeSymbol,
    Command,
    CreateSymbol,
    PlaceOrder,
    PlaceOrderPair,
    PlaceOrders,
    SetAccountTier,
    SetFeeTiers,
    SetMarketState,
    TestOrder,
    Transfer,
)
from tradewind.messages.replies import (
    Answer,
    Created,
    Discarded,
    OrderAck,
    OrderPairAck,
    OrdersAck,
    Outcomes,
    Refused,
    SwitchSet,
    Tested,
    TransferAck,
    WithdrawalAck,
)
from tradewind.messages.topology import Topology
from tradewind.ports.errors import PortError, Unavailable
from tradewind.ports.tables import Op as Comparison
from tradewind.ports.tables import Query
from tradewind.ports.world import World
from tradewind.runtime.caller import Caller
from tradewind.runtime.limits import Limits
from tradewind.services.order.tables import ORDERS
from tradewind.values.orders import MarketState, OrderType, SelfTrade, Side, TimeInForce
from tradewind.values.symbols import SymbolRules

TIMEOUT_S = 2.0  # a client's patience with one request


class Heard(NamedTuple):
    """What a client was told. `code` is "" for yes, UNKNOWN when nobody knows, NOT_DONE when it surely was not done, else the
    refusal. `orders` are the ids of the orders concerned. `answer` is the shard's own, if no gateway stood between.
    """

    code: str
    orders: tuple[int, ...] = ()
    answer: Answer | None = None
    found: bool = False  # by looking it up: perhaps another operation's of the same name

    @property
    def yes(self) -> bool:
        return not self.code

    @property
    def conclusive(self) -> bool:
        return self.code not in ("UNKNOWN", "NOT_DONE")


UNKNOWN = Heard("UNKNOWN")
NOT_DONE = Heard("NOT_DONE")


class Door(Protocol):
    """One client's way in, for one life of its node. `name` is the client order id, `about` the order meant (0: by name)."""

    async def run(self) -> None: ...

    async def ask(self, op: Op, name: str, about: int) -> Heard: ...

    async def find(self, op: Op, name: str) -> Heard:
        """What became of the order of that name; NOT_DONE when there is none (yet)."""
        ...


def command_of(op: Op, account: int, name: str, about: int) -> Command:
    match op.do:
        case "place" | "repeat" | "twist":
            return order_of(op, account, name)
        case "test":
            return TestOrder(account, order_of(op, account, name))
        case "batch":
            named = ((one, f"{name}.{place}") for place, one in enumerate(op.several))
            return PlaceOrders(account, tuple(order_of(one, account, its) for one, its in named))
        case "pair":
            return PlaceOrderPair(account, name, *legs_of(op, account, name))
        case "switch":
            return CancelAfter(account, op.symbol, op.quantity * MILLISECOND_NS)
        case "transfer":
            return Transfer(account, op.of, op.symbol, op.quantity, name)
        case "tiers":
            return SetFeeTiers(*schedule(op.what))
        case "tier":
            return SetAccountTier(op.of, op.state)
        case "cancel":
            return CancelOrder(account, op.symbol, about, "" if about else name)
        case "amend":
            return AmendOrder(account, op.symbol, about, "" if about else name, op.quantity)
        case "cancel_all":
            return CancelAll(account, op.symbol)
        case "state":
            return SetMarketState(op.symbol, MarketState(op.state), name)
        case "change":
            return ChangeSymbol(op.symbol, **op.terms)
        case "create":
            return CreateSymbol(_rules(op.what))
        case "credit":
            return Adjust(op.of, op.symbol, op.quantity, name)
    raise AssertionError(op)


def order_of(op: Op, account: int, name: str) -> PlaceOrder:
    kinds = Side(op.side), OrderType(op.type), TimeInForce(op.time_in_force), SelfTrade(op.self_trade)
    later = op.stop_price, op.display, op.good_till, op.amount
    return PlaceOrder(account, op.symbol, name, *kinds, op.price, op.quantity, *later)


def legs_of(op: Op, account: int, name: str) -> tuple[PlaceOrder, PlaceOrder]:
    """The maker of a pair, and its stop order."""
    kinds = Side(op.side), OrderType.LIMIT_MAKER, TimeInForce.GTC, SelfTrade(op.self_trade)
    maker = PlaceOrder(account, op.symbol, f"{name}.m", *kinds, op.price, op.quantity)
    type_, force = (OrderType.STOP_LOSS_LIMIT, TimeInForce.GTC) if op.limit else (OrderType.STOP_LOSS, TimeInForce.IOC)
    stop = structs.replace(
        maker, client_order_id=f"{name}.s", type=type_, time_in_force=force, price=op.limit, stop_price=op.stop_price
    )
    return maker, stop


def _rules(said: str) -> SymbolRules:
    """As an operator says them in a scenario; the rest is like BTCUSDT's."""
    symbol, _, base, quote, _, base_places, quote_places, _ = said.split()
    like = MARKETS["BTCUSDT"][0]
    base_precision, quote_precision = int(base_places), int(quote_places)
    return replace(like, symbol=symbol, base=base, quote=quote, base_precision=base_precision, quote_precision=quote_precision)


class DirectDoor:
    """No gateway: commands go to the shards' inboxes."""

    def __init__(self, node: str, life: int, account: int, world: World, topology: Topology, limits: Limits) -> None:
        self.caller = Caller(f"{node}.{life}", world, limits)
        self._account = account
        self._world = world
        self._shard = f"clearing/{topology.clearing_of(account)}" if account else "admin/0"

    async def run(self) -> None:
        await self.caller.run()

    async def ask(self, op: Op, name: str, about: int) -> Heard:
        if op.do == "look":
            return await self._look(("order_id", "=", about) if about else ("client_order_id", "=", name))
        return await self.command(self._shard, command_of(op, self._account, name, about))

    async def command(self, shard: str, command: Command) -> Heard:
        try:
            answer = await self.caller.ask(shard, command, self._world.entropy.token(16), TIMEOUT_S)
        except Unavailable:
            return NOT_DONE
        except PortError:
            return UNKNOWN
        match answer.reply:
            case Refused(code):
                return Heard(code.value, (), answer)
            case OrderAck(order_id):
                return Heard("", (order_id,), answer)
            case OrdersAck(orders):
                return Heard("", tuple(order.order_id for order in orders), answer)
            case WithdrawalAck(withdrawal_id):
                return Heard("", (withdrawal_id,), answer)
            case OrderPairAck(_, _, maker, stop):
                return Heard("", (maker.order_id, stop.order_id), answer)
            case Outcomes(outcomes):
                return Heard("", tuple(one.order_id for one in outcomes if isinstance(one, OrderAck)), answer)
            case Created() | Discarded() | Tested() | SwitchSet() | TransferAck():
                return Heard("", (), answer)

    async def find(self, op: Op, name: str) -> Heard:
        heard = await self._look(("client_order_id", "=", name))
        return heard if heard.yes else NOT_DONE

    async def _look(self, which: tuple[str, Comparison, object]) -> Heard:
        """In the book-keeper's rows, however far behind they are: waiting for them is a gateway's part."""
        try:
            [rows] = await self._world.store.read([Query(ORDERS, (("account", "=", self._account), which))])
        except PortError:
            return NOT_DONE
        return Heard("", (rows[0].order_id,), found=True) if rows else Heard("UNKNOWN_ORDER")

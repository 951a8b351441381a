"""What a shard answers. An answer is sent only after the commit that made it true."""

from tradewind.messages.base import Message
from tradewind.values.refusals import Refusal


class OrderAck(Message, frozen=True):
    """The order (or the request to cancel or amend it) is durable. `repeated`: this client order id was known."""

    order_id: int
    client_order_id: str
    symbol: str
    accepted_at: int
    repeated: bool = False


class OrdersAck(Message, frozen=True):
    """Answer to CancelAll: the orders whose cancellation is now under way."""

    orders: tuple[OrderAck, ...]


class Created(Message, frozen=True):
    """`id` is the account's or key's number, 0 where the name given is the id."""

    id: int


class Discarded(Message, frozen=True):
    """Quarantine row `id` is gone, and nothing else has happened."""

    id: int


class WithdrawalAck(Message, frozen=True):
    """The request, or what was decided about it, is durable. `repeated`: it stood already, and nothing else has happened."""

    withdrawal_id: int
    repeated: bool = False


class Refused(Message, frozen=True):
    """Nothing happened. `message` is for people."""

    code: Refusal
    message: str = ""


class Outcomes(Message, frozen=True):
    """Answer to a batch: what came of each, in its order. All are durable."""

    outcomes: tuple[OrderAck | Refused, ...]


class OrderPairAck(Message, frozen=True):
    list_id: int
    list_client_id: str
    maker: OrderAck
    stop: OrderAck


class Tested(Message, frozen=True):
    """The order would have been accepted."""


class SwitchSet(Message, frozen=True):
    """The dead man's switch strikes at `at` (ns); 0 = it is gone."""

    at: int


class TransferAck(Message, frozen=True):
    transfer_id: int
    repeated: bool = False


Reply = (
    OrderAck
    | OrdersAck
    | Created
    | Refused
    | Discarded
    | WithdrawalAck
    | Outcomes
    | OrderPairAck
    | Tested
    | SwitchSet
    | TransferAck
)


class Answer(Message, frozen=True):
    """A reply on its way back: `seq` is the position in `shard`'s feed that a reader must reach to see its effect."""

    request: str
    shard: str
    seq: int
    reply: Reply


class Answers(Message, frozen=True):
    """All answers of one commit for one caller, each an encoded Answer."""

    answers: tuple[bytes, ...]

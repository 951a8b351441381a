"""Sub-accounts: more accounts of the same owner, each with its own orders, keys and money, and money between them."""

from typing import Annotated, Any

from msgspec import Meta

from tradewind.messages.commands import CreateSubAccount, Transfer
from tradewind.messages.replies import Created, TransferAck
from tradewind.services.gateway import reads
from tradewind.services.gateway.access import Need
from tradewind.services.gateway.answers import SubAccountShown, TransferShown
from tradewind.services.gateway.asked import Amount, Asked, AssetName, ClientOrderId, Id, Nothing, units
from tradewind.services.gateway.asking import ask_of
from tradewind.services.gateway.call import Call
from tradewind.services.gateway.gateway import Gateway
from tradewind.services.gateway.problems import bad, refused
from tradewind.services.gateway.route import Route
from tradewind.values.ids import made_client_order_id
from tradewind.values.refusals import Refusal


class SubAccountAsked(Asked, frozen=True):
    """`label` is unique among the account's sub-accounts."""

    label: Annotated[str, Meta(pattern=r"^[A-Za-z0-9 ._@-]{1,64}$(?!\n)")]


class TransferAsked(Asked, frozen=True, kw_only=True):
    """From the account itself, or of a parent from any of its sub-accounts, to another of the family. `reference` is the
    sender's own name for it: the second use with the same content is the same transfer."""

    from_account: Id = 0
    to_account: Id
    asset: AssetName
    amount: Amount
    reference: ClientOrderId = ""


async def list_them(gateway: Gateway, call: Call[Nothing]) -> Any:
    found = await reads.sub_accounts(gateway, call.account)
    return [{"subAccountId": one.account, "label": one.label} for one in found]


async def create(gateway: Gateway, call: Call[SubAccountAsked]) -> Any:
    """A sub-account has none of its own."""
    [user] = gateway.topology.shards("user")
    reply = await ask_of(gateway, user, CreateSubAccount(call.account, call.asked.label), call.command_id)
    assert isinstance(reply, Created), reply
    return {"subAccountId": reply.id, "label": call.asked.label}


async def transfer(gateway: Gateway, call: Call[TransferAsked]) -> Any:
    asked = call.asked
    sender = asked.from_account or call.account
    if sender == asked.to_account:
        raise bad("toAccount must be another account")
    precision = gateway.catalogue.precision_of(asked.asset)
    amount = units(asked.amount, "amount", precision)
    heads = await reads.family_heads(gateway, (call.account, sender, asked.to_account))
    # Of strangers the same is said as of accounts that do not exist.
    if len(set(heads)) != 1 or heads[0] == 0 or call.account not in (sender, heads[0]):
        raise refused(Refusal.NOT_SAME_FAMILY)
    reference = asked.reference or made_client_order_id(call.command_id)
    command = Transfer(sender, asked.to_account, asked.asset, amount, reference)
    reply = await ask_of(gateway, gateway.shard_of(sender), command, call.command_id, reference=reference)
    assert isinstance(reply, TransferAck), reply
    return {"transferId": reply.transfer_id, "reference": reference}


_PATH = "/v1/subAccounts"
ROUTES: tuple[Route[Any], ...] = (
    Route("GET", _PATH, list_them, Need.READ, 5, Nothing, list[SubAccountShown], "The account's sub-accounts"),
    Route("POST", _PATH, create, Need.TRADE, 10, SubAccountAsked, SubAccountShown, "A new sub-account"),
    Route("POST", f"{_PATH}/transfer", transfer, Need.TRADE, 5, TransferAsked, TransferShown, "Money within the family"),
)

"""The wallet against the chain itself: what was really paid in and out, and what people were told."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from sim.clients.customer import named
from sim.clients.trader import Told
from sim.cluster import Cluster
from sim.models.chain import NETWORK, ChainModel
from tradewind.ports.tables import Table
from tradewind.services.wallet.rules import deep
from tradewind.services.wallet.tables import ADDRESSES, DEPOSITS, NETWORK_ASSETS, NETWORKS, WITHDRAWALS
from tradewind.values.wallet import DepositStatus, Transfer, WithdrawalStatus

A14 = "A14 wallet"


def broken_promises(cluster: Cluster, told: Sequence[Told]) -> Iterator[tuple[str, str]]:
    """Everything that is not so once the chain stands still; nothing without a chain."""
    if cluster.chain is not None:
        _mark(cluster)
        yield from _deposits(cluster, cluster.chain)
        yield from _payouts(cluster, cluster.chain)
        yield from _words(cluster, told)


def _rows(cluster: Cluster, table: Table) -> list:  # type: ignore[type-arg]
    return list(cluster.database.tables.get(table, {}).values())


def _mark(cluster: Cluster) -> None:
    """What this run has been through, for the table of rare branches."""
    for row in _rows(cluster, WITHDRAWALS):
        cluster.marks.count(f"withdrawal {row.status.name}")
    for row in _rows(cluster, DEPOSITS):
        cluster.marks.count(f"deposit {row.status.name}")
        if row.credits > 1:
            cluster.marks.count("deposit credited again after a reversal")
        if row.status is DepositStatus.ORPHANED and row.credits:
            cluster.marks.count("deposit reversed for good")
    for network in _rows(cluster, NETWORKS):
        if network.frozen:
            cluster.marks.count("withdrawals stay frozen")


def standing(cluster: Cluster, chain: ChainModel) -> dict[tuple[str, int], tuple[Transfer, int]]:
    """Transfers to our users that lie deep in the chain as it is, with their accounts."""
    owners = {row.address: row.account for row in _rows(cluster, ADDRESSES)}
    least = {row.asset: row.deposit_min for row in _rows(cluster, NETWORK_ASSETS)}
    return {
        (transfer.txid, transfer.output_index): (transfer, owners[transfer.address])
        for mined in chain.branch
        if deep(mined.block.height, chain.height, chain.confirmations)
        for transfer in mined.block.transfers
        if transfer.address in owners and transfer.units >= least.get(transfer.asset, transfer.units + 1)
    }


def _deposits(cluster: Cluster, chain: ChainModel) -> Iterator[tuple[str, str]]:
    due = {key: (account, transfer.asset, transfer.units) for key, (transfer, account) in standing(cluster, chain).items()}
    has: Counter[tuple[str, str]] = Counter()  # what the ledger has credited, net of reversals
    for row in _rows(cluster, _ledger(cluster)):
        if row.kind in ("deposit", "reversal") and row.account < 0 and (row.account + 1) % 3 == 0:
            _, txid, output, _ = row.reference.split(":")
            has[txid, output] -= row.delta
    for key in dict.fromkeys([*due, *((txid, int(output)) for txid, output in has)]):
        account, asset, units = due.get(key, (0, "", 0))
        if has[key[0], str(key[1])] != units:
            yield (
                A14,
                f"{key}: {units} {asset} stand on the chain for account {account}, {has[key[0], str(key[1])]} are credited",
            )
    credited = {(row.txid, row.output_index) for row in _rows(cluster, DEPOSITS) if row.status is DepositStatus.CREDITED}
    for key in sorted(credited ^ set(due)):
        yield A14, f"{key} {'is credited' if key in credited else 'is not credited'}, and the chain says otherwise"


def _ledger(cluster: Cluster) -> Table:
    return next(table for make in cluster.machines.values() for table in make.tables if table.name == "ledger")


def _payouts(cluster: Cluster, chain: ChainModel) -> Iterator[tuple[str, str]]:
    """One payout for each completed withdrawal, none for any other that is over."""
    paid: defaultdict[int, list[tuple[str, str, int]]] = defaultdict(list)
    for tx in chain.mined_payouts():
        assert tx.payout is not None
        if tx.succeeds:
            paid[tx.payout.withdrawal_id].append((tx.payout.address, tx.payout.asset, tx.payout.units))
    rows = {row.withdrawal_id: row for row in _rows(cluster, WITHDRAWALS)}
    for withdrawal_id in dict.fromkeys([*rows, *paid]):
        row, sent = rows.get(withdrawal_id), paid.get(withdrawal_id, [])
        if row is not None and row.status is WithdrawalStatus.COMPLETED:
            if sent != [(row.address, row.asset, row.units)]:
                yield A14, f"withdrawal {withdrawal_id} of {row.units} {row.asset} is completed, the chain has paid {sent}"
        elif len(sent) > 1 or (sent and (row is None or row.status.ended)):
            yield A14, f"withdrawal {withdrawal_id} is {row and row.status.name}, the chain has paid {sent}"


def _words(cluster: Cluster, told: Sequence[Told]) -> Iterator[tuple[str, str]]:
    """Whoever was told yes had his way: an approval and a rejection can't both have been true."""
    rows = {row.idempotency_key: row for row in _rows(cluster, WITHDRAWALS)}
    for one in told:
        if one.op.do not in ("approve", "reject", "recall") or not one.heard.yes:
            continue
        answer = one.heard.answer
        if answer is not None and cluster.lost.answer(answer.shard, answer.seq, answer.request):
            continue
        plans_account = one.op.whose or int(one.client.rpartition("/")[2])
        status = rows[named(plans_account, one.op.of)].status
        kept = {
            "approve": status.approved,
            "reject": status is WithdrawalStatus.REJECTED,
            "recall": status is WithdrawalStatus.CANCELED,
        }
        if not kept[one.op.do]:
            yield A14, f"{one.client} was told yes to {one.op.do} #{one.op.of} of {plans_account}, which is {status.name}"


def complaint(cluster: Cluster) -> str:
    """What the wallet still has to do about its chain; "" when that is nothing."""
    chain = cluster.chain
    if chain is None:
        return ""
    if not chain.still:
        return f"the chain goes on at {chain.height}"
    [network] = [row for row in _rows(cluster, NETWORKS) if row.network == NETWORK]
    if network.hash != chain.branch[-1].block.hash:
        return f"the wallet has read the chain to {network.hash}, not to {chain.branch[-1].block.hash}"
    for row in _rows(cluster, WITHDRAWALS):
        if row.status.approved and not row.status.ended and not network.frozen:
            return f"withdrawal {row.withdrawal_id} is {row.status.name}"
        if row.status in (WithdrawalStatus.SIGNED, WithdrawalStatus.BROADCAST):
            return f"withdrawal {row.withdrawal_id} is {row.status.name}"
        if row.status.ended and row.txid and not row.height:
            return f"the payout of withdrawal {row.withdrawal_id} has to be mined again"
    credited = {(row.txid, row.output_index) for row in _rows(cluster, DEPOSITS) if row.status is DepositStatus.CREDITED}
    late = sorted(credited ^ set(standing(cluster, chain)))
    return f"deposit {late[0]} is credited or not, and should not or should" if late else ""

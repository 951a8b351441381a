"""The networks that we follow: their newest blocks, what moves on them, whose their addresses are."""

import msgspec

from tradewind.messages.commands import AssignAddress, FreezeWithdrawals, OpenNetwork
from tradewind.messages.events import Event, WithdrawalsFrozen
from tradewind.runtime.rows import Rows
from tradewind.services.wallet.rules import REORG_BLOCKS_MAX, Fit, check_address, check_network, deep, fit
from tradewind.services.wallet.tables import (
    ADDRESSES,
    CHAIN_BLOCKS,
    NETWORK_ASSETS,
    NETWORKS,
    Address,
    BlockRow,
    Network,
    NetworkAssetRow,
)
from tradewind.values.refusals import Refusal
from tradewind.values.wallet import Block


class Chains:
    def __init__(self) -> None:
        self._networks = Rows(NETWORKS)
        self._assets = Rows(NETWORK_ASSETS)
        self._addresses = Rows(ADDRESSES)
        self._blocks = Rows(CHAIN_BLOCKS)
        self._hashes: dict[str, dict[int, str]] = {}
        self.rows = (self._networks, self._assets, self._addresses, self._blocks)

    def load(
        self, networks: list[Network], assets: list[NetworkAssetRow], addresses: list[Address], blocks: list[BlockRow]
    ) -> None:
        self._networks.load(networks)
        self._assets.load(assets)
        self._addresses.load(addresses)
        self._blocks.load(blocks)
        for block in blocks:
            self._hashes.setdefault(block.network, {})[block.height] = block.hash

    def get(self, network: str) -> Network | None:
        row: Network | None = self._networks.get(network)
        return row

    def __getitem__(self, network: str) -> Network:
        row: Network = self._networks[network]
        return row

    def asset(self, network: str, asset: str) -> NetworkAssetRow | None:
        row: NetworkAssetRow | None = self._assets.get((network, asset))
        return row

    def owner(self, network: str, address: str) -> int:
        """The account whose address it is; 0: nobody's."""
        row: Address | None = self._addresses.get((network, address))
        return 0 if row is None else row.account

    def hash_at(self, network: str, height: int) -> str:
        return self._hashes[network].get(height, "")

    def is_deep(self, network: str, height: int) -> bool:
        row = self[network]
        return deep(height, row.height, row.confirmations)

    def open(self, command: OpenNetwork) -> Refusal | None:
        refusal = check_network(command.network, command.confirmations, command.height, command.assets)
        if refusal is not None:
            return refusal
        if command.network in self._networks:
            return Refusal.ALREADY_EXISTS
        self._networks.put(Network(command.network, command.confirmations, command.height, command.hash, 0, False, ""))
        for moved in command.assets:
            self._assets.put(NetworkAssetRow(command.network, *moved))
        self._know(command.network, command.height, command.hash)
        return None

    def assign(self, command: AssignAddress) -> Refusal | None:
        """For ever: an address that was shown once may be paid to at any time."""
        if command.network not in self._networks:
            return Refusal.UNKNOWN_NETWORK
        if command.account <= 0:
            return Refusal.UNKNOWN_ACCOUNT
        refusal = check_address(command.address)
        if refusal is not None:
            return refusal
        owner = self.owner(command.network, command.address)
        if owner:
            return None if owner == command.account else Refusal.ALREADY_EXISTS
        self._addresses.put(Address(command.network, command.address, command.account))
        return None

    def freeze(self, word: FreezeWithdrawals, events: list[Event]) -> None:
        """Or thaw. The network is known."""
        row = self[word.network]
        if row.frozen != word.frozen:
            self._networks.put(msgspec.structs.replace(row, frozen=word.frozen, frozen_reason=word.reason))
            events.append(WithdrawalsFrozen(word.network, word.frozen, word.reason))

    def take_nonce(self, network: str) -> int:
        row = self[network]
        self._networks.put(msgspec.structs.replace(row, next_nonce=row.next_nonce + 1))
        return row.next_nonce

    def fit(self, network: str, blocks: tuple[Block, ...]) -> Fit | Refusal:
        return fit(self._hashes[network], self[network].height, blocks)

    def take_up(self, network: str, fitting: Fit) -> None:
        """They are the branch now. What lies too deep to be left any more is forgotten."""
        for block in fitting.new:
            self._know(network, block.height, block.hash)
        newest = fitting.new[-1]
        self._networks.put(msgspec.structs.replace(self[network], height=newest.height, hash=newest.hash))
        hashes = self._hashes[network]
        for height in [height for height in hashes if height <= newest.height - REORG_BLOCKS_MAX]:
            del hashes[height]
            self._blocks.remove((network, height))

    def _know(self, network: str, height: int, hash: str) -> None:
        self._hashes.setdefault(network, {})[height] = hash
        self._blocks.put(BlockRow(network, height, hash))

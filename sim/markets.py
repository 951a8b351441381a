"""The markets that simulated clients trade in: different precisions, on both matching shards, with and without a band."""

from tradewind.values.symbols import SymbolRules
from tradewind.values.wallet import NetworkAsset

ASSETS = {"BTC": 8, "USDT": 6, "ETH": 18, "DOGE": 0}

# (rules, the price in the middle, quote units per whole base)
MARKETS: dict[str, tuple[SymbolRules, int]] = {
    rules.symbol: (rules, middle)
    for rules, middle in (
        (SymbolRules("BTCUSDT", "BTC", "USDT", 8, 6, 10_000, 10_000, 1_000_000, 10**12, 0, 1_000, 2_000, True), 30_000 * 10**6),
        (SymbolRules("DOGEUSDT", "DOGE", "USDT", 0, 6, 100, 1, 0, 10**9, 1_000, 0, 1_500, False), 80_000),
        (SymbolRules("ETHBTC", "ETH", "BTC", 18, 8, 1_000, 10**15, 1, 10**18, 0, 750, 0, False), 5_000_000),
    )
}

# What an account is given at the beginning: little enough for some orders to be refused.
PURSE = {"BTC": 5 * 10**7, "USDT": 9_000 * 10**6, "ETH": 3 * 10**17, "DOGE": 40_000}
TOP_UP = {"BTC": 10**7, "USDT": 1_000 * 10**6, "ETH": 10**17, "DOGE": 5_000}

# What moves on the simulated chain: the least that counts as a deposit, the least that is sent, the network fee.
MOVED = {
    moved.asset: moved
    for moved in (NetworkAsset("BTC", 10**5, 2 * 10**5, 1_000), NetworkAsset("USDT", 10**6, 10 * 10**6, 500_000))
}

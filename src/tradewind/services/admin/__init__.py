"""admin: the configuration of the exchange, and the operators' hand on it.

Hears  inbox (create asset, create and change symbol, set market state, set fee tiers, adjust)
Says   asset created, symbol created, symbol changed, market state set, fee tiers set, adjusted
Keeps  assets, symbols, fee schedule, adjustments asked for
Vows   A1 (what comes from outside is named), A13
"""

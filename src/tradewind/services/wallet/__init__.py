"""wallet: deposits and withdrawals, and what the chains have said of them.

Hears  inbox (networks, addresses, reviews, cancels; blocks and transactions from its attendant), feed clearing.*
Says   deposit credited and reversed, withdrawal released and debited, where each of them stands
Keeps  networks, addresses, the newest blocks, deposits, withdrawals
Vows   A14 A1 A4
"""

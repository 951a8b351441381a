"""clearing: the only owner of balances.

Hears  inbox (orders, pairs, batches, cancels, switches, transfers, withdrawals), feeds clearing.*, matching.*, wallet, admin
Says   accepted, cancel and amend requested, leg settled, withdrawal held, transfer sent, balance changed
Keeps  balances, holds of orders and withdrawals, ledger, client order ids, dead man's switches, transfers, fee volumes
Vows   A1 A2 A3 A4 A5 A10
"""

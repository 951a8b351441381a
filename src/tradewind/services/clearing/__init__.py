"""clearing: the only owner of balances.

Hears  inbox (place, cancel, cancel all, amend, withdraw), feeds matching.*, wallet, admin
Says   accepted, cancel and amend requested, leg settled, withdrawal held, balance changed
Keeps  balances, holds of orders and withdrawals, ledger, client order ids
Vows   A1 A2 A3 A4 A5 A10
"""

"""clearing: the only owner of balances.

Hears  inbox (place, cancel, cancel all, amend), feeds matching.*, admin
Says   accepted, cancel and amend requested, leg settled, balance changed
Keeps  balances, holds, ledger, client order ids
Vows   A1 A2 A3 A4 A5 A10
"""

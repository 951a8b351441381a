"""user: who may come in.

Hears  inbox (create account and sub-account, create and revoke API key)
Says   account created, API key created, API key revoked
Keeps  accounts, api_keys
Vows   A13
"""

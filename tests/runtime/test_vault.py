"""A sealed secret opens with its own living key, whole, or not at all."""

import pytest

from tradewind.runtime.vault import Unopenable, Vault

OLD, NEW = bytes(32), bytes(range(32))
NONCE = b"twelve bytes"


def test_two_keys_live_while_one_replaces_the_other() -> None:
    sealed = Vault({"old": OLD}, "old").seal(b"secret", NONCE)
    both = Vault({"old": OLD, "new": NEW}, "new")
    assert both.open(sealed) == b"secret" and Vault.key_id_of(sealed) == "old"
    again = both.seal(both.open(sealed), NONCE)
    assert Vault.key_id_of(again) == "new"
    assert Vault({"new": NEW}, "new").open(again) == b"secret"
    with pytest.raises(Unopenable):
        Vault({"new": NEW}, "new").open(sealed)


def test_any_changed_or_missing_byte_is_noticed() -> None:
    vault = Vault({"k": OLD}, "k")
    sealed = vault.seal(b"secret", NONCE)
    for place in range(len(sealed)):
        with pytest.raises(Unopenable):
            vault.open(sealed[:place] + bytes((sealed[place] ^ 1,)) + sealed[place + 1 :])
        with pytest.raises(Unopenable):
            vault.open(sealed[:place])


def test_the_key_id_is_authenticated() -> None:
    vault = Vault({"a": OLD, "b": OLD}, "a")
    sealed = vault.seal(b"secret", NONCE)
    with pytest.raises(Unopenable):
        vault.open(sealed.replace(b"a", b"b", 1))
    assert b"secret" not in sealed

"""Secrets at rest: AES-256-GCM under a named key. Several keys live at once, so that keys can be rotated row by row."""

from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
KEY_BYTES = 32
NONCE_BYTES = 12
KEY_ID_MAX = 32


class Unopenable(ValueError):
    """No living key opens this: it was sealed with another, or a byte has changed."""


class Vault:
    """A sealed secret is: version byte, length of the key id, key id, nonce, ciphertext with its tag; all before the nonce is
    authenticated with it. `current` names the key that seals."""

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        assert current in keys, "the sealing key is not among the keys"
        for key_id, key in keys.items():
            assert len(key) == KEY_BYTES and 0 < len(key_id.encode()) <= KEY_ID_MAX, key_id
        self.current = current
        self._keys = {key_id: AESGCM(key) for key_id, key in keys.items()}

    def seal(self, secret: bytes, nonce: bytes, key_id: str | None = None) -> bytes:
        """`nonce`: 12 random bytes, never twice with the same key."""
        assert len(nonce) == NONCE_BYTES, len(nonce)
        name = self.current if key_id is None else key_id
        head = _head(name)
        return head + nonce + self._keys[name].encrypt(nonce, secret, head)

    def open(self, sealed: bytes) -> bytes:
        """Raises Unopenable."""
        key_id = self.key_id_of(sealed)
        key = self._keys.get(key_id)
        if key is None:
            raise Unopenable(f"no key {key_id!r}")
        head = _head(key_id)
        body = sealed[len(head) :]
        try:
            return key.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], head)
        except (InvalidTag, ValueError):
            raise Unopenable("the sealed secret has been changed") from None

    @staticmethod
    def key_id_of(sealed: bytes) -> str:
        """Which key sealed this: what rotation looks for. Raises Unopenable."""
        if len(sealed) < 2 or sealed[0] != VERSION or len(sealed) < 2 + sealed[1]:
            raise Unopenable("not a sealed secret")
        try:
            return sealed[2 : 2 + sealed[1]].decode()
        except UnicodeDecodeError:
            raise Unopenable("not a sealed secret") from None


def _head(key_id: str) -> bytes:
    name = key_id.encode()
    return bytes((VERSION, len(name))) + name

"""Bytes that nobody can read or change but this cluster's provider on this node until it boots again: AES-256-GCM.

The cryptography library is imported when the first `Seal` is made; its HKDF costs nothing beside its AES-GCM.
What the bytes mean and where they are kept is not known here.
"""

import hashlib
import secrets
from typing import Final

from provider.base import secret

LEAST_KEY: Final = 16
"""Bytes that a key must have: from a shorter one, which can be guessed, nothing is derived."""

_MAGIC: Final = b"vault-csi-provider state\n"
_PURPOSE: Final = b"vault-csi-provider: records of mounted volumes"
_KEY: Final = 32
_NONCE: Final = 12
_TAG: Final = 16


class Unreadable(Exception):
    """Bytes that this seal did not make; the message says what they are instead."""


class Seal:
    """Seals and opens, under a key of its own for this node and boot.

    All nodes have the same HMAC key. So the boot id goes into the derivation too, not only beside the bytes: a cluster
    would else seal so much under one key that the random nonces of AES-GCM could meet.

    Args:
        key: the HMAC key, from which the key of the seal is derived with HKDF-SHA256.
        boot: the node's boot id.
        form: the version of what is inside, 0 to 255; bytes of another one are not opened.

    Raises:
        ValueError: the key is too short.
    """

    def __init__(self, key: secret.Secret, boot: str, form: int) -> None:
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 -- 8 MiB, for those who asked for it
        from cryptography.hazmat.primitives.ciphers import aead  # noqa: PLC0415
        from cryptography.hazmat.primitives.kdf import hkdf  # noqa: PLC0415

        if len(key) < LEAST_KEY:
            raise ValueError(f"a key of {len(key)} bytes can be guessed")
        mark = hashlib.sha256(boot.encode()).digest()
        self._header = _MAGIC + bytes([form]) + mark
        derived = hkdf.HKDF(hashes.SHA256(), _KEY, salt=mark, info=_PURPOSE).derive(key.reveal())
        self._cipher = aead.AESGCM(derived)

    def seal(self, name: str, plain: bytes) -> bytes:
        """`plain`, sealed; it opens under the same name only, so that no file can pass for another."""
        nonce = secrets.token_bytes(_NONCE)
        return self._header + nonce + self._cipher.encrypt(nonce, plain, self._header + name.encode())

    def open(self, name: str, sealed: bytes) -> bytes:
        """What was sealed under this name.

        Raises:
            Unreadable: it was not, by this seal; says why, and nothing of what is inside.
        """
        from cryptography import exceptions  # noqa: PLC0415 -- there already

        header = self._header
        if not sealed.startswith(_MAGIC[: len(sealed)]) or len(sealed) < len(header) + _NONCE + _TAG:
            raise Unreadable("cut off, or not ours")
        if sealed[len(_MAGIC)] != header[len(_MAGIC)]:
            raise Unreadable("of another version of the provider")
        if not sealed.startswith(header):
            raise Unreadable("from before this node's last boot")
        nonce, rest = sealed[len(header) : len(header) + _NONCE], sealed[len(header) + _NONCE :]
        try:
            return self._cipher.decrypt(nonce, rest, header + name.encode())
        except exceptions.InvalidTag:
            raise Unreadable("sealed with another HMAC key, or damaged") from None

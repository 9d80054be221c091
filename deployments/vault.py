"""Encryption at rest, and a secret that can't be printed by mistake (B27). No Django here."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from deployments.errors import Failure


class Hidden:
    """A secret's value. Only `reveal` gives it away; printing, formatting and comparing don't."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself: for a hook's environment and the masker, and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "Hidden()"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is never pickled")


class Vault:
    """Seals and opens with the installation's keys: the first seals, any opens."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raise `Failure` where a key is none."""
        try:
            self._keys = MultiFernet([Fernet(key) for key in keys])
        except (ValueError, TypeError) as error:
            raise Failure(
                "AMEZMO_ENCRYPTION_KEYS holds something that is no key. A key is 44 characters, as "
                "manage.py rotate_encryption_key makes them."
            ) from error

    def seal(self, secret: Hidden) -> bytes:
        """Encrypt with the first key."""
        return self._keys.encrypt(secret.reveal().encode())

    def open(self, sealed: bytes) -> Hidden:
        """Decrypt with whichever key fits; raise `Failure` if none does. Nothing is changed."""
        try:
            return Hidden(self._keys.decrypt(sealed).decode())
        except InvalidToken:
            raise Failure(_LOST) from None

    def seal_anew(self, sealed: bytes) -> bytes:
        """Encrypt what is sealed with the first key; raise `Failure` if no key opens it."""
        try:
            return self._keys.rotate(sealed)
        except InvalidToken:
            raise Failure(_LOST) from None


_LOST = (
    "A secret can't be decrypted: its key is not among those of AMEZMO_ENCRYPTION_KEYS, or of the file "
    "encryption-keys in the data directory. Put the old key back; nothing was overwritten."
)


def new_key() -> str:
    """Return a new key, fit for AMEZMO_ENCRYPTION_KEYS."""
    return Fernet.generate_key().decode()

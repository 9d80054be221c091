"""Keys that are made once per installation: one signs sessions and tasks, one encrypts secrets."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from amezmo import private_files


def for_signing() -> str:
    return secrets.token_urlsafe(64)


def for_encryption() -> str:
    """A Fernet key: 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def load_or_create(path: Path, make: Callable[[], str] = for_signing) -> str:
    """Return what is kept at `path`, writing a new key (mode 0600) if there is none.

    Two processes that start together agree on one key: the file is linked into
    place complete, and whoever loses the race reads the winner's.
    """
    private_files.tighten(path, 0o600)
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(make() + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()

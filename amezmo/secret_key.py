"""The key that signs sessions and queued tasks, made once per installation."""

import os
import secrets
from pathlib import Path

from amezmo import private_files


def load_or_create(path: Path) -> str:
    """Return the key kept at `path`, writing a new one (mode 0600) if there is none.

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
        handle.write(secrets.token_urlsafe(64) + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()

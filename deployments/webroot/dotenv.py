"""The `.env` file of a release: placed whole or not at all, byte for byte (B25, B26)."""

import contextlib
import os
import secrets
from pathlib import Path

from deployments.errors import Failure
from deployments.webroot.permissions import FILE_MODE

NAME = ".env"
LARGEST = 1024 * 1024


def place(release: Path, content: bytes) -> None:
    """Put `content` where the release's `.env` is or will be, by one rename.

    A reader sees the old bytes or the new ones. What stands there, a link too, is replaced and
    not followed. Raises `Failure` where it can't be, and then the old one is still there.
    """
    draft = release / f"{NAME}.{secrets.token_hex(8)}"
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
        try:
            os.fchmod(descriptor, FILE_MODE)
            _write(descriptor, content)
        finally:
            os.close(descriptor)
        os.replace(draft, release / NAME)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise Failure(
            f"{release / NAME} could not be written: {error.strerror}. The file that was there before "
            "still is."
        ) from error


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    os.fsync(descriptor)


def doubts(content: bytes) -> list[str]:
    """Return what looks wrong in a `.env`, in sentences. Nothing is refused for it (B25)."""
    text = content.decode("utf-8", "replace")
    found = [] if "\ufffd" not in text else ["It is not all UTF-8 text."]
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip().removeprefix("export ")
        if not stripped or stripped.startswith("#"):
            continue
        name, equals, value = stripped.partition("=")
        if not equals:
            found.append(f"Line {number} has no “=”.")
            continue
        if name != name.rstrip() or value != value.lstrip():
            found.append(f"Line {number} has spaces around “=”, which many readers take for part of it.")
        name = name.strip()
        if name in seen:
            found.append(f"Line {number} sets {name} again, after line {seen[name]}.")
        seen[name] = number
        if any(value.strip().count(quote) % 2 for quote in "\"'" if value.strip().startswith(quote)):
            found.append(f"Line {number} has a quote that is not closed.")
    return found

"""Which file runs for an event (B14, B15), and a script's bytes made fit for Bash."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from deployments.errors import Failure

HOOK_DIRECTORY = ".amezmo"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LARGEST_SCRIPT = 4 * 1024 * 1024


@dataclass(frozen=True)
class Found:
    """A release's script for an event: the file, and the bytes that were read of it."""

    file: Path
    content: bytes


def find(release: Path, environment_name: str, event_name: str) -> Found | None:
    """Return the release's script for an event, or None if it has none.

    B15: `.amezmo/<environment>/<event>` takes the place of `.amezmo/<event>`. A link may
    lead to another file of the release, and nowhere else. Raises `Failure` for what
    stands in a hook's place and can't be run.
    """
    folder = release / HOOK_DIRECTORY
    for candidate in (folder / environment_name / event_name, folder / event_name):
        if os.path.lexists(candidate):
            return Found(candidate, _read(candidate, release))
    return None


def _read(candidate: Path, release: Path) -> bytes:
    shown = candidate.relative_to(release)
    try:
        real = candidate.resolve(strict=True)
    except (OSError, RuntimeError):
        raise Failure(f"The hook {shown} is a link to nowhere. Commit the script itself.") from None
    if not real.is_relative_to(release.resolve()):
        raise Failure(f"The hook {shown} is a link out of the release. Commit the script itself.")
    try:
        # Once, and what was opened is what is looked at: a pipe in its place blocks nobody.
        descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Failure(f"The hook {shown} can't be read: {error.strerror}.") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Failure(f"The hook {shown} is no file. A hook is a Bash script.")
        with os.fdopen(descriptor, "rb", closefd=False) as handle:
            return handle.read(LARGEST_SCRIPT + 1)
    finally:
        os.close(descriptor)


def script(content: bytes, name: str) -> bytes:
    """Return a script's bytes as Bash takes them: no byte order mark, no CR before a LF (B14).

    Raises `Failure` for what can't be a script.
    """
    if len(content) > LARGEST_SCRIPT:
        raise Failure(f"The hook {name} has more than 4 MB. A hook is a Bash script.")
    if (position := content.find(b"\0")) != -1:
        raise Failure(
            f"The hook {name} has a NUL byte (byte {position + 1}), so Bash can't run it. It was "
            "perhaps saved as UTF-16, or is a program: save it as plain UTF-8 text."
        )
    return content.removeprefix(BYTE_ORDER_MARK).replace(b"\r\n", b"\n")

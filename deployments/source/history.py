"""Reading commits out of a mirror: git hands them out, GitPython parses them.

Imported late by those who need it: it costs a fifth of a second.
"""

import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime

from git.objects.util import from_timestamp, parse_actor_and_date

from deployments.source.mirror import Mirror

SECONDS = 60.0
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_DATE = re.compile(r"> \d+ [+-]\d{4}\Z")


@dataclass(frozen=True)
class Commit:
    """What a page shows of a commit."""

    hash: str
    subject: str
    author: str
    authored_at: datetime | None  # None: the commit's own date is nonsense, which git allows


def commit(mirror: Mirror, revision: str) -> Commit:
    """Return the commit with the full hash `revision`, which the mirror must hold.

    git runs with the mirror's environment and rights, and this process reads nothing of the
    mirror itself: a repository's own settings are obeyed by whoever opens it.
    """
    raw = subprocess.run(
        ["git", f"--git-dir={mirror.path}", "cat-file", "commit", revision],
        env=dict(mirror.environment),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=SECONDS,
        **mirror.identity,
    ).stdout
    head, _blank, message = raw.partition(b"\n\n")
    headers = dict(line.split(b" ", 1) for line in head.split(b"\n") if b" " in line[1:])
    encoding = headers.get(b"encoding", b"utf-8").decode("ascii", "replace")
    author, authored_at = _author(_text(b"author " + headers.get(b"author", b""), encoding))
    subject = " ".join(_text(message, encoding).strip().partition("\n\n")[0].split("\n"))
    return Commit(revision, subject.strip()[:200], author[:200], authored_at)


def _author(line: str) -> tuple[str, datetime | None]:
    actor, seconds, offset = parse_actor_and_date(line)
    name = (actor.name or actor.email or "").strip()
    if not _DATE.search(line):
        return name, None
    try:
        return name, from_timestamp(seconds, offset).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return name, None


def _text(raw: bytes, encoding: str) -> str:
    """Without what databases refuse and terminals obey; in an encoding that nobody knows, as UTF-8."""
    try:
        text = raw.decode(encoding, "replace")
    except LookupError:
        text = raw.decode("utf-8", "replace")
    return _CONTROL.sub("", text)

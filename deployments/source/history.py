"""Reading commits out of a mirror, with GitPython.

Imported late by those who need it: it costs a fifth of a second.
"""

from dataclasses import dataclass
from datetime import datetime

import git as gitpython

from deployments.source.mirror import Mirror

_FIELDS = "%H%x00%s%x00%an%x00%aI"


@dataclass(frozen=True)
class Commit:
    """What a page shows of a commit."""

    hash: str
    subject: str
    author: str
    authored_at: datetime | None  # None: the commit's own date is nonsense, which git allows


def commit(mirror: Mirror, revision: str) -> Commit:
    """Return the commit with the full hash `revision`, which the mirror must hold.

    git runs with the mirror's environment and rights: a repository's own settings are
    obeyed by whoever reads it.
    """
    with gitpython.Repo(mirror.path) as repository:
        repository.git.update_environment(**mirror.environment)
        command = ["git", "log", "-1", "--no-show-signature", f"--format={_FIELDS}", revision]
        answer = repository.git.execute(
            command, stdout_as_string=False, strip_newline_in_stdout=False, **mirror.identity
        )
    assert isinstance(answer, bytes)
    found, subject, author, authored_at = answer.decode("utf-8", "replace").strip("\n").split("\0")
    return Commit(found, subject.strip()[:200], author[:200], _date(authored_at))


def _date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None

"""What to deploy: a branch, a tag or a commit, always as a full ref or a full hash."""

import re
from dataclasses import dataclass
from typing import Literal

from deployments.errors import Failure

Kind = Literal["branch", "tag", "commit"]
COMMIT_HASH = re.compile(r"[0-9a-f]{40}")
_ABBREVIATION = re.compile(r"[0-9a-fA-F]{7,40}")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\ud800-\udfff~^:?*\[\\]|\.\.|@\{|//")
_PREFIX: dict[Kind, str] = {"branch": "refs/heads/", "tag": "refs/tags/"}


@dataclass(frozen=True)
class Wanted:
    """What a deployment was asked to deploy."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def ref(self) -> str:
        """The full ref; a branch and a tag of one name are thus never confused."""
        return _PREFIX[self.kind] + self.name


def wanted(kind: Kind, name: str) -> Wanted:
    """Return the wanted ref, or raise `Failure` if git would not take the name for one.

    The rules are those of git-check-ref-format(1), and stricter where that command
    accepts what reads as something else: a leading “-”, “@”, and names that are
    themselves full refs.
    """
    name = name.strip()
    if kind == "commit":
        if not _ABBREVIATION.fullmatch(name):
            raise Failure(f"“{name}” is no commit: it takes 7 to 40 hexadecimal digits.")
        return Wanted(kind, name.lower())
    if not name:
        raise Failure(f"The {kind}'s name is needed.")
    if name.startswith("-"):
        raise Failure(f"A {kind}'s name can't begin with “-”: git would take it for an option.")
    if name.startswith("refs/"):
        raise Failure(f"Give the {kind}'s short name: “{name.split('/', 2)[-1]}”, not “{name}”.")
    if not _is_ref_name(name):
        raise Failure(f"“{name}” can't be the name of a {kind} in git.")
    return Wanted(kind, name)


def _is_ref_name(name: str) -> bool:
    parts = name.split("/")
    return (
        name != "@"
        and not _FORBIDDEN.search(name)
        and not name.endswith((".", "/"))
        and not any(part.startswith(".") or part.endswith(".lock") or not part for part in parts)
    )

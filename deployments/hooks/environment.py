"""The variables a hook sees: B19's table, built from nothing, never the server's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployments.errors import Failure

# Names that would make Bash or the loader run something else (TECHNICAL.md 14).
HIJACKERS = re.compile(r"BASH_ENV|ENV|BASH_FUNC_.*|LD_[A-Z_]+|SHELLOPTS|BASHOPTS|PS4|IFS|GIT_[A-Z_]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Facts:
    """What a hook is told. `directory` is the release it runs in."""

    event: str
    directory: Path
    release_number: int
    release_id: str
    commit: str
    branch: str
    repository: str
    environment_name: str
    app_type: str
    app_domain: str
    storage: Path
    logs: Path
    node_modules: Path


def variables(facts: Facts, *, path: str, home: str, user: str, extra: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a hook (B19); `extra` is the environment's own."""
    for name in extra:
        check_name(name)
    return {
        **extra,
        "PATH": path,
        "HOME": home,
        "USER": user,
        "LOGNAME": user,
        "LANG": "C.UTF-8",
        "APPLICATION_ROOT": str(facts.directory),
        "DEPLOYMENT_DIRECTORY": str(facts.directory),
        "RELEASE_NUMBER": str(facts.release_number),
        "RELEASE_ID": facts.release_id,
        "COMMIT_ID": facts.commit,
        "DEPLOY_BRANCH": facts.branch,
        "REPO_NAME": facts.repository,
        "TARGET_HOOK": facts.event,
        "ENVIRONMENT_NAME": facts.environment_name,
        "AMEZMO_ENVIRONMENT": facts.environment_name,
        "NODE_ENV": facts.environment_name,
        "APP_TYPE": facts.app_type,
        "APP_DOMAIN": facts.app_domain,
        "PERSISTENT_STORAGE_DIRECTORY": str(facts.storage),
        "STORAGE_DIRECTORY": str(facts.storage),
        "LOG_DIRECTORY": str(facts.logs),
        "NODE_PATH": str(facts.node_modules),
        "COMPOSER_MEMORY_LIMIT": "-1",
    }


def check_name(name: str) -> str:
    """Return `name` if a variable of the user's may bear it, else raise `Failure`."""
    if not _NAME.fullmatch(name):
        raise Failure(f"“{name}” can't be a variable's name: letters, digits and _ make one.")
    if HIJACKERS.fullmatch(name):
        raise Failure(f"“{name}” would change what a hook runs, so no variable may bear it.")
    return name


_NOWHERE = Facts("", Path(), 0, "", "", "", "", "", "", "", Path(), Path(), Path())
OWN_NAMES = frozenset(variables(_NOWHERE, path="", home="", user="", extra={}))


def check_secret_name(name: str) -> str:
    """Return `name` if a secret may bear it, else raise `Failure` with the reason (B27)."""
    if check_name(name) in OWN_NAMES:
        raise Failure(f"Every hook is given “{name}” by the product itself. Choose another name.")
    return name

"""Where everything of an environment lies (B1-B3): arithmetic on paths, no file is touched."""

import re
from dataclasses import dataclass
from pathlib import Path

from deployments.errors import Failure

PRODUCTION = "production"
RESERVED_NAMES = frozenset({"release", "storage", "logs", "node_modules", "vendor", "current"})
RELEASE_NAME = re.compile(r"deployment_(?P<sequence>[1-9][0-9]*)\.(?P<commit>[0-9a-f]{8})")
# fmt: off
SYSTEM_DIRECTORIES = frozenset(
    map(
        Path,
        (
            "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/proc",
            "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/local", "/var",  # noqa: S108
            "/var/lib", "/var/www",
        ),
    )
)
# fmt: on

_ENVIRONMENT_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?")


def check_environment_name(name: str) -> str:
    """Return `name` if an environment may bear it, else raise `Failure` (B2)."""
    if name.startswith("."):
        raise Failure(f"“{name}” begins with a dot. Choose a name such as “staging”.")
    if name in RESERVED_NAMES:
        raise Failure(
            f"“{name}” is the name of a directory that every environment holds. "
            "Choose a name such as “staging”."
        )
    if not _ENVIRONMENT_NAME.fullmatch(name):
        raise Failure(
            "An environment's name is up to 63 lower-case letters, digits, hyphens and "
            f"underscores, and begins and ends with a letter or digit; {name!r} does not."
        )
    return name


def check_webroot(path: str) -> Path:
    """Return `path` as a webroot, or raise `Failure` if nothing may be deployed there."""
    if not path.startswith("/"):
        raise Failure("The webroot has to be an absolute path, such as /srv/shop.")
    if any(ord(character) < 32 or ord(character) == 127 for character in path):
        raise Failure("The webroot has a control character in it. Type the path anew.")
    webroot = Path("/" + path.lstrip("/"))  # POSIX lets “//etc” be another path than “/etc”
    if ".." in webroot.parts:
        raise Failure("The webroot has “..” in it. Write the path without it.")
    if webroot in SYSTEM_DIRECTORIES or Path("/proc") in webroot.parents:
        raise Failure(
            f"{webroot} belongs to the system. Choose a directory of the application's "
            "own, such as /srv/shop."
        )
    return webroot


@dataclass(frozen=True)
class Layout:
    """The directories of one environment (B2, B3)."""

    root: Path

    @classmethod
    def of(cls, webroot: Path, environment_name: str) -> "Layout":
        """B2: production lives at the webroot itself, every other environment below it."""
        if environment_name == PRODUCTION:
            return cls(webroot)
        return cls(webroot / check_environment_name(environment_name))

    @property
    def releases(self) -> Path:
        return self.root / "release"

    @property
    def current(self) -> Path:
        """The symbolic link that a web server follows."""
        return self.root / "current"

    @property
    def storage(self) -> Path:
        return self.root / "storage"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def node_modules(self) -> Path:
        return self.root / "node_modules"

    @property
    def vendor(self) -> Path:
        return self.root / "vendor"

    @property
    def directories(self) -> tuple[Path, ...]:
        return (
            self.root,
            self.releases,
            self.storage,
            self.storage / "public",
            self.logs,
            self.node_modules,
            self.vendor,
        )

    def release(self, sequence: int, commit: str) -> Path:
        """B1: the directory of deployment number `sequence` of `commit` (a full hash)."""
        return self.releases / release_name(sequence, commit)

    def draft(self, release: Path) -> Path:
        """Where a release grows until it is complete; never a name that B1 gives."""
        return release.with_name(f".{release.name}.partial")


def release_name(sequence: int, commit: str) -> str:
    """B1: `deployment_<sequence>.<first 8 characters of the commit>`."""
    return f"deployment_{sequence}.{commit[:8]}"

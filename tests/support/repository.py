"""A real git repository that a test commits to and deploys from."""

import os
import subprocess
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada Tester",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada Tester",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class Repository:
    """`files` maps paths to contents; `executable` and `links` are paths and path-to-target."""

    def __init__(self, path: Path, branch: str = "main") -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", f"--initial-branch={branch}")

    @property
    def address(self) -> str:
        return str(self.path)

    def git(self, *arguments: str, input: bytes | None = None) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments],
            env={**os.environ, **IDENTITY},
            check=True,
            capture_output=True,
            input=input,
        )
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, files: dict[str, str | bytes], executable: tuple[str, ...] = ()) -> None:
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            path.chmod(0o755 if name in executable else 0o644)

    def commit(
        self,
        files: dict[str, str | bytes] | None = None,
        *,
        executable: tuple[str, ...] = (),
        links: dict[str, str] | None = None,
        message: str = "A change",
    ) -> str:
        """Write the files, commit everything, and return the full hash."""
        self.write(files or {}, executable)
        for name, target in (links or {}).items():
            link = self.path / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(target)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.git("rev-parse", "HEAD")

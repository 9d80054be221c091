"""The bare mirror of one repository, and the verbs a deployment asks of it.

Commands run through the `Runner` that the caller hands in; what they print goes to the
step's log, and their failures come back as sentences.
"""

import hashlib
import os
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from deployments import locks
from deployments.errors import Failure
from deployments.source import git
from deployments.source.address import Address
from deployments.source.refs import COMMIT_HASH, Wanted

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
SUBMODULE_MODE = "160000"
DEEPEST = 200  # directories within directories; paths end at 4096 characters anyway


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code (None: it was ended at its time limit) and output."""

    exit_code: int | None
    output: str
    timed_out: bool = False


class Runner(Protocol):
    """Runs one command under supervision, its output into the log, and returns the end of it."""

    def __call__(
        self, argv: Sequence[str], *, environment: Mapping[str, str], time_limit: float | None
    ) -> Ran: ...


@dataclass(frozen=True)
class Mirror:
    """A bare repository below `home` that holds what was fetched from `address`."""

    home: Path
    locks: Path
    address: Address
    environment: Mapping[str, str]
    connect_seconds: float
    fetch_seconds: float
    # `user`, `group` and `extra_groups` of subprocess.run: a mirror's settings are obeyed by
    # every git that reads it, so none does with more rights than the one that wrote it.
    identity: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.home / (hashlib.sha256(self.address.url.encode()).hexdigest()[:24] + ".git")

    def verify(self, wanted: Wanted, run: Runner) -> str | None:
        """Ask the remote which commit a branch or tag is at: a full hash (B7).

        For a commit there is nothing to ask a remote, and None is returned. Raises
        `Failure` where the repository can't be read or has no such branch or tag.
        """
        if wanted.kind == "commit":
            return None
        ran = self._run(run, git.list_ref(self.address, wanted), self.connect_seconds)
        if ran.exit_code == git.NO_SUCH_REF:
            raise Failure(self._missing(wanted, run))
        self._check(ran, "read the repository")
        answers = (line.partition("\t") for line in ran.output.splitlines())
        found = {ref: commit for commit, _tab, ref in answers}
        commit = found.get(wanted.ref + "^{}") or found.get(wanted.ref, "")
        if not COMMIT_HASH.fullmatch(commit):
            raise Failure(f"git named no commit for {wanted} at {self.address.url}. See the log.")
        return commit

    def fetch(self, wanted: Wanted, commit: str | None, branch: str, run: Runner) -> str:
        """Bring one commit here, with its history, and return its full hash.

        `commit` is what `verify` found. A commit that is here already costs no network.
        A wanted commit is looked for on `branch`, then on every branch and tag.
        """
        with self._locked():
            if not (self.path / "HEAD").exists():
                self._check(self._run(run, git.init(self.path), 60), "make the mirror")
            revision = commit or wanted.name
            if known := self._resolve(revision):
                return known
            if wanted.kind != "commit":
                self._fetch(run, [f"+{wanted.ref}:{_kept(wanted)}"])
                return self._resolve(revision) or self._moved(wanted)
            return self._fetch_commit(revision, branch, run)

    def _fetch_commit(self, revision: str, branch: str, run: Runner) -> str:
        """Look for a commit on `branch`, then on every branch, then under every tag.

        The remote is never asked for the bare commit: many serve commits that are on no branch
        of theirs, such as those of anybody's fork.
        """
        head = Wanted("branch", branch)
        for refspec in (
            f"+{head.ref}:{_kept(head)}",
            "+refs/heads/*:refs/amezmo/all/heads/*",
            "+refs/tags/*:refs/amezmo/all/tags/*",
        ):
            ran = self._run(run, self._fetch_command([refspec]), self.fetch_seconds)
            if ran.exit_code == 0 and (found := self._resolve(revision)):
                return found
        self._check(ran, "fetch")
        raise Failure(
            f"The repository has no commit {revision} on any branch or tag. Check the hash, and that "
            "the commit was pushed."
        )

    def export(self, commit: str, tree: Path, run: Runner) -> int:
        """Write the commit's tree into the empty directory `tree`; return its number of files.

        Raises `Failure` where git can't, and where the tree would not be complete:
        submodules and files that Git LFS keeps elsewhere are not fetched.
        """
        index = tree.with_name(tree.name + ".index")
        try:
            argv, variables = git.read_tree(self.path, tree, index, commit)
            ran = self._run(run, argv, self.fetch_seconds, variables)
            self._check(ran, "write the release", where=tree)
            entries = self._entries(tree, index)
            modules = [path for mode, path in entries if mode == SUBMODULE_MODE]
            if modules:
                raise Failure(
                    f"The repository has submodules ({_some(modules)}), which are not fetched, "
                    "so the release would be incomplete. Put the files into the repository itself."
                )
            if any(path.count("/") > DEEPEST for _mode, path in entries):
                raise Failure(
                    f"The repository has directories more than {DEEPEST} levels deep, which tools that "
                    "clean up can't go through. Make it flatter."
                )
            self._refuse_pointers(tree, index)
            return len(entries)
        finally:
            for leftover in (index, index.with_name(index.name + ".lock")):
                leftover.unlink(missing_ok=True)

    def _refuse_pointers(self, tree: Path, index: Path) -> None:
        pointers = [
            path
            for _mode, path in self._entries(tree, index, ":(attr:filter=lfs)")
            if _begins_with(tree / path, LFS_POINTER)
        ]
        if pointers:
            raise Failure(
                f"The repository keeps files in Git LFS ({_some(pointers)}), which are not "
                "fetched, so the release would hold pointers in their place. Put the files "
                "into the repository itself."
            )

    def _entries(self, tree: Path, index: Path, *pathspec: str) -> list[tuple[str, str]]:
        argv, variables = git.list_index(self.path, tree, index, *pathspec)
        listing = subprocess.run(
            argv, env={**self.environment, **variables}, cwd=tree, capture_output=True,
            check=True, timeout=120, stdin=subprocess.DEVNULL, **self.identity,
        ).stdout  # fmt: skip
        entries = [entry.partition("\t") for entry in listing.decode("utf-8", "surrogateescape").split("\0")]
        return [(head.split(" ", 1)[0], path) for head, _tab, path in entries if path]

    def _fetch_command(self, refspecs: list[str]) -> list[str]:
        return git.fetch(self.path, self.address, refspecs)

    def _fetch(self, run: Runner, refspecs: list[str]) -> None:
        self._check(self._run(run, self._fetch_command(refspecs), self.fetch_seconds), "fetch")

    def _resolve(self, revision: str) -> str | None:
        answer = subprocess.run(
            git.resolve(self.path, revision), env=dict(self.environment), capture_output=True,
            timeout=60, stdin=subprocess.DEVNULL, check=False, cwd="/", **self.identity,
        )  # fmt: skip
        found = answer.stdout.decode().strip()
        return found if answer.returncode == 0 and COMMIT_HASH.fullmatch(found) else None

    def _run(
        self, run: Runner, argv: list[str], seconds: float, variables: Mapping[str, str] | None = None
    ) -> Ran:
        return run(argv, environment={**self.environment, **(variables or {})}, time_limit=seconds)

    def _check(self, ran: Ran, doing: str, where: Path | None = None) -> None:
        if ran.exit_code == 0:
            return
        if ran.timed_out:
            raise Failure(
                f"The host of {self.address.url} did not answer in time, so git was ended. Check "
                "the address and the network, and deploy again."
            )
        raise Failure(
            git.explain(
                ran.output, url=self.address.url, where=where or self.path, doing=doing,
                exit_code=ran.exit_code,
            )
        )  # fmt: skip

    def _missing(self, wanted: Wanted, run: Runner) -> str:
        heads = self._run(run, git.list_heads(self.address), self.connect_seconds)
        if heads.exit_code == 0 and not heads.output.strip():
            return f"The repository at {self.address.url} is empty, or has nothing but tags. Push a first commit to it."
        return (
            f"The repository at {self.address.url} has no {wanted}. Check the name, and that it was pushed."
        )

    def _moved(self, wanted: Wanted) -> str:
        # It was rewritten between the question and the fetch: what was fetched is newer.
        found = self._resolve(_kept(wanted))
        if found is None:
            raise Failure(f"{wanted} is no commit that can be deployed. See the log.")
        return found

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One fetch into a mirror at a time; environments of one repository share it.

        The lock is kept where the mirror's owner can't reach it. Raises `Failure` where another
        fetch goes on for longer than one may take.
        """
        with ExitStack() as stack:
            try:
                stack.enter_context(
                    locks.held(self.locks / f"mirror-{self.path.stem}.lock", self.fetch_seconds)
                )
            except TimeoutError:
                raise Failure(
                    "Another deployment still fetches this repository. Deploy again later."
                ) from None
            yield


def _kept(wanted: Wanted) -> str:
    """The mirror's own ref for a remote's: flat, since “a” and “a/b” can't both be refs here,
    and a remote may have the one today and the other tomorrow."""
    return f"refs/amezmo/{wanted.kind}/{hashlib.sha256(wanted.name.encode()).hexdigest()[:24]}"


def _begins_with(path: Path, start: bytes) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode) and os.read(descriptor, len(start)) == start
    finally:
        os.close(descriptor)


def _some(paths: list[str]) -> str:
    shown = ", ".join(paths[:3])
    return f"{shown} and {len(paths) - 3} more" if len(paths) > 3 else shown

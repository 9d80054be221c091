"""Repositories that can't be read, and the sentence that a person gets for each."""

import http.server
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deployments.errors import Failure
from deployments.source.mirror import Mirror
from deployments.source.refs import Wanted, wanted
from tests.source.conftest import MakeMirror
from tests.support.repository import Repository
from tests.support.runner import SupervisedRunner

MAIN = Wanted("branch", "main")


def test_an_empty_repository_is_said_to_be_empty(
    make_mirror: MakeMirror, tmp_path: Path, run: SupervisedRunner
) -> None:
    """B7: it is readable, but there is nothing to deploy."""
    empty = Repository(tmp_path / "empty")

    with pytest.raises(Failure, match=r"is empty, or .* Push a first commit"):
        make_mirror(empty.address).verify(MAIN, run)


@pytest.mark.parametrize(
    "missing",
    [wanted("branch", "no-such"), wanted("tag", "main"), wanted("branch", "v1"), wanted("tag", "V1")],
)
def test_a_branch_or_tag_that_is_missing_is_named(
    mirror: Mirror, repository: Repository, run: SupervisedRunner, missing: Wanted
) -> None:
    """B7: a tag is no branch, and a branch no tag."""
    repository.git("tag", "v1")

    with pytest.raises(Failure, match=f"has no {missing}. Check the name"):
        mirror.verify(missing, run)


def test_a_ref_that_only_ends_alike_is_not_it(
    mirror: Mirror, repository: Repository, run: SupervisedRunner
) -> None:
    """B7: git-ls-remote compares the ends of names."""
    repository.git("branch", "x/refs/heads/release")

    with pytest.raises(Failure, match="git named no commit for branch release"):
        mirror.verify(wanted("branch", "release"), run)


@pytest.mark.parametrize("kind", ["missing", "empty directory", "file", "no repository"])
def test_what_is_no_repository_is_said_to_be_none(
    make_mirror: MakeMirror, tmp_path: Path, run: SupervisedRunner, kind: str
) -> None:
    """B7: whatever stands at the address."""
    place = tmp_path / "place"
    if kind == "file":
        place.write_text("")
    elif kind != "missing":
        place.mkdir()
    if kind == "no repository":
        (place / "HEAD").write_text("nonsense")

    with pytest.raises(Failure, match=f"There is no repository at file://{place}"):
        make_mirror(str(place)).verify(MAIN, run)


def test_a_commit_of_what_is_no_repository_is_a_sentence(
    make_mirror: MakeMirror, tmp_path: Path, run: SupervisedRunner
) -> None:
    """B7: a commit is not asked for beforehand, so the fetch says it."""
    with pytest.raises(Failure, match="There is no repository at"):
        make_mirror(str(tmp_path / "missing")).fetch(wanted("commit", "deadbeef"), None, "main", run)


def test_git_itself_refuses_a_protocol_that_is_not_allowed(
    make_mirror: MakeMirror, repository: Repository, run: SupervisedRunner
) -> None:
    """B7: the second wall, were an address ever to pass the first."""
    with pytest.raises(Failure, match="a protocol that this installation does not accept"):
        make_mirror(repository.address, protocols=("https", "ssh")).verify(MAIN, run)


def test_git_never_runs_a_program_that_an_address_names(mirror: Mirror, tmp_path: Path) -> None:
    """B7: `ext::` is off in git's environment as well."""
    answer = subprocess.run(
        ["git", "ls-remote", "--", f"ext::touch {tmp_path / 'proof'}"],
        env=dict(mirror.environment), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert "transport 'ext' not allowed" in answer.stderr
    assert not (tmp_path / "proof").exists()


class Answer(http.server.BaseHTTPRequestHandler):
    """Answers every request with the status that its path begins with."""

    def do_GET(self) -> None:
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def forge() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "asks for credentials"),
        (403, "asks for credentials"),
        (404, "There is no repository at http://127.0.0.1"),
        (500, r"git could not read the repository \(exit 128\): .*500"),
    ],
)
def test_a_forge_that_refuses_is_a_sentence(
    make_mirror: MakeMirror, run: SupervisedRunner, status: int, sentence: str
) -> None:
    """B7: and no question is asked that nobody would answer."""
    with forge() as port, pytest.raises(Failure, match=sentence):
        make_mirror(f"http://127.0.0.1:{port}/{status}/shop.git", ("http",)).verify(MAIN, run)


def test_a_host_that_does_not_listen_is_a_sentence(make_mirror: MakeMirror, run: SupervisedRunner) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/shop.git"
        with pytest.raises(Failure, match="could not be reached"):
            make_mirror(address, ("http",)).verify(MAIN, run)


def test_a_host_that_never_answers_is_given_up(make_mirror: MakeMirror, run: SupervisedRunner) -> None:
    """B7: every question has a time limit, and git is ended at it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/shop.git"
        with pytest.raises(Failure, match="did not answer in time"):
            make_mirror(address, ("http",), seconds=0.5).verify(MAIN, run)

    assert [ending.ended_by for ending in run.endings] == ["time-limit"]


def test_a_repository_of_another_hash_is_a_failure(
    make_mirror: MakeMirror, tmp_path: Path, run: SupervisedRunner
) -> None:
    """B7: releases are named and looked up by SHA-1."""
    os.mkdir(tmp_path / "new")
    subprocess.run(
        ["git", "init", "-q", "-b", "main", "--object-format=sha256", tmp_path / "new"], check=True
    )
    Repository(tmp_path / "new").commit({"index.html": ""})

    with pytest.raises(Failure, match="git named no commit"):
        make_mirror(str(tmp_path / "new")).verify(MAIN, run)

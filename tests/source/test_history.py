"""Reading commits out of a mirror."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from deployments.source import history
from deployments.source.mirror import Mirror
from deployments.source.refs import Wanted
from tests.support.repository import Repository
from tests.support.runner import SupervisedRunner
from tests.webroot.unprivileged import needs_root, nobody


def write_commit(repository: Repository, *headers: bytes, message: bytes) -> str:
    """Write a commit that no git of today would make, and point `main` at it."""
    tree = repository.git("rev-parse", "HEAD^{tree}").encode()
    raw = b"tree " + tree + b"\n" + b"\n".join(headers) + b"\n\n" + message
    made = repository.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", input=raw)
    repository.git("update-ref", "refs/heads/main", made)
    return made


def fetch(mirror: Mirror, run: SupervisedRunner) -> history.Commit:
    wanted = Wanted("branch", "main")
    return history.commit(mirror, mirror.fetch(wanted, mirror.verify(wanted, run), "main", run))


ADA = b"author Ada <ada@example.org> 1700000000 +0000"
BOB = b"committer Bob <bob@example.org> 1700000001 +0000"


def test_a_commit_is_read(mirror: Mirror, repository: Repository, run: SupervisedRunner) -> None:
    """B41: what the dashboard shows of it."""
    repository.git(
        "commit", "--quiet", "--allow-empty", "--author=Grace Höpper <grace@example.org>",
        "--date=2024-05-06T07:08:09+02:00", "--message=Fix the “cart”\n\nAnd more.",
    )  # fmt: skip

    assert fetch(mirror, run) == history.Commit(
        hash=repository.git("rev-parse", "HEAD"),
        subject="Fix the “cart”",
        author="Grace Höpper",
        authored_at=datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone(timedelta(hours=2))),
    )


def test_a_commit_of_a_pack_is_read(mirror: Mirror, repository: Repository, run: SupervisedRunner) -> None:
    """Large fetches are kept as packs, small ones as single objects."""
    for number in range(120):
        repository.commit(message=f"Number {number}")

    assert fetch(mirror, run).subject == "Number 119"
    assert list((mirror.path / "objects" / "pack").glob("*.pack"))


@pytest.mark.parametrize(
    ("message", "subject"),
    [
        (b"", ""),
        (b"\n\n  Late\n and long\n\nbody\n", "Late  and long"),
        (b"One line without end", "One line without end"),
        (b"x" * 500, "x" * 200),
        (b"not \xe9 UTF-8\n", "not � UTF-8"),
        (b"<script>alert(1)</script>\n", "<script>alert(1)</script>"),
    ],
)
def test_a_subject_is_the_first_line_whatever_it_is(
    mirror: Mirror, repository: Repository, run: SupervisedRunner, message: bytes, subject: str
) -> None:
    write_commit(repository, ADA, BOB, message=message)

    found = fetch(mirror, run)

    assert found.subject == subject
    found.subject.encode()


def test_a_message_says_its_own_encoding(
    mirror: Mirror, repository: Repository, run: SupervisedRunner
) -> None:
    write_commit(repository, ADA, BOB, b"encoding ISO-8859-1", message=b"Caf\xe9\n")

    assert fetch(mirror, run).subject == "Café"


@pytest.mark.parametrize(
    ("author", "name"),
    [
        (b"author  <ada@example.org> 1700000000 +0000", "ada@example.org"),
        (b"author Ada <> 1700000000 +0000", "Ada"),
        (b"author <> 1700000000 +0000", ""),
        (b"author " + b"A" * 300 + b" <a@b> 1700000000 +0000", "A" * 200),
    ],
)
def test_an_author_may_lack_a_name(
    mirror: Mirror, repository: Repository, run: SupervisedRunner, author: bytes, name: str
) -> None:
    write_commit(repository, author, BOB, message=b"x\n")

    assert fetch(mirror, run).author == name


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (b"0 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        (b"1700000000 -0330", datetime.fromtimestamp(1700000000, UTC)),
        (b"1700000000 +051800", None),
        (b"99999999999999 +0000", None),
        (b"nonsense", None),
        (b"", None),
    ],
)
def test_a_date_may_be_nonsense(
    mirror: Mirror, repository: Repository, run: SupervisedRunner, date: bytes, expected: datetime | None
) -> None:
    """B7: a commit that git can check out is deployed, whatever its date says."""
    write_commit(repository, b"author Ada <ada@example.org> " + date, BOB, message=b"Odd\n")

    found = fetch(mirror, run)

    assert found.subject == "Odd"
    assert found.authored_at == expected


def test_a_signed_commit_is_read(mirror: Mirror, repository: Repository, run: SupervisedRunner) -> None:
    signature = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQEz\n -----END PGP SIGNATURE-----"
    write_commit(repository, ADA, BOB, signature, message=b"Signed\n")

    assert fetch(mirror, run).subject == "Signed"


def test_a_message_cannot_forge_a_field(
    mirror: Mirror, repository: Repository, run: SupervisedRunner
) -> None:
    """Whatever a message or a name holds, it stays in its own field, and no terminal obeys it."""
    author = b"author %x00%H\x1b[31m <ada@example.org> 1700000000 +0000"
    made = write_commit(repository, author, BOB, message=b"%H%x00%an\n")

    found = fetch(mirror, run)

    assert (found.hash, found.subject, found.author) == (made, "%H%x00%an", "%x00%H[31m")


@needs_root
def test_git_reads_with_the_rights_of_the_mirrors_identity(
    mirror: Mirror, run: SupervisedRunner, tmp_path: Path
) -> None:
    """B21: a mirror's settings are obeyed by whoever reads it, so that is never root."""
    wanted = Wanted("branch", "main")
    commit = mirror.fetch(wanted, mirror.verify(wanted, run), "main", run)
    account = nobody()
    mirror.path.chmod(0o700)
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    with pytest.raises(subprocess.CalledProcessError, match="exit status 128"):
        history.commit(replace(mirror, identity=identity), commit)

"""Verifying, fetching and resolving: the commit that a deployment is about."""

from dataclasses import replace
from pathlib import Path

import pytest

from deployments import locks
from deployments.errors import Failure
from deployments.source.mirror import Mirror
from deployments.source.refs import Kind, Wanted, wanted
from tests.source.conftest import MakeMirror
from tests.support.repository import Repository
from tests.support.runner import SupervisedRunner

MAIN = Wanted("branch", "main")


def bring(mirror: Mirror, ref: Wanted, run: SupervisedRunner, branch: str = "main") -> str:
    """Verify and fetch, as a deployment does."""
    return mirror.fetch(ref, mirror.verify(ref, run), branch, run)


def test_a_branch_is_brought_here(mirror: Mirror, repository: Repository, run: SupervisedRunner) -> None:
    """B7: what the remote's branch is at, as a full hash."""
    assert bring(mirror, MAIN, run) == repository.git("rev-parse", "main")
    assert run.commands == ["ls-remote", "init", "fetch"]


def test_a_commit_that_is_here_already_costs_no_network(mirror: Mirror, run: SupervisedRunner) -> None:
    bring(mirror, MAIN, run)
    run.commands.clear()

    bring(mirror, MAIN, run)

    assert run.commands == ["ls-remote"]


def test_a_push_brings_the_newer_commit(
    mirror: Mirror, repository: Repository, run: SupervisedRunner
) -> None:
    first = bring(mirror, MAIN, run)
    second = repository.commit({"index.html": "two"})

    assert bring(mirror, MAIN, run) == second != first


def test_a_force_push_brings_the_rewritten_commit(
    mirror: Mirror, repository: Repository, run: SupervisedRunner
) -> None:
    """B7: what the branch is at now, whatever it was at before."""
    old = repository.commit({"index.html": "two"})
    assert bring(mirror, MAIN, run) == old
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    new = repository.commit({"index.html": "another two"})

    assert bring(mirror, MAIN, run) == new


def test_a_branch_that_is_rewritten_between_the_question_and_the_fetch(
    mirror: Mirror, repository: Repository, run: SupervisedRunner
) -> None:
    """B7: the newer commit is deployed, and its own hash is told."""
    asked = mirror.verify(MAIN, run)
    repository.git("commit", "--quiet", "--amend", "--message=Rewritten")
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "--quiet", "--prune=now")

    assert mirror.fetch(MAIN, asked, "main", run) == repository.git("rev-parse", "main") != asked


def test_a_branch_that_vanishes_between_the_question_and_the_fetch(
    mirror: Mirror, repository: Repository, run: SupervisedRunner
) -> None:
    asked = mirror.verify(MAIN, run)
    repository.git("branch", "--quiet", "--move", "main", "other")

    with pytest.raises(Failure, match="git could not fetch"):
        mirror.fetch(MAIN, asked, "main", run)


def test_a_branch_and_a_tag_of_one_name_are_not_confused(
    mirror: Mirror, repository: Repository, run: SupervisedRunner
) -> None:
    """B7: git itself would take the tag for both."""
    tagged = repository.git("rev-parse", "HEAD")
    repository.git("tag", "v1")
    repository.git("checkout", "--quiet", "-b", "v1")
    branched = repository.commit({"index.html": "branch"})

    assert bring(mirror, wanted("branch", "v1"), run) == branched
    assert bring(mirror, wanted("tag", "v1"), run) == tagged


def test_an_annotated_tag_is_the_commit_behind_it(
    mirror: Mirror, repository: Repository, run: SupervisedRunner
) -> None:
    """B7: not the tag's own object, even where a tag is tagged."""
    repository.git("tag", "--annotate", "--message=One", "v1.0.0")
    repository.git("tag", "--annotate", "--message=One again", "v1", "v1.0.0")

    for name in ("v1.0.0", "v1"):
        tag = wanted("tag", name)
        assert mirror.verify(tag, run) == bring(mirror, tag, run) == repository.git("rev-parse", "HEAD")


def test_a_tag_that_was_moved_is_followed(
    mirror: Mirror, repository: Repository, run: SupervisedRunner
) -> None:
    repository.git("tag", "latest")
    bring(mirror, wanted("tag", "latest"), run)
    second = repository.commit({"index.html": "two"})
    repository.git("tag", "--force", "latest")

    assert bring(mirror, wanted("tag", "latest"), run) == second


def test_a_tag_that_is_no_commit_is_a_sentence(
    mirror: Mirror, repository: Repository, run: SupervisedRunner
) -> None:
    """B7: a tag may name a file, which can't be deployed."""
    repository.git("tag", "file", "HEAD:index.html")

    with pytest.raises(Failure, match="tag file is no commit that can be deployed"):
        bring(mirror, wanted("tag", "file"), run)


@pytest.mark.parametrize("digits", [40, 12, 7])
def test_an_abbreviated_commit_becomes_the_full_one(
    mirror: Mirror, repository: Repository, run: SupervisedRunner, digits: int
) -> None:
    """B7: of an older commit that no branch is at."""
    older = repository.git("rev-parse", "HEAD")
    repository.commit({"index.html": "two"})

    assert bring(mirror, wanted("commit", older[:digits]), run) == older


def test_a_commit_of_another_branch_is_found(
    mirror: Mirror, repository: Repository, run: SupervisedRunner
) -> None:
    repository.git("checkout", "--quiet", "-b", "feature/login")
    other = repository.commit({"login.html": ""})

    assert bring(mirror, wanted("commit", other[:10]), run) == other
    assert bring(mirror, wanted("commit", other[:10]), run, branch="no-such-branch") == other


@pytest.mark.parametrize("branch", ["main", "gone", ""])
def test_a_commit_is_found_whatever_the_branch(
    mirror: Mirror, repository: Repository, run: SupervisedRunner, branch: str
) -> None:
    commit = repository.git("rev-parse", "HEAD")

    assert bring(mirror, wanted("commit", commit[:10]), run, branch=branch) == commit


@pytest.mark.parametrize("name", ["0" * 40, "0" * 7, "deadbeef"])
def test_a_commit_that_is_nowhere_is_a_sentence(mirror: Mirror, run: SupervisedRunner, name: str) -> None:
    """B7: the hash is named."""
    with pytest.raises(Failure, match=name):
        bring(mirror, wanted("commit", name), run)


@pytest.mark.parametrize(("before", "after"), [("feature", "feature/login"), ("feature/login", "feature")])
@pytest.mark.parametrize("kind", ["branch", "tag"])
def test_a_name_may_become_a_folder_of_names(
    mirror: Mirror, repository: Repository, run: SupervisedRunner, before: str, after: str, kind: Kind
) -> None:
    """B7: a branch that is gone there is no obstacle here, though git keeps refs like files."""
    repository.git(kind, before)
    bring(mirror, wanted(kind, before), run)
    repository.git(kind, "--delete", before)
    new = repository.commit({"index.html": "two"})
    repository.git(kind, after)

    assert bring(mirror, wanted(kind, after), run) == new


def test_a_commit_is_found_though_names_became_folders(
    mirror: Mirror, repository: Repository, run: SupervisedRunner
) -> None:
    """B7: the same, where every branch has to be asked for."""
    commits = []
    for name in ("feature", "feature/login"):
        repository.git("checkout", "--quiet", "-b", name)
        commits.append(repository.commit({name + ".html": name}, message=name))
        assert bring(mirror, wanted("commit", commits[-1][:10]), run, branch="gone") == commits[-1]
        repository.git("checkout", "--quiet", "main")
        repository.git("branch", "--quiet", "--delete", "--force", name)


def test_environments_of_one_repository_share_a_mirror(
    make_mirror: MakeMirror, repository: Repository, tmp_path: Path
) -> None:
    one, two = make_mirror(repository.address), make_mirror(f"file://{repository.address}")
    other = make_mirror(str(tmp_path / "other"))

    assert one.path == two.path
    assert one.path != other.path


def test_a_fetch_that_waits_too_long_for_another_is_given_up(mirror: Mirror, run: SupervisedRunner) -> None:
    """B7: with a sentence; the lock is let go of by whoever holds it, and then it goes on."""
    hasty, wanted = replace(mirror, fetch_seconds=0.3), Wanted("branch", "main")
    commit = hasty.verify(wanted, run)
    with (
        locks.held(mirror.locks / f"mirror-{mirror.path.stem}.lock"),
        pytest.raises(Failure, match="still fetches this repository"),
    ):
        hasty.fetch(wanted, commit, "main", run)
    assert mirror.fetch(wanted, commit, "main", run) == commit

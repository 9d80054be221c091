"""Trees that a checkout would leave incomplete: submodules, and files in Git LFS."""

import os
from pathlib import Path

import pytest

from deployments.errors import Failure
from deployments.source.mirror import Mirror
from deployments.source.refs import Wanted
from tests.support.repository import Repository
from tests.support.runner import SupervisedRunner

POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    "size 12345\n"
)
TRACKED = "*.png filter=lfs diff=lfs merge=lfs -text\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    made = tmp_path / "release" / ".partial"
    made.mkdir(parents=True)
    return made


def release(mirror: Mirror, tree: Path, run: SupervisedRunner) -> int:
    wanted = Wanted("branch", "main")
    return mirror.export(mirror.fetch(wanted, mirror.verify(wanted, run), "main", run), tree, run)


def add_submodule(repository: Repository, *paths: str) -> None:
    commit = repository.git("rev-parse", "HEAD")
    for path in paths:
        repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},{path}")
    repository.git("commit", "--quiet", "--message=Submodules")


def test_a_submodule_is_a_clear_failure(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner
) -> None:
    """B7: never an empty directory in its place; the message names the path."""
    add_submodule(repository, "vendor/theme")

    with pytest.raises(Failure, match=r"has submodules \(vendor/theme\), which are not fetched"):
        release(mirror, tree, run)

    assert os.listdir(tree.parent) == [tree.name]


def test_of_many_submodules_a_few_are_named(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner
) -> None:
    add_submodule(repository, "a", "b", "c", "d", "e")

    with pytest.raises(Failure, match=r"\(a, b, c and 2 more\)"):
        release(mirror, tree, run)


def test_the_remains_of_a_submodule_are_only_a_file(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner
) -> None:
    repository.commit({".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c id\n'})

    assert release(mirror, tree, run) == 2


def test_a_pointer_to_git_lfs_is_a_clear_failure(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner
) -> None:
    """B7: never a release with pointer files presented as complete."""
    repository.commit({".gitattributes": TRACKED, "logo.png": POINTER, "deep/photo.png": POINTER})

    with pytest.raises(Failure, match=r"files in Git LFS \(deep/photo.png, logo.png\)"):
        release(mirror, tree, run)

    assert os.listdir(tree.parent) == [tree.name]


def test_attributes_of_a_folder_count_as_well(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner
) -> None:
    repository.commit({"deep/.gitattributes": TRACKED, "deep/a b.png": POINTER, "other.png": POINTER})

    with pytest.raises(Failure, match=r"files in Git LFS \(deep/a b.png\)"):
        release(mirror, tree, run)


@pytest.mark.parametrize("content", ["\x89PNG", "", "version https://git-lfs"])
def test_a_tracked_file_that_is_there_itself_is_fine(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner, content: str
) -> None:
    repository.commit({".gitattributes": TRACKED, "logo.png": content}, links={"link.png": "logo.png"})

    assert release(mirror, tree, run) == 4


def test_a_text_about_git_lfs_is_fine(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner
) -> None:
    """Only where the attributes say so is it a pointer."""
    repository.commit({"docs/example.txt": POINTER})

    assert release(mirror, tree, run) == 2

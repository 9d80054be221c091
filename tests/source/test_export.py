"""The release's content is exactly the commit's tree (B4)."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from deployments.errors import Failure
from deployments.source.mirror import Mirror
from deployments.source.refs import Wanted
from tests.support.repository import IDENTITY, Repository
from tests.support.runner import SupervisedRunner

Content = dict[str, tuple[str, bytes]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    made = tmp_path / "release" / ".deployment_1.aaaaaaaa.partial"
    made.mkdir(parents=True)
    return made


def release(mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner) -> int:
    """Export what `main` is at; returns the number of files."""
    wanted = Wanted("branch", "main")
    return mirror.export(mirror.fetch(wanted, mirror.verify(wanted, run), "main", run), tree, run)


def content(root: Path) -> Content:
    """Every path below `root` that is no directory: its kind, and its bytes or its target."""
    found: Content = {}
    for folder, folders, names in os.walk(os.fsencode(root)):
        for name in (*names, *folders):
            path = os.path.join(folder, name)
            shown = os.fsdecode(os.path.relpath(path, os.fsencode(root)))
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                found[shown] = ("link", os.readlink(path))
            elif stat.S_ISREG(status.st_mode):
                kind = "executable" if status.st_mode & stat.S_IXUSR else "file"
                with open(path, "rb") as handle:
                    found[shown] = (kind, handle.read())
    return found


def committed(repository: Repository) -> Content:
    """The tree of `HEAD`, read object by object."""
    kinds = {"100644": "file", "100755": "executable", "120000": "link"}
    found: Content = {}
    for entry in repository.git("ls-tree", "-r", "-z", "HEAD").split("\0"):
        if entry:
            head, path = entry.split("\t", 1)
            mode, _type, name = head.split()
            blob = subprocess.run(
                ["git", "-C", repository.address, "cat-file", "blob", name], check=True, capture_output=True
            )
            found[path] = (kinds[mode], blob.stdout)
    return found


def test_a_release_is_the_commits_tree_byte_for_byte(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner
) -> None:
    """B4: names, bytes, symbolic links and executable bits."""
    repository.commit(
        {
            "binary": bytes(range(256)) * 100,
            "empty": b"",
            "no newline": "x",
            "dos.txt": b"a\r\nb\r\n",
            ".env": "FROM=repository\n",
            ".gitignore": "*\n",
            "deep/er/est/file": "deep",
            "artisan": "#!/usr/bin/env php\n",
            "-rf": "an option?",
            "new\nline": "",
            "“quoted” \"name\" 'é'": "é",
            os.fsdecode(b"latin-\xe9"): "not UTF-8",
        },
        executable=("artisan",),
        links={"to file": "artisan", "to folder": "deep/er", "to nowhere": "/no/where", "up": "../../.."},
    )

    files = release(mirror, repository, tree, run)

    assert content(tree) == committed(repository)
    assert files == len(committed(repository)) == 17


def test_attributes_drop_and_expand_nothing(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner
) -> None:
    """B4: `export-ignore` and `export-subst` are git-archive's, and so is what they lose."""
    repository.commit(
        {
            ".gitattributes": "tests/** export-ignore\n.gitattributes export-ignore\nVERSION export-subst\n",
            "tests/test.php": "kept",
            "VERSION": "$Format:%H$\n",
        }
    )

    release(mirror, repository, tree, run)

    assert content(tree) == committed(repository)
    assert content(tree)["VERSION"] == ("file", b"$Format:%H$\n")


def test_line_endings_are_what_a_fresh_pull_would_give(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner, tmp_path: Path
) -> None:
    """B4: where attributes ask for a conversion, a pull makes it, and so does a release."""
    repository.write({".gitattributes": "*.bat eol=crlf\nid.txt ident\n"})
    repository.commit({"run.bat": "a\nb\n", "id.txt": "$Id$\n", "plain.txt": "a\n"})

    release(mirror, repository, tree, run)

    environment = {**os.environ, **IDENTITY}
    subprocess.run(["git", "clone", "-q", repository.address, tmp_path / "pull"], env=environment, check=True)
    pulled = {path: kind for path, kind in content(tmp_path / "pull").items() if path[:5] != ".git/"}
    assert content(tree) == pulled
    assert pulled["run.bat"] == ("file", b"a\r\nb\r\n")


def test_no_trace_of_git_is_left(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner
) -> None:
    """B4: no `.git`, and no index beside the release."""
    release(mirror, repository, tree, run)

    assert os.listdir(tree) == ["index.html"]
    assert os.listdir(tree.parent) == [tree.name]


def test_modes_are_right_at_birth(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner
) -> None:
    """B21: git runs under umask 0002 as well, so that the sweep has little to mend."""
    repository.commit({"artisan": "", "app/x": ""}, executable=("artisan",))

    release(mirror, repository, tree, run)

    modes = {name: oct(stat.S_IMODE((tree / name).stat().st_mode)) for name in ("artisan", "app/x", "app")}
    assert modes == {"artisan": "0o775", "app/x": "0o664", "app": "0o775"}


def test_an_older_commit_is_exported_as_it_was(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner
) -> None:
    older = repository.git("rev-parse", "HEAD")
    repository.commit({"index.html": "two", "added.html": ""})
    wanted = Wanted("commit", older)

    mirror.export(mirror.fetch(wanted, None, "main", run), tree, run)

    assert content(tree) == {"index.html": ("file", b"<h1>One</h1>\n")}


def test_a_commit_without_files_is_an_empty_release(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner
) -> None:
    repository.git("rm", "--quiet", "index.html")
    repository.commit()

    assert release(mirror, repository, tree, run) == 0
    assert os.listdir(tree) == []


@pytest.mark.parametrize("folder", [".git", ".GIT", ".."])
def test_a_tree_that_would_leave_the_release_is_refused(
    mirror: Mirror, repository: Repository, tree: Path, run: SupervisedRunner, folder: str
) -> None:
    """B4: git checks paths, and here nothing switches that off."""
    blob = repository.git("hash-object", "-w", "--stdin", input=b"payload")
    inner = repository.git("mktree", input=f"100644 blob {blob}\tconfig\n".encode())
    outer = repository.git("mktree", input=f"040000 tree {inner}\t{folder}\n".encode())
    commit = repository.git("commit-tree", outer, "-m", "Evil")
    repository.git("update-ref", "refs/heads/main", commit)

    with pytest.raises(Failure, match="git could not"):
        release(mirror, repository, tree, run)

    assert os.listdir(tree) == []
    assert os.listdir(tree.parent) == [tree.name]


def test_a_commit_that_is_not_here_is_a_sentence(mirror: Mirror, tree: Path, run: SupervisedRunner) -> None:
    mirror.fetch(Wanted("branch", "main"), mirror.verify(Wanted("branch", "main"), run), "main", run)

    with pytest.raises(Failure, match="git could not write the release"):
        mirror.export("0" * 40, tree, run)

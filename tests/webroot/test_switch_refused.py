"""What `current` is not switched to, and what is never switched away."""

import os
from pathlib import Path

import pytest

from deployments.errors import Failure
from deployments.webroot.layout import Layout
from deployments.webroot.switch import current_release, live_release, switch
from tests.webroot.preparing import prepare
from tests.webroot.unprivileged import as_ordinary_user


@pytest.mark.parametrize("target", ["/", "..", "release", "storage", "release/a/b", "../elsewhere/release/x"])
def test_a_link_out_of_the_releases_is_not_ours_to_move(
    layout: Layout, releases: tuple[Path, Path], target: str
) -> None:
    """B9: it stays where it points, and the message says how to go on."""
    layout.current.symlink_to(target)

    with pytest.raises(Failure, match=r"is no release of this environment.*rm "):
        switch(layout, releases[0])

    assert os.readlink(layout.current) == target


def test_a_file_in_the_links_place_is_not_overwritten(layout: Layout, releases: tuple[Path, Path]) -> None:
    """B9: what somebody put there stays, and the message says how to move it away."""
    layout.current.write_text("precious")

    with pytest.raises(Failure, match=r"is not a symbolic link.*mv "):
        switch(layout, releases[0])

    assert layout.current.read_text() == "precious"


def test_a_directory_in_the_links_place_is_not_overwritten(
    layout: Layout, releases: tuple[Path, Path]
) -> None:
    """B9: a site that was uploaded by hand stays as it is."""
    layout.current.mkdir()
    (layout.current / "index.html").write_text("precious")

    with pytest.raises(Failure, match="is not a symbolic link"):
        switch(layout, releases[0])

    assert (layout.current / "index.html").read_text() == "precious"


def test_a_webroot_that_is_a_file_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("")

    with pytest.raises(Failure, match="is not a directory"):
        current_release(Layout(tmp_path / "shop"))


def test_a_release_that_is_not_there_is_not_switched_to(layout: Layout, releases: tuple[Path, Path]) -> None:
    """B6: `current` never dangles."""
    switch(layout, releases[0])

    with pytest.raises(Failure, match="is not there"):
        switch(layout, layout.release(3, "c" * 40))

    assert live_release(layout) == releases[0]


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_no_directory_is_not_switched_to(
    layout: Layout, releases: tuple[Path, Path], kind: str
) -> None:
    """B6: not even a link to a complete release."""
    impostor = layout.release(3, "c" * 40)
    if kind == "file":
        impostor.write_text("")
    else:
        impostor.symlink_to(releases[0])

    with pytest.raises(Failure, match="is not there"):
        switch(layout, impostor)

    assert current_release(layout) is None


def test_a_tree_that_is_not_complete_is_never_switched_to(
    layout: Layout, releases: tuple[Path, Path]
) -> None:
    """B6: a draft, another environment's release and a plain directory are a fault of the program."""
    draft = layout.draft(releases[0])
    elsewhere = layout.root / "staging" / "release" / releases[0].name
    for candidate in (draft, elsewhere, layout.releases / "other", layout.root, layout.storage):
        candidate.mkdir(parents=True, exist_ok=True)
        with pytest.raises(ValueError, match="is no release of"):
            switch(layout, candidate)

    assert current_release(layout) is None


def test_a_webroot_that_cannot_be_written_is_a_sentence(open_directory: Path) -> None:
    """B9: the old link stays, and the message says so."""
    layout = Layout(open_directory / "shop")
    prepare(layout)
    releases = layout.release(1, "a" * 40), layout.release(2, "b" * 40)
    for release in releases:
        release.mkdir()
    switch(layout, releases[0])
    layout.root.chmod(0o555)

    with pytest.raises(Failure, match=r"could not be switched: Permission denied\. It still points"):
        as_ordinary_user(lambda: switch(layout, releases[1]))

    assert live_release(layout) == releases[0]
    layout.root.chmod(0o755)

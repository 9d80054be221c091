"""Where everything lies: names, paths, and the webroots that are refused."""

from pathlib import Path

import pytest

from deployments.errors import Failure
from deployments.webroot.layout import (
    RELEASE_NAME,
    RESERVED_NAMES,
    SYSTEM_DIRECTORIES,
    Layout,
    check_environment_name,
    check_webroot,
    release_name,
)

COMMIT = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
WEBROOT = Path("/srv/shop")


def test_a_release_is_named_by_its_number_and_eight_characters_of_the_commit() -> None:
    """B1: `<environment root>/release/deployment_<sequence>.<short commit>`."""
    layout = Layout.of(WEBROOT, "production")

    assert layout.release(42, COMMIT) == WEBROOT / "release" / "deployment_42.1a2b3c4d"


@pytest.mark.parametrize("sequence", [1, 9, 10, 123456])
def test_a_name_that_was_made_reads_back_as_what_it_was_made_of(sequence: int) -> None:
    """B1: the number and the commit can be told from the name."""
    found = RELEASE_NAME.fullmatch(release_name(sequence, COMMIT))

    assert found is not None
    assert (int(found["sequence"]), found["commit"]) == (sequence, COMMIT[:8])


@pytest.mark.parametrize(
    "name",
    [
        "deployment_0.1a2b3c4d",
        "deployment_01.1a2b3c4d",
        "deployment_1.1a2b3c4",
        "deployment_1.1a2b3c4d5",
        "deployment_1.1A2B3C4D",
        "deployment_1.1a2b3c4d\n",
        "deployment_1.1a2b3c4d.partial",
        ".deployment_1.1a2b3c4d.partial",
        "deployment_-1.1a2b3c4d",
        "deployment_1",
        "",
    ],
)
def test_what_is_no_release_does_not_bear_a_releases_name(name: str) -> None:
    assert RELEASE_NAME.fullmatch(name) is None


def test_a_draft_never_bears_a_releases_name() -> None:
    """B6: nothing can take a tree that is still growing for a release."""
    layout = Layout.of(WEBROOT, "production")
    release = layout.release(7, COMMIT)

    assert layout.draft(release).parent == release.parent
    assert RELEASE_NAME.fullmatch(layout.draft(release).name) is None


def test_production_lives_at_the_webroot_itself() -> None:
    """B2: and only production does."""
    assert Layout.of(WEBROOT, "production").root == WEBROOT


@pytest.mark.parametrize("name", ["staging", "production2", "qa-1", "a", "review_42", "0"])
def test_every_other_environment_lives_below_the_webroot(name: str) -> None:
    """B2: `<webroot>/<name>`."""
    assert Layout.of(WEBROOT, name).root == WEBROOT / name


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_an_environment_cannot_bear_the_name_of_a_directory_of_production(name: str) -> None:
    """B2: its root would be a directory that production holds."""
    with pytest.raises(Failure, match=f"“{name}” is the name of a directory"):
        Layout.of(WEBROOT, name)


def test_the_reserved_names_are_all_that_an_environment_holds() -> None:
    """B3: none of the directories or the link can be an environment's name."""
    layout = Layout.of(WEBROOT, "production")
    held = {path.relative_to(WEBROOT).parts[0] for path in layout.directories if path != WEBROOT}

    assert held | {layout.current.name} == RESERVED_NAMES


def test_an_environment_holds_what_it_should() -> None:
    """B3: the directories of an environment's root."""
    layout = Layout.of(WEBROOT, "staging")
    root = WEBROOT / "staging"
    inside = ("release", "storage", "storage/public", "logs", "node_modules", "vendor")

    assert set(layout.directories) == {root, *(root / name for name in inside)}
    assert layout.current == root / "current"


@pytest.mark.parametrize("name", [".", "..", "../x", ".git", ".hidden", ".current.12"])
def test_a_name_that_begins_with_a_dot_is_refused(name: str) -> None:
    """B2: `.`-names are refused, and the message says that the dot is why."""
    with pytest.raises(Failure, match="begins with a dot"):
        check_environment_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a/b",
        "a/../b",
        "/etc",
        "-x",
        "x-",
        "_x",
        "Staging",
        "STAGING",
        "sta ging",
        " staging",
        "staging\n",
        "sta\0ging",
        "stäging",
        "ｓtaging",
        "٣",
        "sta.ging",
        "$HOME",
        "a;b",
        "x" * 64,
    ],
)
def test_a_name_that_is_no_slug_is_refused(name: str) -> None:
    """B2: an environment is a slug, so that its name is always one directory of the webroot."""
    with pytest.raises(Failure, match="lower-case letters, digits"):
        check_environment_name(name)


def test_the_longest_name_is_accepted() -> None:
    name = "x" * 63

    assert check_environment_name(name) == name


@pytest.mark.parametrize("path", ["/srv/shop", "/srv/shop/", "/home/ada/shop", "/var/www/shop", "/data"])
def test_a_directory_of_the_applications_own_is_a_webroot(path: str) -> None:
    assert check_webroot(path) == Path(path)


@pytest.mark.parametrize("path", sorted(map(str, SYSTEM_DIRECTORIES)))
@pytest.mark.parametrize("spelling", ["{}", "{}/", "/{}", "///{}", "/.{}", "{}/."])
def test_no_spelling_of_a_system_directory_is_a_webroot(path: str, spelling: str) -> None:
    with pytest.raises(Failure, match="belongs to the system"):
        check_webroot(spelling.format(path))


@pytest.mark.parametrize("path", ["/proc/self/cwd", "//proc/self/cwd", "/proc/1/root/srv"])
def test_nothing_below_proc_is_a_webroot(path: str) -> None:
    with pytest.raises(Failure, match="belongs to the system"):
        check_webroot(path)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "absolute path"),
        ("srv/shop", "absolute path"),
        ("./shop", "absolute path"),
        ("~/shop", "absolute path"),
        (" /srv/shop", "absolute path"),
        ("/srv/../etc", "“..” in it"),
        ("/srv/shop/..", "“..” in it"),
        ("/srv/sh\nop", "control character"),
        ("/srv/shop\0", "control character"),
        ("/srv/shop\x7f", "control character"),
    ],
)
def test_what_is_no_plain_absolute_path_is_no_webroot(path: str, reason: str) -> None:
    with pytest.raises(Failure, match=reason):
        check_webroot(path)

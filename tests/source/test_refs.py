"""Branches, tags and commits: what git would take for one, and nothing that reads as another."""

import os
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deployments.errors import Failure
from deployments.source.refs import Kind, Wanted, wanted

HASH = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
REFS: tuple[Kind, ...] = ("branch", "tag")


@pytest.mark.parametrize("kind", REFS)
@pytest.mark.parametrize(
    "name", ["main", "feature/login", "v1.2.3", "a-b", "größe", "日本", "x@y", "HEAD", "deadbeef", "a.lock.b"]
)
def test_a_name_that_git_takes_is_accepted(kind: Kind, name: str) -> None:
    assert wanted(kind, name) == Wanted(kind, name)
    assert wanted(kind, f" {name}\n") == Wanted(kind, name)


def test_a_branch_and_a_tag_of_one_name_are_different_refs() -> None:
    """B7: always the full ref, since git would take the tag."""
    assert wanted("branch", "release").ref == "refs/heads/release"
    assert wanted("tag", "release").ref == "refs/tags/release"


@pytest.mark.parametrize("kind", REFS)
@pytest.mark.parametrize("name", ["-x", "--upload-pack=id", "-", "--", "--end-of-options"])
def test_a_name_that_git_could_read_as_an_option_is_refused(kind: Kind, name: str) -> None:
    with pytest.raises(Failure, match="can't begin with “-”"):
        wanted(kind, name)


@pytest.mark.parametrize("name", ["refs/heads/main", "refs/tags/v1", "refs/x", "refs/"])
def test_a_full_ref_is_refused_and_the_short_one_named(name: str) -> None:
    short = name.split("/", 2)[-1]
    with pytest.raises(Failure, match=f"Give the branch's short name: “{short}”"):
        wanted("branch", name)


@pytest.mark.parametrize("kind", REFS)
@pytest.mark.parametrize(
    "name",
    [
        "a b", "a\udcffb", "a\tb", "a\nb", "a\0b", "a\x7fb", "a~1", "a^", "a^{}", "a:b", "+a:b", "a?", "a*", "a[b", "a\\b",
        "a..b", "..", "../x", "a@{1}", "@", "@{-1}", "a//b", "/a", "a/", "a.", ".a", "a/.b", "a.lock",
        "a.lock/b", "/", "main:refs/heads/x",
    ],
)  # fmt: skip
def test_a_name_that_no_ref_can_bear_is_refused(kind: Kind, name: str) -> None:
    with pytest.raises(Failure, match=f"can't be the name of a {kind}"):
        wanted(kind, name)


@pytest.mark.parametrize("kind", REFS)
@pytest.mark.parametrize("name", ["", "  ", "\n"])
def test_a_name_is_needed(kind: Kind, name: str) -> None:
    with pytest.raises(Failure, match=f"The {kind}'s name is needed"):
        wanted(kind, name)


PIECES = st.text(max_size=12) | st.sampled_from(
    ["/", "//", ".", "..", "@", "@{", ".lock", "-", "refs/", "heads/", "~", "^", ":", "\\", "*", "a", "é"]
)


@given(st.lists(PIECES, min_size=1, max_size=5).map("".join))
@example("a/.lock")
@example("@/@")
def test_whatever_is_accepted_git_accepts_as_well(name: str) -> None:
    """B7: git-check-ref-format(1) has the last word on the full ref."""
    try:
        ref = wanted("branch", name).ref
    except Failure:
        return
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    checked = subprocess.run(["git", "check-ref-format", ref], env=environment, check=False)

    assert checked.returncode == 0, ref


@pytest.mark.parametrize("digits", [HASH, HASH[:7], HASH[:12].upper(), f" {HASH} \n"])
def test_a_commit_takes_seven_to_forty_digits(digits: str) -> None:
    found = wanted("commit", digits)

    assert found == Wanted("commit", digits.strip().lower())


@pytest.mark.parametrize(
    "digits",
    [
        "", HASH[:6], HASH + "0", "g" * 40, "HEAD", "main", "HEAD~1", "-" + HASH[:10], HASH[:8] + "^",
        HASH[:20] + "\n" + HASH[:19], "１２３４５６７８", "0x1a2b3c4d",
    ],
)  # fmt: skip
def test_what_is_no_hash_is_no_commit(digits: str) -> None:
    with pytest.raises(Failure, match="7 to 40 hexadecimal digits"):
        wanted("commit", digits)


@pytest.mark.parametrize(("kind", "name"), [("branch", "main"), ("tag", "v1"), ("commit", HASH)])
def test_it_reads_as_a_person_says_it(kind: Kind, name: str) -> None:
    assert str(wanted(kind, name)) == f"{kind} {name}"

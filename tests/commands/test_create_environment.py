"""`manage.py create_environment`: the contract of DESIGN.md, and bad input."""

from pathlib import Path

import pytest
from pytest_django import Settings

from deployments.models import Environment, Instance
from tests.commands.conftest import Run


def test_an_environment_is_made(db: None, run: Run, tmp_path: Path) -> None:
    """B2: with its application; and it says what to do next."""
    webroot = str(tmp_path / "blog")
    ran = run("create_environment", "blog/staging", "--repository", "https://example.org/blog.git",
              "--branch", "next", "--webroot", webroot)  # fmt: skip
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == (
        f"blog/staging is there; it will live in {webroot}/staging.\nDeploy it: manage.py deploy blog/staging\n"
    )
    made = Environment.objects.named("blog/staging")
    assert (made.repository, made.branch) == ("https://example.org/blog.git", "next")


def test_a_webroot_and_a_branch_have_defaults(db: None, run: Run, settings: Settings, tmp_path: Path) -> None:
    settings.AMEZMO_WEBROOTS = str(tmp_path / "www")
    assert run("create_environment", "blog/production", "--repository", "/srv/git/blog.git").status == 0
    made = Environment.objects.get()
    assert (made.branch, made.layout.root) == ("main", tmp_path / "www" / "blog")


def test_a_second_one_joins_its_application(production: Environment, run: Run) -> None:
    assert run("create_environment", "shop/staging", "--repository", "/srv/git/shop.git").status == 0
    assert Instance.objects.get().environments.count() == 2


@pytest.mark.parametrize(
    ("label", "options", "told"),
    [
        ("blog", [], "Name both, with a slash between them: shop/production."),
        ("blog/release", [], "name: “release” is the name of a directory"),
        ("blog/../x", [], "name: “../x” begins with a dot"),
        ("blog/.x", [], "name: “.x” begins with a dot"),
        ("blog/", [], "name: This field cannot be blank."),
        ("/production", [], "name: This field cannot be blank."),
        ("Blog/production", [], "name: A name is made of lower-case letters"),
        ("blog/production", ["--branch=-x"], "branch: A branch's name can't begin with “-”"),
        ("blog/production", ["--branch="], "branch: This field cannot be blank."),
        ("blog/production", ["--webroot=srv/blog"], "webroot: The webroot has to be an absolute path"),
        ("blog/production", ["--webroot=/"], "webroot: / belongs to the system."),
        ("blog/production", ["--repository=ext::sh -c x"], "repository: "),
        (
            "blog/production",
            ["--repository=--upload-pack=x"],
            "repository: A repository's address can't begin",
        ),
        (
            "blog/production",
            ["--repository=https://a:b@example.org/x.git"],
            "repository: The address has a password",
        ),
        ("shop/production", [], "This application has an environment of that name already."),
        ("shop/staging", ["--webroot=/srv/elsewhere"], "an environment of it can't live elsewhere."),
    ],
)
def test_bad_input_is_told_in_a_sentence(
    production: Environment, run: Run, label: str, options: list[str], told: str
) -> None:
    """B2, B7: exit status 2, which field it is, and nothing is left behind."""
    ran = run("create_environment", label, "--repository=/srv/git/blog.git", "--webroot=", *options)
    assert ran.status == 2
    assert told in ran.told
    assert "__all__" not in ran.told
    assert ran.out == ""
    assert Environment.objects.count() == Instance.objects.count() == 1

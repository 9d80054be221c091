"""What instances, environments and hooks accept, and the sentence for what they don't."""

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from deployments.models import Environment, Hook, Instance


def errors_of(thing: Instance | Environment | Hook) -> dict[str, list[str]]:
    """The errors of a row by field: none if it is accepted."""
    try:
        thing.full_clean()
    except ValidationError as error:
        return error.message_dict
    return {}


def an_environment(instance: Instance, **fields: str) -> Environment:
    return Environment(
        **{"instance": instance, "name": "staging", "repository": "/srv/git/shop.git", **fields}
    )


@pytest.mark.parametrize("name", ["release", "storage", "logs", "node_modules", "vendor", "current"])
def test_an_environment_cannot_bear_the_name_of_a_directory(production: Environment, name: str) -> None:
    """B2, B3: it would lie in the webroot beside those."""
    (sentence,) = errors_of(an_environment(production.instance, name=name))["name"]
    assert f"“{name}” is the name of a directory" in sentence


@pytest.mark.parametrize(
    "name", [".x", "..", "../x", "x/../../y", "x/y", "X", "a b", "-x", "x-", "é", "x\n", "a" * 64, "x\0"]
)
def test_an_environment_cannot_bear_a_name_that_is_no_slug(production: Environment, name: str) -> None:
    """B2: names that begin with a dot, climb, or can't be a directory's."""
    assert set(errors_of(an_environment(production.instance, name=name))) == {"name"}


@pytest.mark.parametrize("name", ["staging", "x", "pull-42", "eu_west_1", "a" * 63])
def test_any_slug_is_an_environments_name(production: Environment, name: str) -> None:
    """B2: every other environment lives at <webroot>/<name>."""
    environment = an_environment(production.instance, name=name)
    assert errors_of(environment) == {}
    assert environment.layout.root == Path(production.instance.webroot) / name


def test_an_application_has_an_environment_of_one_name_once(production: Environment) -> None:
    """B2: both would live in one directory."""
    twin = an_environment(production.instance, name="production")
    assert errors_of(twin) == {"__all__": ["This application has an environment of that name already."]}


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ext::sh -c x", "white space"),
        ("ext::sh", "run programs and are never accepted"),
        ("--upload-pack=x", "git would take it for an option"),
        ("https://ada:secret@example.org/shop.git", "has a password or token in it"),
        ("https://token@example.org/shop.git", "has a password or token in it"),
        ("ssh://-oProxyCommand=x/shop.git", "names no host"),
        ("git@example.org:-x", "can't begin with “-”"),
        ("http://example.org/shop.git", "does not fetch over http"),
        ("git://example.org/shop.git", "does not fetch over git"),
        ("shop.git", "is no repository's address"),
        ("https://example.org/", "names no repository"),
        ("/srv/shop\n.git", "white space or a control character"),
    ],
)
def test_a_repository_that_is_none_is_refused(production: Environment, address: str, reason: str) -> None:
    """B7: before anything is queued, with a sentence, and never with the password in it."""
    errors = errors_of(an_environment(production.instance, repository=address))
    assert set(errors) == {"repository"}
    assert reason in errors["repository"][0]
    assert "secret" not in errors["repository"][0]


def test_an_installation_decides_which_protocols_it_takes(
    production: Environment, settings: Settings
) -> None:
    """A path is accepted until the installation drops `file`."""
    assert errors_of(production) == {}
    settings.AMEZMO_GIT_PROTOCOLS = ("https", "ssh")
    (sentence,) = errors_of(production)["repository"]
    assert "does not fetch over file (it accepts https, ssh)" in sentence


@pytest.mark.parametrize("branch", ["-x", "--force", "a..b", "refs/heads/main", "a b", "x.lock", "@"])
def test_a_branch_that_git_would_not_take_is_refused(production: Environment, branch: str) -> None:
    """B7"""
    assert set(errors_of(an_environment(production.instance, branch=branch))) == {"branch"}


def test_what_surrounds_a_name_is_taken_off(production: Environment) -> None:
    environment = an_environment(production.instance, branch=" main ", repository=" /srv/git/shop.git ")
    assert errors_of(environment) == {}
    assert (environment.branch, environment.repository) == ("main", "/srv/git/shop.git")


@pytest.mark.parametrize("webroot", ["srv/shop", "", "~/shop", "./shop"])
def test_a_relative_webroot_is_refused(db: None, webroot: str) -> None:
    assert "webroot" in errors_of(Instance(name="shop", webroot=webroot))


@pytest.mark.parametrize("webroot", ["/", "//", "/etc", "//etc", "/usr/local/", "/srv/../etc", "/srv/a\nb"])
def test_a_webroot_of_the_system_is_refused(db: None, webroot: str) -> None:
    assert set(errors_of(Instance(name="shop", webroot=webroot))) == {"webroot"}


@pytest.mark.parametrize("webroot", ["/srv/shop/", "/srv//shop", "//srv/shop", "/srv/./shop"])
def test_a_webroot_is_kept_in_one_spelling(db: None, webroot: str) -> None:
    """Otherwise one directory could be two applications' webroot."""
    instance = Instance(name="shop", webroot=webroot)
    assert errors_of(instance) == {}
    assert instance.webroot == "/srv/shop"


@pytest.mark.parametrize("below", ["", "/x", "/release/x", "/../{name}/x"])
@pytest.mark.parametrize("slashes", ["", "/"])
def test_a_webroot_in_anothers_is_refused(production: Environment, below: str, slashes: str) -> None:
    """B2, B3: two applications in one another would remove each other's releases."""
    taken = Path(production.instance.webroot)
    inside = slashes + str(taken) + below.format(name=taken.name)
    assert set(errors_of(Instance(name="blog", webroot=inside))) == {"webroot"}


def test_a_webroot_around_anothers_is_refused(production: Environment) -> None:
    """B2, B3: the other way round is as bad."""
    around = Instance(name="blog", webroot=str(Path(production.instance.webroot).parent))
    (sentence,) = errors_of(around)["webroot"]
    assert "shop's webroot" in sentence


def test_webroots_beside_one_another_are_fine(production: Environment) -> None:
    """A common beginning is not a common directory; and a row is no rival of itself."""
    assert errors_of(Instance(name="blog", webroot=production.instance.webroot + "-blog")) == {}
    assert errors_of(production.instance) == {}


def test_the_same_path_below_another_clusters_webroot_is_another_hosts(production: Environment) -> None:
    elsewhere = Instance(name="blog", webroot=production.instance.webroot + "/blog", cluster="other-host")
    assert errors_of(elsewhere) == {}


@pytest.mark.parametrize("name", ["Shop", "shop_1", "-shop", "shop-", "a/b", "..", "", "shöp", "shop\n"])
def test_an_applications_name_is_a_slug(db: None, name: str) -> None:
    assert set(errors_of(Instance(name=name, webroot="/srv/shop"))) == {"name"}

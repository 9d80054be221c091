"""Making an environment and changing it: real forms, and errors beside their fields."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponseBase
from pytest_django import Settings

from deployments.models import Environment, Instance
from tests.support.cast import grant, signed_in
from tests.support.forms import alerts, errors, values
from tests.support.history import an_operation
from tests.support.html import parse

NEW, SETTINGS = "/environments/new", "/environments/shop/production/settings"


@pytest.fixture
def cora(db: None) -> User:
    """May create and configure; is no administrator."""
    return grant(User.objects.create(username="cora"), "add_environment", "change_environment")


def create(person: User, **fields: str) -> HttpResponseBase:
    sound = {"application": "blog", "name": "production", "repository": "/srv/git/blog.git", "branch": "main",
             "app_type": "other", "webroot": "/srv/blog"}  # fmt: skip
    return signed_in(person).post(NEW, {**sound, **fields})


def test_an_environment_is_made_with_its_application(cora: User) -> None:
    """B2: and one is led to it, and told what to do next."""
    browser = signed_in(cora)
    response = browser.post(
        NEW,
        {"application": "blog", "name": "staging", "repository": " https://example.org/blog.git ", "branch": "next",
         "app_type": "php", "webroot": "/srv/blog/", "app_domain": "blog.example.org", "keep_executable": "on"},
    )  # fmt: skip
    assert response.status_code == 302
    assert response["Location"] == "/environments/blog/staging/"
    made = Environment.objects.named("blog/staging")
    assert (made.repository, made.branch, made.app_type) == ("https://example.org/blog.git", "next", "php")
    assert (made.app_domain, made.keep_executable) == ("blog.example.org", True)
    assert made.layout.root == Path("/srv/blog/staging")
    page = parse(browser.get(response["Location"]))
    assert page.one("p", class_="success").text == "blog/staging is there. Deploy it now, or add hooks first."


def test_a_second_environment_joins_its_application(production: Environment, cora: User) -> None:
    """Its webroot is known; the page offers the applications that there are."""
    page = parse(signed_in(cora).get(NEW))
    assert [each.attributes["value"] for each in page.one("datalist").all("option")] == ["shop"]
    assert create(cora, application="shop", name="staging", webroot="").status_code == 302
    assert Instance.objects.get().environments.count() == 2


def test_a_webroot_has_a_default(cora: User, settings: Settings, tmp_path: Path) -> None:
    """The one that the field shows while it is empty."""
    settings.AMEZMO_WEBROOTS = str(tmp_path / "www")
    page = parse(signed_in(cora).get(NEW))
    assert page.one("input", name="webroot").attributes["placeholder"] == f"{tmp_path}/www/shop"
    assert create(cora, webroot="").status_code == 302
    assert Instance.objects.get().webroot == f"{tmp_path}/www/blog"


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "release", "is the name of a directory that every environment holds"),
        ("name", "x/../y", "An environment's name is up to 63 lower-case letters"),
        ("name", "../x", "begins with a dot"),
        ("name", "", "This field is required."),
        ("repository", "ext::sh -c x", "white space"),
        ("repository", "ext::x", "run programs and are never accepted"),
        ("repository", "--upload-pack=x", "git would take it for an option"),
        ("repository", "https://a:secret@example.org/x.git", "has a password or token in it"),
        ("repository", "", "This field is required."),
        ("branch", "-x", "can't begin with “-”"),
        ("branch", "", "This field is required."),
        ("webroot", "srv/blog", "has to be an absolute path"),
        ("webroot", "/", "belongs to the system"),
        ("webroot", "/etc", "belongs to the system"),
        ("application", "Blog", "A name is made of lower-case letters"),
        ("application", "../blog", "A name is made of lower-case letters"),
        ("application", "", "This field is required."),
        ("app_type", "cobol", "cobol is not one of the available choices"),
        ("branch", "a\0b", "Null characters are not allowed"),
    ],
)
def test_a_field_that_is_wrong_has_its_error_beside_it(cora: User, field: str, value: str, told: str) -> None:
    """B2, B7: beside it alone; 422, nothing is saved, and what was typed is kept."""
    response = create(cora, **{field: value})
    assert response.status_code == 422
    found = errors(response)
    assert set(found) == {field}
    assert told in found[field]
    assert "Nothing was saved: 1 field below needs another look." in alerts(response)
    if "\0" not in value and field != "app_type":
        assert values(parse(response))[field] == value
    assert not Instance.objects.exists()


def test_a_required_field_says_so_once(cora: User) -> None:
    """Not again in the words of the check that never saw a value."""
    response = create(cora, name="", repository="", branch="", application="")
    assert set(errors(response).values()) == {"This field is required."}
    assert "Nothing was saved: 4 fields below need another look." in alerts(response)


def test_a_webroot_in_anothers_is_told_beside_the_field(production: Environment, cora: User) -> None:
    """B2, B3"""
    response = create(cora, webroot=f"{production.instance.webroot}/blog")
    assert response.status_code == 422
    assert "would lie in one another" in errors(response)["webroot"]


def test_an_application_lives_at_one_webroot(production: Environment, cora: User) -> None:
    response = create(cora, application="shop", name="staging", webroot="/srv/elsewhere")
    assert response.status_code == 422
    assert f"shop lives at {production.instance.webroot}" in errors(response)["webroot"]
    assert Environment.objects.count() == 1


def test_a_name_that_is_taken_is_told(production: Environment, cora: User) -> None:
    response = create(cora, application="shop", name="production", webroot="")
    assert response.status_code == 422
    assert "This application has an environment of that name already." in alerts(response)


def test_settings_show_what_is_and_save_what_was_changed(production: Environment, cora: User) -> None:
    """And say from when on it applies; a running deployment goes on with what it began with (B7)."""
    queued = an_operation(production, "pending")
    browser = signed_in(cora)
    sent = values(parse(browser.get(SETTINGS)))
    assert (sent["repository"], sent["branch"]) == (production.repository, "main")
    Environment.objects.update(last_sequence=41)
    response = browser.post(SETTINGS, {**sent, "branch": "next", "keep_executable": "on"})
    assert response["Location"] == SETTINGS
    production.refresh_from_db()
    assert (production.branch, production.keep_executable, production.last_sequence) == ("next", True, 41)
    queued.refresh_from_db()
    assert queued.branch == "main"
    page = parse(browser.get(SETTINGS))
    assert page.one("p", class_="success").text == "Saved. It applies from the next deployment on."
    assert "checked" in page.one("input", name="keep_executable").attributes


@pytest.mark.parametrize(
    ("field", "value"), [("repository", "ext::x"), ("branch", "-x"), ("branch", ""), ("app_type", "x")]
)
def test_settings_that_are_wrong_are_not_saved(
    production: Environment, cora: User, field: str, value: str
) -> None:
    browser = signed_in(cora)
    response = browser.post(SETTINGS, {**values(parse(browser.get(SETTINGS))), field: value})
    assert response.status_code == 422
    assert set(errors(response)) == {field}
    assert parse(response).one("h1").text == "shop/production"
    stored = Environment.objects.get()
    assert (stored.repository, stored.branch, stored.app_type) == (production.repository, "main", "other")


def test_what_a_form_does_not_show_cannot_be_changed_with_it(production: Environment, cora: User) -> None:
    """Its name and its application above all: releases on disk carry them (B2)."""
    browser = signed_in(cora)
    sent = {**values(parse(browser.get(SETTINGS))), "name": "other", "instance": "99", "last_sequence": "7"}
    assert browser.post(SETTINGS, sent).status_code == 302
    stored = Environment.objects.get()
    assert (str(stored), stored.last_sequence) == ("shop/production", 0)

"""Forms are taken from our own pages only, and signing in leads nowhere else."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from deployments.models import Environment, Hook, Operation
from tests.support.cast import signed_in
from tests.support.html import parse

PASSWORD = "correct horse battery"
POSTS = [
    "environments/new", "environments/shop/production/deployments", "environments/shop/production/settings",
    "environments/shop/production/hooks/new", "environments/shop/production/hooks/{hook}",
    "environments/shop/production/hooks/{hook}/removal", "sign-out",
]  # fmt: skip


@pytest.mark.parametrize("address", POSTS)
def test_a_form_without_its_token_is_refused(
    deployment: Operation, hook: Hook, ada: User, address: str
) -> None:
    """From another site, or an old page: in the house's own words, and nothing is done."""
    browser = signed_in(ada, enforce_csrf_checks=True)
    response = browser.post(f"/{address.format(hook=hook.pk)}", {"branch": "evil", "name": "evil"})
    assert response.status_code == 403
    page = parse(response)
    assert page.one("h1").text == "This page was open for too long"
    assert "reload the page" in page.one("p", class_="lead").text
    assert (Operation.objects.count(), Hook.objects.count()) == (1, 1)
    assert Environment.objects.get().branch == "main"
    assert browser.get("/").status_code == 200


def test_signing_in_takes_a_token_too(db: None) -> None:
    """Or another site could sign somebody in as somebody else."""
    assert Client(enforce_csrf_checks=True).post("/sign-in", {"username": "a"}).status_code == 403


def test_a_form_with_its_token_is_taken(deployment: Operation, dan: User) -> None:
    """The token that the page itself holds."""
    browser = signed_in(dan, enforce_csrf_checks=True)
    page = parse(browser.get("/environments/shop/production/"))
    form = page.all("form", action="/environments/shop/production/deployments")[0]
    token = form.one("input", name="csrfmiddlewaretoken").attributes["value"]
    response = browser.post(form.attributes["action"], {"csrfmiddlewaretoken": token})
    assert response.status_code == 302
    assert Operation.objects.filter(status="pending", requested_by=dan).count() == 1


@pytest.mark.parametrize("address", [address for address in POSTS if "hook}" not in address])
def test_every_form_of_a_page_holds_its_token(deployment: Operation, ada: User, address: str) -> None:
    """Each that posts, and each goes to this site."""
    page = parse(signed_in(ada).get(f"/{address.removesuffix('deployments').replace('sign-out', '')}"))
    forms = page.all("form", method="post")
    assert forms
    for form in forms:
        assert form.one("input", name="csrfmiddlewaretoken").attributes["value"]
        assert re.match(r"/(?!/)|$", form.attributes.get("action", ""))


@pytest.fixture
def account(db: None) -> User:
    return User.objects.create_user("ada", password=PASSWORD)


def sign_in(browser: Client, **fields: str) -> str:
    """Return where the browser is sent, or the words with which it is kept."""
    response = browser.post("/sign-in", {"username": "ada", "password": PASSWORD, **fields})
    if response.status_code == 302:
        return response["Location"]
    return " ".join(each.text for each in parse(response).all("p", role="alert"))


@pytest.mark.parametrize("next", ["", "/", "/deployments/1/", "/environments/shop/production/?page=2"])
def test_signing_in_leads_where_one_wanted_to_go(account: User, next: str) -> None:
    browser = Client()
    assert sign_in(browser, next=next) == (next or "/")
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    "next",
    ["https://evil.example/", "//evil.example/", "///evil.example", "http:evil.example", "javascript:alert(1)",
     "\\\\evil.example", "/\\evil.example", "https://testserver@evil.example/", " //evil.example"],
)  # fmt: skip
def test_signing_in_never_leads_to_another_site(account: User, next: str) -> None:
    """An open redirect would lend this site's name to a forged one."""
    page = Client().get("/sign-in", {"next": next})
    assert "evil" not in page.content.decode()
    assert "javascript" not in page.content.decode()
    assert sign_in(Client(), next=next) == "/"


@pytest.mark.parametrize(
    "fields", [{"password": "wrong"}, {"username": "nobody"}, {"username": "x' OR 1=1 --"}], ids=str
)
def test_whoever_cannot_sign_in_is_told_one_sentence(account: User, fields: dict[str, str]) -> None:
    """The same whether the name or the password was wrong; and the password is not in the page."""
    browser = Client()
    told = sign_in(browser, **fields)
    assert told.startswith("Please enter a correct username and password.")
    assert browser.get("/").status_code == 302


@pytest.mark.parametrize(
    "fields", [{"username": ""}, {"password": ""}, {"username": "", "password": ""}], ids=str
)
def test_a_name_or_password_that_is_missing_is_told(account: User, fields: dict[str, str]) -> None:
    """A browser would not send it; a page without a word would leave its reader alone."""
    page = parse(Client().post("/sign-in", {"username": "ada", "password": PASSWORD, **fields}))
    for name in ("username", "password"):
        told = [each.text for each in page.all("p", id=f"id_{name}_error")]
        assert told == (["This field is required."] if name in fields else [])
        assert page.one("input", name=name).attributes.get("aria-invalid") == ("true" if told else None)


def test_a_closed_account_cannot_sign_in(account: User) -> None:
    User.objects.update(is_active=False)
    assert sign_in(Client()).startswith("Please enter a correct")


def test_signing_out_is_a_post_and_ends_the_session(ada: User) -> None:
    """A link that a page of another site holds must not sign anybody out."""
    browser = signed_in(ada)
    assert browser.get("/sign-out").status_code == 405
    assert browser.get("/").status_code == 200
    assert browser.post("/sign-out")["Location"] == "/sign-in"
    assert browser.get("/").status_code == 302

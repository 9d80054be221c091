"""Who gets in where: every address of the product, and every one of the cast."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from deployments import operations
from deployments.models import DotenvVersion, Environment, Hook, Operation
from deployments.vault import Hidden
from deployments.web.urls import urlpatterns
from tests.support.cast import grant, signed_in
from tests.support.html import parse
from tests.web.conftest import People

OPEN_DOORS = {"sign-in": 200, "healthz": 200, "admin/login/": 302, "favicon.ico": 302}
SAMPLES = {
    "instance": "shop",
    "name": "production",
    "pk": "1",
    "position": "1",
    "app_label": "auth",
    "url": "x/",
}


def every_address(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """Each route of the urlconf, with something in the place of every argument."""
    for each in patterns:
        route = prefix + str(each.pattern).removeprefix("^").removesuffix("$")
        if isinstance(each, URLResolver):
            yield from every_address(each.url_patterns, route)
        else:
            route = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda found: SAMPLES[found[1]], route)
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda found: SAMPLES.get(found[1], "1"), route)


ADDRESSES = sorted(set(every_address(get_resolver().url_patterns)))


def test_the_iteration_finds_what_there_is() -> None:
    """A guard for the tests below: they are worth what this list holds."""
    assert {"", "sign-in", "healthz", "environments/new", "deployments/1/live"} <= set(ADDRESSES)
    assert "environments/shop/production/hooks/1/removal" in ADDRESSES
    assert "admin/deployments/operation/" in ADDRESSES
    assert set(ADDRESSES) >= set(OPEN_DOORS)


@pytest.mark.parametrize("address", sorted(set(ADDRESSES) - set(OPEN_DOORS)))
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_gets_in_without_signing_in(
    deployment: Operation, hook: Hook, address: str, method: str
) -> None:
    """Whoever has not is sent to sign in, and brought back afterwards; nothing is done or told."""
    response = getattr(Client(), method)(f"/{address}")
    assert response.status_code == 302
    door, _mark, query = response["Location"].partition("?")
    assert door in ("/sign-in", "/admin/login/")
    assert query == f"next=/{address}"
    assert Operation.objects.count() == 1
    assert Hook.objects.count() == 1


@pytest.mark.parametrize("address", OPEN_DOORS)
def test_the_open_doors_are_open(db: None, address: str) -> None:
    """And lead nowhere but to the sign-in, or to a file that is everybody's."""
    response = Client().get(f"/{address}")
    assert response.status_code == OPEN_DOORS[address], response.headers
    assert response.headers.get("Location", "/static/").startswith(("/static/", "/sign-in"))


# What each of the cast is answered. Refused is 404 where he may not know of the thing, else 403.
LOOK = {"ada": 200, "dan": 200, "vera": 200, "oscar": 404}
CONFIGURE = {"ada": 200, "dan": 403, "vera": 403, "oscar": 404}
ANSWERS: dict[str, dict[str, int]] = {
    "home": {"ada": 200, "dan": 200, "vera": 200, "oscar": 200},
    "environment-new": {"ada": 200, "dan": 403, "vera": 403, "oscar": 403},
    "environment": LOOK,
    "deploy": {"ada": 302, "dan": 302, "vera": 403, "oscar": 404},
    "environment-settings": CONFIGURE,
    "environment-hooks": CONFIGURE,
    "hook-new": CONFIGURE,
    "hook": CONFIGURE,
    "hook-removal": {**CONFIGURE, "ada": 302},
    "environment-dotenv": CONFIGURE,
    "dotenv-version": CONFIGURE,
    "dotenv-raw": CONFIGURE,
    "dotenv-restoration": {**CONFIGURE, "ada": 302},
    "environment-secrets": CONFIGURE,
    "secret-removal": {**CONFIGURE, "ada": 302},
    "deployment": LOOK,
    "deployment-live": LOOK,
    "step-log": LOOK,
}
POSTED = {"deploy", "hook-removal", "secret-removal", "dotenv-restoration"}


def address_of(name: str, deployment: Operation, hook: Hook) -> str:
    known = {"instance": "shop", "name": "production", "position": 1, "number": 1}
    known["pk"] = hook.pk if name.startswith("hook") else deployment.pk
    if name.startswith("dotenv-"):
        DotenvVersion.objects.create(environment=hook.environment, number=1, content=b"A=1\n")
    if name == "secret-removal":
        known["pk"] = operations.add_secret(hook.environment, "TOKEN", Hidden("a token")).pk
    wanted = set(re.findall(r"%\((\w+)\)s", get_resolver().reverse_dict.getlist(name)[0][0][0][0]))
    return reverse(name, kwargs={key: value for key, value in known.items() if key in wanted})


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("person", ["ada", "dan", "vera", "oscar"])
def test_everybody_gets_as_far_as_his_rights(
    deployment: Operation, hook: Hook, people: People, name: str, person: str
) -> None:
    """Permission is decided in one module, and asked at every door."""
    browser = signed_in(people(person))
    send = browser.post if name in POSTED else browser.get
    assert send(address_of(name, deployment, hook)).status_code == ANSWERS[name][person]
    done = ANSWERS[name][person] == 302
    assert Operation.objects.count() == 1 + (done and name in ("deploy", "dotenv-restoration"))
    assert Hook.objects.count() == 1 - (done and name == "hook-removal")


@pytest.mark.parametrize("name", ["environment-settings", "hook-new", "hook", "environment-new"])
@pytest.mark.parametrize("person", ["dan", "vera", "oscar"])
def test_a_form_is_not_taken_from_whoever_may_not_see_it(
    deployment: Operation, hook: Hook, people: People, name: str, person: str
) -> None:
    """A page that is hidden and an act that is refused are two things."""
    fields = {"repository": "/srv/evil.git", "branch": "evil", "app_type": "other", "name": "evil",
              "event": "after.pull", "script": "evil", "position": 0, "application": "evil"}  # fmt: skip
    response = signed_in(people(person)).post(address_of(name, deployment, hook), fields)
    assert response.status_code == ANSWERS[name][person]
    assert Environment.objects.get().branch == "main"
    assert Hook.objects.get().script == "make\n"


def test_the_table_above_has_every_address_of_the_dashboard() -> None:
    """A new page is not forgotten here."""
    names = {pattern.name for pattern in _flat(urlpatterns)}
    assert names == {*ANSWERS, "sign-in", "sign-out", "healthz", "favicon"}


def _flat(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _flat(each.url_patterns)
        else:
            yield each


@pytest.mark.parametrize("person", ["ada", "oscar"])
@pytest.mark.parametrize(
    "address",
    ["environments/shop/nowhere/", "environments/no/production/", "deployments/404/", "deployments/404/live",
     "deployments/404/steps/1/log", f"deployments/{10**25}/", "environments/shop/nowhere/hooks"],
)  # fmt: skip
def test_what_is_not_there_is_told_like_what_must_not_be_known(
    deployment: Operation, people: People, person: str, address: str
) -> None:
    """Whoever is refused learns nothing from the answer."""
    browser = signed_in(people(person))
    response = browser.get(f"/{address}")
    assert response.status_code == 404
    assert parse(response).one("h1").text == "There is nothing here"
    hidden = signed_in(people("oscar")).get(deployment.get_absolute_url())
    assert hidden.content == response.content


@pytest.mark.parametrize(
    ("right", "opens", "refuses"),
    [
        ("deploy_environment", {"environment", "deploy"}, {"environment-settings", "environment-new"}),
        ("change_environment", {"environment", "environment-settings"}, {"deploy", "environment-new"}),
        ("add_environment", {"environment", "environment-new"}, {"deploy", "environment-settings"}),
        ("view_environment", {"environment"}, {"deploy", "environment-settings", "environment-new"}),
    ],
)
def test_a_right_opens_its_own_doors_and_those_to_look(
    deployment: Operation, hook: Hook, oscar: User, right: str, opens: set[str], refuses: set[str]
) -> None:
    """Whoever may deploy or configure may also look; nothing else follows from anything."""
    browser = signed_in(grant(oscar, right))
    for name in opens | refuses:
        send = browser.post if name in POSTED else browser.get
        status = send(address_of(name, deployment, hook)).status_code
        assert status == 403 if name in refuses else status in (200, 302), name


def test_an_account_that_was_closed_is_signed_out(deployment: Operation, ada: User) -> None:
    browser = signed_in(ada)
    User.objects.update(is_active=False)
    assert browser.get("/").status_code == 302

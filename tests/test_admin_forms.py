"""The admin's forms: the models' own checks, hooks inline, and what stays as it is."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from deployments.models import Environment, Hook, Instance
from tests.support.cast import grant, signed_in
from tests.support.html import Element, parse

AT = "/admin/deployments"
NO_HOOKS = {
    "hooks-TOTAL_FORMS": "0", "hooks-INITIAL_FORMS": "0", "hooks-MIN_NUM_FORMS": "0", "hooks-MAX_NUM_FORMS": "1000",
}  # fmt: skip


@pytest.fixture
def browser(ada: User) -> Client:
    return signed_in(ada)


def told(page: Element) -> list[str]:
    return [each.text for each in page.all("ul", class_="errorlist")]


def hooks_form(*hooks: dict[str, Any], saved: int = 0) -> dict[str, Any]:
    fields: dict[str, Any] = {**NO_HOOKS, "hooks-TOTAL_FORMS": len(hooks), "hooks-INITIAL_FORMS": saved}
    for number, hook in enumerate(hooks):
        fields.update({f"hooks-{number}-{name}": value for name, value in hook.items()})
    return fields


SOUND_HOOK = {"event": "after.pull", "name": "Build", "script": "make", "position": "1", "enabled": "on"}


def test_an_environment_is_made_with_its_hooks(browser: Client, production: Environment) -> None:
    """B16: inline, in one form."""
    fields = {"instance": production.instance.pk, "name": "staging", "repository": "/srv/git/shop.git",
              "branch": "main", "app_type": "php", **hooks_form(SOUND_HOOK)}  # fmt: skip
    response = browser.post(f"{AT}/environment/add/", fields)
    assert response.status_code == 302, told(parse(response))
    hook = Environment.objects.named("shop/staging").hooks.get()
    assert (hook.event, hook.script, hook.position) == ("after.pull", "make", 1)
    page = parse(browser.get(f"{AT}/environment/{hook.environment_id}/change/"))
    assert page.one("textarea", name="hooks-0-script").text == "make"


def sound(production: Environment) -> dict[str, Any]:
    return {"repository": production.repository, "branch": "main", "app_type": "php"}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("repository", "ext::sh", "run programs and are never accepted"),
        ("branch", "-x", "can't begin with “-”"),
        ("name", "release", "is the name of a directory"),
        ("name", "production", "has an environment of that name already"),
    ],
)
def test_the_admins_forms_check_what_the_dashboards_do(
    browser: Client, production: Environment, field: str, value: str, sentence: str
) -> None:
    """B2, B7"""
    fields = {**sound(production), "instance": production.instance.pk, "name": "staging", **NO_HOOKS}
    response = browser.post(f"{AT}/environment/add/", {**fields, field: value})
    assert response.status_code == 200
    assert any(sentence in each for each in told(parse(response)))
    assert Environment.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("script", "echo \0", "Null characters"),
        ("event", "after.lunch", "not one of"),
        ("seconds", "0", "greater"),
    ],
)
def test_an_inline_hook_is_checked_too(
    browser: Client, production: Environment, field: str, value: str, sentence: str
) -> None:
    """B16, B18"""
    fields = {**sound(production), **hooks_form({**SOUND_HOOK, field: value})}
    response = browser.post(f"{AT}/environment/{production.pk}/change/", fields)
    assert any(sentence in each for each in told(parse(response)))
    assert not Hook.objects.exists()


def test_what_releases_on_disk_carry_cannot_be_changed(browser: Client, production: Environment) -> None:
    """B2: an environment's name and application, and the webroot of one that has environments."""
    page = parse(browser.get(f"{AT}/environment/{production.pk}/change/"))
    assert not page.all("input", "select", name="name")
    assert not page.all("select", name="instance")
    fields = {**sound(production), **NO_HOOKS, "name": "other", "instance": "77"}
    assert browser.post(f"{AT}/environment/{production.pk}/change/", fields).status_code == 302
    assert str(Environment.objects.get()) == "shop/production"
    webroot = production.instance.webroot
    browser.post(
        f"{AT}/instance/{production.instance_id}/change/",
        {"name": "shop", "cluster": "default", "webroot": "/srv/elsewhere", "owner": "www-data"},
    )
    instance = Instance.objects.get()
    assert (instance.webroot, instance.owner) == (webroot, "www-data")


@pytest.mark.parametrize(
    ("webroot", "sentence"),
    [("srv/x", "absolute"), ("/", "belongs to the system"), ("{taken}/x", "would lie in one")],
)
def test_an_instances_webroot_is_checked(
    browser: Client, production: Environment, webroot: str, sentence: str
) -> None:
    fields = {
        "name": "blog",
        "cluster": "default",
        "webroot": webroot.format(taken=production.instance.webroot),
    }
    response = browser.post(f"{AT}/instance/add/", fields)
    assert any(sentence in each for each in told(parse(response)))
    assert Instance.objects.count() == 1


def test_a_move_to_a_cluster_where_the_webroot_is_taken_is_refused(
    browser: Client, production: Environment
) -> None:
    """With a sentence, although the webroot's own field can't be edited any more."""
    around = production.instance.webroot + "/below"
    Instance.objects.create(name="blog", webroot=around, cluster="host-b")
    response = browser.post(
        f"{AT}/instance/{production.instance_id}/change/", {"name": "shop", "cluster": "host-b"}
    )
    assert response.status_code == 200
    assert any("would lie in one another" in each for each in told(parse(response)))
    assert Instance.objects.get(name="shop").cluster == "default"


def test_staff_see_what_they_were_granted(production: Environment, oscar: User) -> None:
    """And hooks, which are programs, take the right to change environments and that to add hooks."""
    User.objects.update(is_staff=True)
    browser = signed_in(grant(oscar, "change_environment"))
    fields = {**sound(production), **hooks_form(SOUND_HOOK)}
    assert browser.post(f"{AT}/environment/{production.pk}/change/", fields).status_code == 302
    assert not Hook.objects.exists()
    assert browser.get(f"{AT}/operation/").status_code == 403

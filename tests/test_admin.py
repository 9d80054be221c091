"""The admin: instances, environments with their hooks, and the history, which nobody can rewrite."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django_q import models as django_q

from deployments.models import Environment, Hook, Operation, WorkerHeartbeat
from tests.support.cast import signed_in
from tests.support.history import a_step, an_operation
from tests.support.html import parse

AT = "/admin/deployments"


@pytest.fixture
def browser(ada: User) -> Client:
    return signed_in(ada)


def test_what_can_run_any_function_is_not_there(browser: Client) -> None:
    """A schedule names a Python function for the workers to run: no form for one, and none for its results."""
    registered = {model._meta.model_name for model in admin.site._registry}
    assert {"instance", "environment", "operation", "workerheartbeat"} <= registered
    for model in (django_q.Schedule, django_q.OrmQ, django_q.Success, django_q.Failure, django_q.Task):
        assert not admin.site.is_registered(model)
        assert browser.get(f"/admin/django_q/{model._meta.model_name}/add/").status_code == 404
    assert "django_q" not in browser.get("/admin/").content.decode()


@pytest.mark.parametrize("model", ["operation", "workerheartbeat"])
def test_the_history_is_read_only(browser: Client, production: Environment, model: str) -> None:
    """B11, B34: it is shown to administrators, and changed by nobody."""
    operation = an_operation(production, message="As it was.")
    a_step(operation, log="text")
    WorkerHeartbeat.objects.create(
        pk=operation.pk, cluster="default", host="h", pid=1, version="1", workers=1,
        started_at=operation.created_at, seen_at=operation.created_at,
    )  # fmt: skip
    assert browser.get(f"{AT}/{model}/").status_code == 200
    page = parse(browser.get(f"{AT}/{model}/{operation.pk}/change/"))
    controls = page.one("form", id=f"{model}_form").all("input", "select", "textarea")
    assert {each.attributes.get("type") for each in controls} <= {"hidden"}
    assert not page.all("a", class_="deletelink")
    changed = {"status": "failed", "message": "Rewritten.", "host": "other"}
    for address in ("add/", f"{operation.pk}/change/", f"{operation.pk}/delete/"):
        assert browser.post(f"{AT}/{model}/{address}", {**changed, "post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [operation.pk], "post": "yes"}
    browser.post(f"{AT}/{model}/", chosen)
    stored = Operation.objects.get()
    assert (stored.status, stored.message, stored.steps.count()) == ("succeeded", "As it was.", 1)
    assert WorkerHeartbeat.objects.get().host == "h"


def test_the_steps_of_an_operation_are_shown_with_it(browser: Client, production: Environment) -> None:
    """B11"""
    operation = an_operation(production)
    a_step(operation, "after.pull", exit_code=7, source=".amezmo/after.pull")
    text = parse(browser.get(f"{AT}/operation/{operation.pk}/change/")).one("main").text
    assert "after.pull" in text
    assert "Exit code" in text
    assert re.search(r"\b7\b", text)


def test_what_has_a_history_is_not_deleted(browser: Client, production: Environment) -> None:
    """And the admin says what protects it."""
    an_operation(production)
    for address in (f"environment/{production.pk}", f"instance/{production.instance_id}"):
        response = browser.post(f"{AT}/{address}/delete/", {"post": "yes"})
        assert response.status_code == 200
        assert parse(response).one("title").text.startswith("Cannot delete")
    assert Environment.objects.exists()


@pytest.mark.parametrize(
    "address",
    ["", "deployments/", "deployments/instance/", "deployments/instance/add/", "deployments/environment/",
     "deployments/environment/add/", "deployments/environment/{environment}/change/",
     "deployments/environment/{environment}/history/", "deployments/environment/{environment}/delete/",
     "deployments/operation/", "deployments/operation/?status=failed&q=x", "deployments/operation/{operation}/change/",
     "deployments/workerheartbeat/", "auth/user/", "auth/user/add/", "auth/group/add/", "password_change/"],
)  # fmt: skip
def test_the_admin_works_under_the_security_policy(
    browser: Client, production: Environment, address: str
) -> None:
    """No page of it has an inline script, style or handler that the policy would drop."""
    Hook.objects.create(environment=production, event="after.pull", name="Build", script="make")
    operation = an_operation(production, "failed")
    a_step(operation, log="text")
    response = browser.get(f"/admin/{address.format(environment=production.pk, operation=operation.pk)}")
    assert response.status_code == 200
    assert response["Content-Security-Policy"]
    for element in parse(response):
        assert element.tag != "style"
        assert "style" not in element.attributes, element
        assert not [name for name in element.attributes if name.startswith("on")], element
        if element.tag == "script":
            assert element.attributes.get("src", "").startswith("/static/") or not element.text


@pytest.mark.parametrize("person", ["dan", "oscar"])
def test_whoever_is_not_staff_is_kept_out(
    production: Environment, dan: User, oscar: User, person: str
) -> None:
    """Rights to deploy are none to administer."""
    browser = signed_in({"dan": dan, "oscar": oscar}[person])
    response = browser.get(f"{AT}/environment/")
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")

"""What every answer carries, and what is said where there is none."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from deployments.models import Operation, WorkerHeartbeat
from tests.support.cast import signed_in
from tests.support.html import Element, parse
from tests.support.outage import database_away

EVERYWHERE = [
    "", "environments/new", "environments/shop/production/", "environments/shop/production/hooks/new",
    "deployments/{pk}/", "deployments/{pk}/live", "deployments/{pk}/steps/1/log", "deployments/404/",
    "nowhere", "sign-in", "healthz", "admin/", "admin/deployments/environment/",
]  # fmt: skip


@pytest.mark.parametrize("address", EVERYWHERE)
@pytest.mark.parametrize("person", ["ada", None])
def test_every_answer_is_guarded(deployment: Operation, ada: User, address: str, person: str | None) -> None:
    """No inline script or style, no frame around it, no guess at its type; whoever asks."""
    browser = signed_in(ada if person else None)
    headers = browser.get(f"/{address.format(pk=deployment.pk)}").headers
    policy = {
        directive.split()[0]: directive.split()[1:]
        for directive in headers["Content-Security-Policy"].split(";")
    }
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_session_is_kept_from_scripts_and_other_sites(ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(username="ada")
    ada.set_password("correct horse battery")
    ada.save(update_fields=("password",))
    browser = Client()
    browser.post("/sign-in", {"username": "ada", "password": "correct horse battery"})
    cookie = browser.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def worker(seconds_ago: int) -> None:
    now = timezone.now()
    WorkerHeartbeat.objects.create(
        cluster="default", host="h", pid=1, version="1", workers=1, started_at=now,
        seen_at=now - timedelta(seconds=seconds_ago),
    )  # fmt: skip


@pytest.mark.parametrize(("seconds", "workers"), [(None, "absent"), (1, "well"), (60, "absent")])
def test_healthz_says_how_the_parts_are(db: None, seconds: int | None, workers: str) -> None:
    """200 with and without a worker: the web process is well, and says how the others are."""
    if seconds is not None:
        worker(seconds)
    response = Client().get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"web": "well", "database": "well", "workers": workers}
    assert "no-store" in response["Cache-Control"]
    assert Client().head("/healthz").status_code == 200
    assert Client().post("/healthz").status_code == 405


def test_healthz_counts_only_this_hosts_worker(db: None) -> None:
    worker(1)
    WorkerHeartbeat.objects.update(cluster="host-b")
    assert Client().get("/healthz").json()["workers"] == "absent"


@pytest.mark.parametrize("signed", [False, True])
def test_healthz_is_503_without_its_database(transactional_db: None, ada: User, signed: bool) -> None:
    """And an answer still, not an error page - also in a browser that is signed in."""
    browser = signed_in(ada if signed else None, raise_request_exception=False)
    with database_away():
        response = browser.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {"web": "well", "database": "unreachable", "workers": "unknown"}


def error_page(page: Element) -> tuple[str, str]:
    """The heading and the first sentences; and it leads home, and shows nothing of the program."""
    assert [link.attributes["href"] for link in page.all("a", class_="button")] == ["/"]
    assert page.one("title").text == f"{page.one('h1').text} · Amezmo"
    assert "Traceback" not in page.text
    return page.one("h1").text, page.one("p", class_="lead").text


def test_what_is_not_there_is_told_in_the_houses_voice(ada: User) -> None:
    heading, told = error_page(parse(signed_in(ada).get("/nowhere")))
    assert heading == "There is nothing here"
    assert "your account may not know of it" in told


def test_what_is_not_allowed_is_told_with_who_can_help(vera: User) -> None:
    response = signed_in(vera).get("/environments/new")
    assert response.status_code == 403
    heading, told = error_page(parse(response))
    assert heading == "You may not do that"
    assert "An administrator can grant it" in told


def test_a_request_that_cannot_be_read_is_told(db: None) -> None:
    response = Client(raise_request_exception=False).get("/sign-in", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert error_page(parse(response))[0] == "That request can't be read"


def test_a_fault_of_the_program_is_told_as_one(transactional_db: None, ada: User) -> None:
    """No blame, no code; and the reader's live site is not in danger."""
    browser = signed_in(ada, raise_request_exception=False)
    with database_away():
        response = browser.get("/")
    assert response.status_code == 500
    heading, told = error_page(parse(response))
    assert heading == "This page failed"
    assert "Your live sites are not touched" in told

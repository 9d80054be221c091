"""What every answer carries, and what is said where there is none."""

from contextlib import closing
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.http import Http404
from django.test import AsyncClient, Client, RequestFactory
from django.urls import get_resolver
from django.utils import timezone
from pytest_django import Settings

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


UNREADABLE = [
    ("application/x-www-form-urlencoded; charset=utf-16", b"a=b"),
    ("multipart/form-data; boundary=", b"a=b"),
    ("application/x-www-form-urlencoded", b"&".join(b"a=b" for _ in range(2000))),
    ("application/x-www-form-urlencoded", b"x" * 5_000_000),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body"), UNREADABLE, ids=range(len(UNREADABLE)))
@pytest.mark.parametrize(("address", "status"), [("/sign-in", 400), ("/nowhere", 404)])
def test_a_form_that_cannot_be_read_is_told_to_whoever_sends_it(
    db: None, kind: str, body: bytes, address: str, status: int
) -> None:
    """Signed in or not: the error page does not read it once more, and fail by that."""
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.cookies["csrftoken"] = "a" * 32
    response = browser.generic("POST", address, body, content_type=kind)
    assert response.status_code == status
    assert error_page(parse(response))[0] in ("That request can't be read", "There is nothing here")


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_no_error_page_reads_the_request(status: int) -> None:
    """Whichever it is: that of a fault may be needed when a form could not be read."""
    request = RequestFactory().post("/", b"a=b", content_type=UNREADABLE[0][0])
    request.COOKIES["csrftoken"] = "a" * 32
    show = get_resolver().resolve_error_handler(status)
    response = show(request) if status == 500 else show(request, exception=Http404())
    assert response.status_code == status
    error_page(parse(response))


@pytest.mark.parametrize("address", EVERYWHERE)
@pytest.mark.parametrize("person", ["ada", None])
def test_no_answer_is_kept_for_somebody_else(
    deployment: Operation, ada: User, address: str, person: str | None
) -> None:
    """Pages, updates and logs: a browser asks before it shows one again, and a proxy keeps none."""
    browser = signed_in(ada if person else None)
    kept = browser.get(f"/{address.format(pk=deployment.pk)}").headers["Cache-Control"]
    assert "private" in kept
    assert "no-cache" in kept


def test_files_that_are_everybodys_may_be_kept(db: None, settings: Settings) -> None:
    """WhiteNoise's own words, for good where a name has its content's hash in it."""
    (settings.STATIC_ROOT / "plain.css").write_text("a {}")
    with closing(Client().get("/static/plain.css")) as response:
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "max-age=60, public"


@pytest.mark.parametrize("address", ["/sign-out", "/admin/logout/"])
def test_signing_out_makes_the_browser_forget(ada: User, address: str) -> None:
    """On a machine that others use, the button "back" shows no log."""
    browser = signed_in(ada)
    assert "Clear-Site-Data" not in browser.get("/").headers
    response = browser.post(address)
    assert response["Clear-Site-Data"] == '"cache"'
    assert response["Location"] == "/sign-in"
    assert browser.get("/").status_code == 302


def test_the_web_process_says_the_same() -> None:
    """Its requests go another way through the middlewares."""
    response = async_to_sync(AsyncClient().get)("/environments/new")
    assert response.status_code == 302
    assert response.headers["Cache-Control"] == "private, no-cache"

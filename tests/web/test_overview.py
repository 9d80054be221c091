"""One environment: what is live, what runs, what was; and the button that deploys."""

import pytest
from django.contrib.auth.models import User

from deployments.models import Deployment, Environment, Operation
from deployments.web.environments import NOW_LENGTH, PAGE_LENGTH
from tests.support.cast import signed_in
from tests.support.history import COMMIT, an_operation
from tests.support.html import Element, parse

HERE = "/environments/shop/production/"


def overview(person: User, query: str = "") -> Element:
    return parse(signed_in(person).get(HERE + query))


def numbers(page: Element, heading: str) -> list[str]:
    """The operations listed below a heading."""
    sections = page.all("section", **{"aria-labelledby": heading})
    return [row.all("a")[0].text for section in sections for row in section.all("li")]


def test_it_shows_what_is_live_what_runs_and_what_was(
    deployment: Operation, production: Environment, vera: User
) -> None:
    """B33: what waits stands in order; history is newest first."""
    an_operation(production, "failed")
    an_operation(production, "running")
    an_operation(production, "pending")
    page = overview(vera)
    assert numbers(page, "now-heading") == ["#3", "#4"]
    assert numbers(page, "history-heading") == ["#2", "#1"]
    card = page.one("div", class_="card").text
    for fact in ("✓ Live #1 The first page", "1a2b3c4d", "Ada Tester", f"deployment_1.{COMMIT[:8]}"):
        assert fact in card
    assert page.one("title").text.startswith("◐ shop/production")


def test_an_environment_that_was_never_deployed_says_what_will_happen(
    production: Environment, dan: User, vera: User
) -> None:
    """B3: where the web server is to look, and which scripts can be committed."""
    text = overview(dan).text
    for part in ("Nothing is live yet", production.repository, str(production.layout.current), "after.pull"):
        assert part in text
    assert "Press Deploy" in text
    assert "Press Deploy" not in overview(vera).text


@pytest.mark.parametrize(
    ("waiting", "told"), [(NOW_LENGTH, ""), (NOW_LENGTH + 1, "and 1 more waits"), (70, "and 50 more wait")]
)
def test_of_many_that_wait_the_first_are_shown(
    production: Environment, vera: User, waiting: int, told: str
) -> None:
    """A page that is asked for every moment must not grow with what a script has queued."""
    for _ in range(waiting):
        an_operation(production, "pending")
    page = overview(vera)
    assert numbers(page, "now-heading") == [f"#{number}" for number in range(1, NOW_LENGTH + 1)]
    (now,) = page.all("section", **{"aria-labelledby": "now-heading"})
    assert " ".join(each.text for each in now.all("p", class_="more-wait")) == told


def test_history_comes_in_pages(production: Environment, vera: User) -> None:
    for _ in range(PAGE_LENGTH + 1):
        an_operation(production)
    first, second = overview(vera), overview(vera, "?page=2")
    assert len(numbers(first, "history-heading")) == PAGE_LENGTH
    assert numbers(second, "history-heading") == ["#1"]
    assert first.one("a", rel="next").attributes["href"] == "?page=2"
    assert second.one("a", rel="prev").attributes["href"] == "?page=1"
    assert not second.all("a", rel="next")


@pytest.mark.parametrize(
    ("page", "shown"), [("0", "#1"), ("x", "#26"), ("99", "#1"), ("-1", "#1"), ("", "#26")]
)
def test_a_page_that_is_none_is_one_that_there_is(
    production: Environment, vera: User, page: str, shown: str
) -> None:
    for _ in range(PAGE_LENGTH + 1):
        an_operation(production)
    assert numbers(overview(vera, f"?page={page}"), "history-heading")[0] == shown


def test_only_whoever_may_sees_the_button_and_the_tabs(
    production: Environment, ada: User, dan: User, vera: User
) -> None:
    for person, button, tabs in [(ada, 1, 1), (dan, 1, 0), (vera, 0, 0)]:
        page = overview(person)
        assert len(page.all("button", id="deploy")) == button
        assert len(page.all("nav", class_="tabs")) == tabs


def deploy(person: User, **fields: str) -> tuple[str, str]:
    """Where one is sent, and what is said there."""
    browser = signed_in(person)
    response = browser.post(f"{HERE}deployments", fields)
    assert response.status_code == 302
    page = parse(browser.get(response["Location"]))
    return response["Location"], " ".join(each.text for each in page.all("p", class_="message", role="alert"))


@pytest.mark.parametrize(
    ("fields", "kind", "name"),
    [
        ({}, "branch", "main"),
        ({"kind": "branch", "name": "next"}, "branch", "next"),
        ({"name": "next"}, "branch", "next"),
        ({"kind": "tag", "name": "v1.0"}, "tag", "v1.0"),
        ({"kind": "commit", "name": COMMIT.upper()}, "commit", COMMIT),
        ({"kind": "tag", "name": ""}, "branch", "main"),
    ],
)
def test_deploy_queues_what_was_chosen_and_leads_to_its_page(
    production: Environment, dan: User, fields: dict[str, str], kind: str, name: str
) -> None:
    """B7, B34"""
    address, said = deploy(dan, **fields)
    made = Deployment.objects.get()
    assert address == f"/deployments/{made.pk}/"
    assert said == ""
    assert (made.status, made.trigger, made.requested_by) == ("pending", "manual", dan)
    assert (made.wanted_kind, made.wanted_name) == (kind, name)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": "branch", "name": "-x"}, "can't begin with “-”"),
        ({"kind": "tag", "name": "--upload-pack=x"}, "can't begin with “-”"),
        ({"kind": "commit", "name": "HEAD"}, "“HEAD” is no commit"),
        ({"kind": "branch", "name": "a..b"}, "can't be the name of a branch"),
        ({"kind": "rocket", "name": "x"}, "rocket is not one of the available choices"),
        ({"kind": "branch", "name": "x" * 256}, "at most 255 characters"),
        ({"kind": "branch", "name": "a\0b"}, "Null characters are not allowed"),
    ],
)
def test_what_cannot_be_deployed_is_told_on_the_environments_page(
    production: Environment, dan: User, fields: dict[str, str], told: str
) -> None:
    """B7: one sentence, and nothing is queued."""
    address, said = deploy(dan, **fields)
    assert address == HERE
    assert told in said
    assert not Deployment.objects.exists()


def test_a_repository_that_is_no_longer_accepted_is_told(production: Environment, dan: User) -> None:
    Environment.objects.update(repository="ext::sh")
    address, said = deploy(dan)
    assert address == HERE
    assert "run programs and are never accepted" in said
    assert not Deployment.objects.exists()


def test_a_link_deploys_nothing(production: Environment, dan: User) -> None:
    """Deploying takes a form's POST, not a GET that a browser may do by itself."""
    assert signed_in(dan).get(f"{HERE}deployments").status_code == 405
    assert not Deployment.objects.exists()

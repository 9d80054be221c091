"""A deployment's page: the sentence, the facts, the steps, the log."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from deployments.models import Environment, Operation
from deployments.web import log_view
from tests.support.cast import signed_in
from tests.support.history import COMMIT, a_step, an_operation, append
from tests.support.html import Element, parse


def page_of(operation: Operation, person: User) -> Element:
    return parse(signed_in(person).get(operation.get_absolute_url()))


def lines(page: Element, position: int) -> list[tuple[str, str]]:
    """The numbers and the words of a step's log: whole lines, and one that goes on."""
    both = [*page.one("div", id=f"lines-{position}"), *page.one("div", id=f"open-{position}")]
    return [(line.one("a").text, line.one("code").text) for line in both if "line" in line.classes]


def test_it_tells_what_happened_first(deployment: Operation, vera: User) -> None:
    """B8: in one sentence that is also announced to whoever listens; a warning is in it."""
    page = page_of(deployment, vera)
    assert page.one("h1").text == "#1 The first page"
    assert page.one("p", role="status").text == (
        "✓ Live after 10 s. With a warning: after.deploy failed, which does not stop a deployment."
    )
    facts = page.one("dl").text
    for fact in (COMMIT[:8], "Ada Tester", "Branchmain", f"/release/deployment_1.{COMMIT[:8]}"):
        assert fact in facts
    assert page.one("span", title=COMMIT).text == COMMIT[:8]


def test_every_step_is_listed_with_its_exit_code_and_duration(deployment: Operation, vera: User) -> None:
    """B11: those that ran, in order, and each leads to its log."""
    page = page_of(deployment, vera)
    steps = page.one("ol", id="steps").all("li")
    assert [step.one("a").text for step in steps] == [
        "✓ Succeeded fetch 2.0 s", "✓ Succeeded after.pull.amezmo/after.pull 2.0 s",
        "! Failed, which was allowed after.deploy exit 3 2.0 s",
    ]  # fmt: skip
    for step in steps:
        target = step.one("a").attributes["href"].removeprefix("#")
        assert len(page.all(id=target)) == 1
    assert lines(page, 2) == [("1", "one"), ("2", "two")]
    assert page.one("a", href="#L2-2").text == "2"
    assert page.one("div", id="L2-2")


def test_a_failure_says_where_and_why(production: Environment, vera: User) -> None:
    """B9: and that the live site has not noticed."""
    operation = an_operation(production, "failed", message="The hook after.pull took longer than 1 second.")
    a_step(operation, "after.pull", status="failed", exit_code=143, timed_out=True, message="At its limit.")
    page = page_of(operation, vera)
    assert page.one("p", role="status").text == (
        "✗ Failed in after.pull, at its time limit, after 10 s. Nothing is live yet."
    )
    assert page.one("p", class_="because").text == operation.message
    assert page.one("section", id="step-1").one("p", class_="wrong-because").text == "At its limit."
    assert page.one("title").text == "✗ #1 shop/production · Amezmo"


def test_one_that_waits_says_for_whom(production: Environment, ada: User, vera: User) -> None:
    """B33: a refusal says who holds it, and since when."""
    running = an_operation(production, "running", requested_by=ada)
    second = an_operation(production, "pending")
    third = an_operation(production, "pending")
    page = page_of(second, vera)
    assert page.one("p", role="status").text == "○ Pending until a worker takes it."
    assert page.one("p", class_="because").text.startswith("Waiting for #1, started 10 s ago by ada.")
    assert page.one("p", class_="because").one("a").attributes["href"] == running.get_absolute_url()
    assert page_of(third, vera).one("p", class_="because").text.startswith("Waiting for #2")
    assert "No step has run yet." in page.one("ol", id="steps").text
    assert not page_of(running, vera).all("p", class_="because")


def test_the_running_step_is_marked(production: Environment, vera: User) -> None:
    operation = an_operation(production, "running")
    a_step(operation, "fetch")
    a_step(operation, "after.pull", status="running", log="whole\npart")
    page = page_of(operation, vera)
    assert [step.attributes.get("aria-current") for step in page.one("ol", id="steps").all("li")] == [
        None,
        "step",
    ]
    assert lines(page, 2) == [("1", "whole"), ("2", "part")]
    assert page.one("div", id="open-2").one("code").text == "part"
    assert page.one("noscript").one("meta").attributes["http-equiv"] == "refresh"


def test_a_page_that_is_over_is_still(deployment: Operation, vera: User) -> None:
    """It neither polls nor reloads."""
    page = page_of(deployment, vera)
    assert page.one("div", id="poll").attributes == {"id": "poll"}
    assert not page.all("noscript")
    assert not page.all(id="waiting")


def test_whoever_may_deploys_it_again(production: Environment, dan: User, vera: User) -> None:
    """The same thing as was wanted then: a tag is not its branch."""
    operation = an_operation(production, commit=COMMIT, wanted_kind="tag", wanted_name="v1")
    form = page_of(operation, dan).one("form", action="/environments/shop/production/deployments")
    sent = {each.attributes["name"]: each.attributes["value"] for each in form.all("input")}
    browser = signed_in(dan)
    browser.post(form.attributes["action"], sent)
    again = Operation.objects.latest("pk")
    assert (again.status, again.wanted_kind, again.wanted_name) == ("pending", "tag", "v1")
    assert not page_of(operation, vera).all("button", id="again")
    assert not page_of(again, dan).all("button", id="again")


def test_of_a_long_log_the_end_is_shown(production: Environment, vera: User) -> None:
    """With its true line numbers, and where the whole is."""
    operation = an_operation(production, "succeeded")
    line = "x" * 99 + "\n"
    a_step(operation, log=line * 4000)
    page = page_of(operation, vera)
    shown = lines(page, 1)
    assert shown[-1] == ("4000", "x" * 99)
    assert log_view.SHOWN_BYTES - 200 < len(shown) * 100 <= log_view.SHOWN_BYTES
    assert shown[0][0] == str(4001 - len(shown))
    earlier = page.one("p", class_="earlier")
    assert earlier.one("a").attributes["href"] == f"{operation.get_absolute_url()}steps/1/log"


def test_of_a_log_of_short_lines_no_more_than_a_page_can_hold(production: Environment, vera: User) -> None:
    """5 MB of one-character lines: as many of the last as a browser lays out at ease, and that is told."""
    operation = an_operation(production, "succeeded")
    append(a_step(operation), *["x\n" * 32_768] * 80)
    response = signed_in(vera).get(operation.get_absolute_url())
    assert len(response.content) < 500_000
    page = parse(response)
    shown = lines(page, 1)
    assert len(shown) == log_view.SHOWN_LINES
    assert shown[-1] == (str(32_768 * 80), "x")
    assert shown[0] == (str(32_768 * 80 - log_view.SHOWN_LINES + 1), "x")
    assert page.one("p", class_="earlier")


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_line_without_end_is_cut_on_the_page(production: Environment, vera: User, end: str) -> None:
    """A minified file that a hook prints must not stop the browser; some of it is shown."""
    operation = an_operation(production, "succeeded")
    a_step(operation, log="é" * 150_000 + end)
    ((number, text),) = lines(page_of(operation, vera), 1)
    assert number == "1"
    assert text == "é" * log_view.SHOWN_LINE


def test_times_are_told_as_how_long_ago(production: Environment, vera: User) -> None:
    """And the moment itself is in reach."""
    asked = timezone.now() - timedelta(days=2, hours=1)
    page = page_of(an_operation(production, created_at=asked), vera)
    (moment,) = [each for each in page.all("time") if each.attributes["datetime"] == asked.isoformat()]
    assert moment.text == "2 days ago"
    assert moment.attributes["title"] == f"{asked:%Y-%m-%d %H:%M:%S} UTC"


@pytest.mark.parametrize(
    "status", ["pending", "running", "cancelling", "succeeded", "failed", "cancelled", "superseded"]
)
@pytest.mark.parametrize("kind", ["deployment", "rollback"])
def test_every_state_of_every_kind_has_a_page(
    production: Environment, vera: User, status: str, kind: str
) -> None:
    """B34"""
    fields = {} if kind == "deployment" else {"kind": kind, "sequence": None}
    operation = an_operation(production, status, started_at=None, **fields)
    page = page_of(operation, vera)
    assert Operation(status=status).get_status_display() in page.one("p", role="status").text
    assert operation.number in page.one("h1").text

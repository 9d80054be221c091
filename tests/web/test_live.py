"""The live update: only what is new, each piece in its place, until all is over."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deployments.models import Environment, Operation, Step
from deployments.web import log_view
from deployments.web.log_view import Mark
from tests.support.cast import signed_in
from tests.support.history import a_step, an_operation, append
from tests.support.html import Element, parse


@pytest.fixture
def running(production: Environment) -> Operation:
    operation = an_operation(production, "running")
    a_step(operation, "fetch", log="fetched\n")
    return operation


@pytest.fixture
def browser(vera: User) -> Client:
    return signed_in(vera)


def look(browser: Client, operation: Operation, after: str = "") -> Element:
    return parse(browser.get(f"{operation.get_absolute_url()}live", {"after": after}))


def mark(page: Element) -> str:
    """What the next request will say that it has seen."""
    return page.one("div", id="poll").attributes["hx-get"].partition("after=")[2]


def sent(page: Element) -> list[tuple[str, str]]:
    """Each line, and the place that it is added to (`+`) or whose content it takes (`=`)."""
    how = {"beforeend:": "+", "innerHTML:": "="}
    return [
        (how[way] + place, line.text)
        for piece in page.all("div")
        for way, mark, place in [piece.attributes.get("hx-swap-oob", "").partition("#")]
        if mark
        for line in piece.all("code")
    ]


def test_the_page_and_the_updates_give_the_whole_log_once(running: Operation, browser: Client) -> None:
    """Line by line and step by step, as it is printed."""
    page = parse(browser.get(running.get_absolute_url()))
    hook = a_step(running, "after.pull", status="running")
    append(hook, "one\n")
    second = look(browser, running, mark(page))
    assert sent(second) == [("+logs", "one")]
    append(hook, "two\nthree\n")
    third = look(browser, running, mark(second))
    assert sent(third) == [("+lines-2", "two"), ("+lines-2", "three")]
    assert [line.attributes["id"] for line in third.all("div", class_="line")] == ["L2-2", "L2-3"]
    assert sent(look(browser, running, mark(third))) == []


def test_a_line_that_goes_on_is_sent_again(running: Operation, browser: Client) -> None:
    """And takes the place of what was shown of it, so that no line stands twice."""
    hook = a_step(running, "after.pull", status="running", log="one\nPacking 30%")
    page = parse(browser.get(running.get_absolute_url()))
    append(hook, "\rPacking 100%")
    second = look(browser, running, mark(page))
    assert mark(second) == mark(page) == "2:4"
    assert sent(second) == [("=open-2", "Packing 100%")]
    append(hook, " done\nnext")
    third = look(browser, running, mark(second))
    assert sent(third) == [("+lines-2", "Packing 100% done"), ("=open-2", "next")]
    assert [line.attributes["id"] for line in third.all("div", class_="line")] == ["L2-2", "L2-3"]
    append(hook, "\n")
    fourth = look(browser, running, mark(third))
    assert sent(fourth) == [("+lines-2", "next")]
    assert fourth.one("div", **{"hx-swap-oob": "innerHTML:#open-2"}).children == []


def test_the_end_of_one_step_and_the_beginning_of_the_next_come_together(
    running: Operation, browser: Client
) -> None:
    hook = a_step(running, "after.pull", status="running", log="one\n")
    page = parse(browser.get(running.get_absolute_url()))
    append(hook, "two\n")
    Step.objects.filter(pk=hook.pk).update(status="succeeded", finished_at=hook.started_at, exit_code=0)
    a_step(running, "before.deploy", log="three\n")
    a_step(running, "permissions", status="running")
    update = look(browser, running, mark(page))
    assert sent(update) == [("+lines-2", "two"), ("+logs", "three")]
    assert [each.attributes["id"] for each in update.all("section")] == ["step-3", "step-4"]
    (head,) = [
        each for each in update.all("div") if each.attributes.get("hx-swap-oob") == "innerHTML:#step-2-head"
    ]
    assert "✓ Succeeded after.pull" in head.text
    assert mark(update) == "4:0"


def timeless(text: str) -> str:
    """Without how long ago and how long: time goes on between two looks."""
    return re.sub(r"[\d.]+ (?:ms|s|min)\b(?: \d+ s)?(?: ago)?|just now", "…", text)


def test_the_sentence_and_the_steps_come_with_every_update(running: Operation, browser: Client) -> None:
    """B11: rendered by the same partials as the page."""
    a_step(running, "after.pull", status="running")
    update, page = look(browser, running), parse(browser.get(running.get_absolute_url()))
    for tag, name in (("div", "summary"), ("ol", "steps")):
        updated = update.one(tag, id=name, **{"hx-swap-oob": "true"}).text
        assert timeless(updated) == timeless(page.one(tag, id=name).text)
    assert update.one("title").text == page.one("title").text == "◐ #1 shop/production · Amezmo"


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "1",
        ":",
        "1:",
        ":5",
        "-1:0",
        "1:-1",
        "1:2:3",
        "1.5:0",
        "²:0",
        "0x1:0",
        "1:" + "9" * 40,
        "None",
        "\0",
    ],
)
def test_garbage_is_the_beginning(running: Operation, browser: Client, after: str) -> None:
    """Whatever an address is made to say: everything is sent, and nothing fails."""
    assert Mark.parse(after) == Mark(0, 0)
    assert sent(look(browser, running, after)) == [("+logs", "fetched")]


@pytest.mark.parametrize(
    ("after", "lines", "then"),
    [("1:0", ["fetched"], "1:8"), ("1:8", [], "1:8"), ("1:3", ["ched"], "1:8"), ("1:" + "9" * 28, [], "1:8"),
     ("9:9", [], "9:9"), ("0:7", ["fetched"], "1:8")],
)  # fmt: skip
def test_a_mark_is_taken_at_its_word(
    running: Operation, browser: Client, after: str, lines: list[str], then: str
) -> None:
    """Within a line, past the end, in a step that is not there yet."""
    update = look(browser, running, after)
    assert [line for _place, line in sent(update)] == lines
    assert mark(update) == then


def test_a_pending_one_asks_on_until_something_runs(production: Environment, browser: Client) -> None:
    operation = an_operation(production, "pending")
    page = parse(browser.get(operation.get_absolute_url()))
    assert mark(page) == "0:0"
    assert page.one("p", id="waiting").text == "The log begins as soon as a worker takes the deployment."
    assert mark(look(browser, operation, "0:0")) == "0:0"
    assert operation.claim("me")
    a_step(operation, "fetch", status="running", log="begun\n")
    update = look(browser, operation, "0:0")
    assert sent(update) == [("+logs", "begun")]
    assert update.one("p", id="waiting", **{"hx-swap-oob": "true"}).text == ""


def test_the_poller_goes_when_all_is_over(running: Operation, browser: Client) -> None:
    """With the last lines in the same answer, so that none is missing."""
    before = mark(look(browser, running))
    append(running.steps.get(), "the last words")
    assert running.succeed()
    update = look(browser, running, before)
    assert sent(update) == [("=open-1", "the last words")]
    assert update.one("div", id="poll").attributes == {"id": "poll"}
    assert update.one("p", id="waiting").attributes["hx-swap-oob"] == "delete"
    assert "Succeeded after" in update.one("p", role="status").text
    assert update.one("title").text == "✓ #1 shop/production · Amezmo"


def test_an_update_is_read_and_never_kept(running: Operation, browser: Client) -> None:
    assert browser.post(f"{running.get_absolute_url()}live").status_code == 405


def test_a_log_that_went_on_too_far_is_skipped(running: Operation, browser: Client) -> None:
    """Whoever asks with an old mark, or follows a hook that prints faster than anybody reads."""
    hook = a_step(running, "after.pull", status="running", log="one\n")
    page = parse(browser.get(running.get_absolute_url()))
    append(hook, *["x\n" * 32_768] * 80)  # 5 MB, in chunks as the recorder makes them
    with CaptureQueriesContext(connection) as queries:
        response = browser.get(f"{running.get_absolute_url()}live", {"after": mark(page)})
    assert len(queries) <= 9
    assert len(response.content) < 500_000
    update = parse(response)
    lines = sent(update)
    assert lines == [("+lines-2", "x")] * log_view.SHOWN_LINES
    numbers = [line.attributes["id"] for line in update.all("div", class_="line")]
    total = 32_768 * 80 + 1
    assert numbers == [f"L2-{number}" for number in range(total - log_view.SHOWN_LINES + 1, total + 1)]
    (told,) = update.all("p", class_="earlier")
    assert told.text == "… the log went on faster than it can be shown; the raw log has all of it"
    assert told.one("a").attributes["href"] == f"{running.get_absolute_url()}steps/2/log"
    assert mark(update) == f"2:{2 * 32_768 * 80 + 4}"
    append(hook, "the end\n")
    last = look(browser, running, mark(update))
    assert sent(last) == [("+lines-2", "the end")]
    assert not last.all("p", class_="earlier")


def test_lines_that_are_too_many_are_cut_and_that_is_told(running: Operation, browser: Client) -> None:
    """Although they are few bytes: a browser has to lay out each."""
    hook = a_step(running, "after.pull", status="running", log="one\n")
    append(hook, "x\n" * (log_view.SHOWN_LINES + 1))
    update = look(browser, running, "2:4")
    assert len(sent(update)) == log_view.SHOWN_LINES
    assert len(update.all("p", class_="earlier")) == 1
    update = look(browser, running, "2:6")
    assert len(sent(update)) == log_view.SHOWN_LINES
    assert not update.all("p", class_="earlier")


def test_a_line_without_end_does_not_make_every_update_longer(running: Operation, browser: Client) -> None:
    """A mark stands at the beginning of a line that goes on; it moves where that has become too long."""
    hook = a_step(running, "after.pull", status="running", log="one\n")
    append(hook, *["y" * 65_536] * 80)
    update = look(browser, running, "2:4")
    assert sent(update) == [("=open-2", "y" * log_view.SHOWN_LINE)]
    assert mark(update) == f"2:{65_536 * 80 + 4 - log_view.SHOWN_BYTES}"
    append(hook, "z\n")
    assert sent(look(browser, running, mark(update))) == [("+lines-2", "y" * (log_view.SHOWN_LINE - 1) + "z")]

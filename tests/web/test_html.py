"""What holds of the HTML of every page: for whoever looks, listens, or uses the keyboard (WCAG 2.2)."""

import itertools
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from deployments.models import Environment
from tests.support.cast import signed_in
from tests.support.html import Element, parse, parse_text
from tests.support.pages import FRAGMENTS, PAGES

TEXT = "Fix the basket's total"
TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, production: Environment, ada: User) -> Element:
    return parse(PAGES[request.param](production, signed_in(ada), TEXT))


def test_a_page_has_its_landmarks_and_one_heading(page: Element) -> None:
    """One h1, one main, a language and a title; no heading skips a level."""
    assert page.one("h1").text
    assert page.one("main")
    assert page.one("html").attributes["lang"] == "en"
    assert page.one("title").text.endswith("· Amezmo")
    levels = [int(each.tag[1]) for each in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels


def test_every_id_is_unique_and_every_reference_leads_to_one(page: Element) -> None:
    ids = [each.attributes["id"] for each in page if "id" in each.attributes]
    assert sorted(ids) == sorted(set(ids))
    for element in page:
        for attribute in ("for", "aria-describedby", "aria-labelledby", "list"):
            for wanted in element.attributes.get(attribute, "").split():
                assert wanted in ids, (element.tag, attribute, wanted)
        if (link := element.attributes.get("href", "")).startswith("#"):
            assert link[1:] in ids, link


def test_every_control_has_a_label(page: Element) -> None:
    """A visible one for what is filled in; words of its own for what is pressed."""
    labels = {each.attributes.get("for"): each.text for each in page.all("label")}
    for control in page.all("input", "select", "textarea"):
        if control.attributes.get("type") != "hidden":
            assert labels.get(control.attributes.get("id")), control.attributes
    for pressed in [*page.all("button"), *page.all("a"), *page.all("summary")]:
        assert pressed.text or pressed.attributes.get("aria-label"), pressed
    for navigation in page.all("nav"):
        assert navigation.attributes["aria-label"]


def test_nothing_that_the_security_policy_forbids_is_on_a_page(page: Element) -> None:
    """No inline style, script or handler: the browser would drop them, and so would the reader's trust."""
    assert not page.all("style")
    assert not page.all("iframe", "object", "embed", "base")
    for script in page.all("script"):
        assert script.attributes["src"].startswith("/static/")
        assert not script.text
    for link in page.all("link"):
        assert link.attributes["href"].startswith("/static/")
    for element in page:
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if re.match(r"on|hx-on|hx-vars|hx-vals", name)]


def test_what_is_pressed_can_be_reached(page: Element) -> None:
    """Buttons are buttons and links lead somewhere; the order of the page is that of the keyboard."""
    for link in page.all("a"):
        assert link.attributes.get("href")
    for element in page:
        assert element.attributes.get("tabindex", "0") in ("0", "-1")


@pytest.mark.parametrize("name", FRAGMENTS)
def test_an_update_obeys_the_same_rules(production: Environment, ada: User, name: str) -> None:
    """It becomes part of a page."""
    update = parse(FRAGMENTS[name](production, signed_in(ada), TEXT))
    ids = [each.attributes["id"] for each in update if "id" in each.attributes]
    assert sorted(ids) == sorted(set(ids))
    assert len(update.all("h1")) == 1
    assert not update.all("script", "style")
    assert not [each for each in update if "style" in each.attributes]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_what_no_page_may(path: Path) -> None:
    """Those branches too that no test renders."""
    template = parse_text(re.sub(r"{%.*?%}|{{.*?}}", "x", path.read_text()))
    for element in template:
        assert "style" not in element.attributes
        assert element.tag != "style"
        assert element.tag != "script" or "src" in element.attributes
        assert not [name for name in element.attributes if name.startswith(("on", "hx-on"))]


def test_the_skip_link_leads_to_the_content(production: Environment, ada: User) -> None:
    page = parse(signed_in(ada).get("/"))
    first = page.one("body").all("a")[0]
    assert first.attributes["href"] == "#content"
    assert page.one("main").attributes["id"] == "content"

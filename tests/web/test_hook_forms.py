"""The hooks that the dashboard keeps (B16)."""

import pytest
from django.contrib.auth.models import User

from deployments.hooks.catalog import CATALOG
from deployments.models import Environment, Hook
from tests.support.cast import signed_in
from tests.support.forms import errors, values
from tests.support.html import parse

HOOKS = "/environments/shop/production/hooks"
SOUND = {"event": "after.pull", "name": "Build", "script": "make", "position": "0", "enabled": "on"}


def test_the_page_lists_every_event_of_the_catalog(hook: Hook, ada: User) -> None:
    """B8, B16: in its order, with what a failure does, and a way to add a hook to each."""
    page = parse(signed_in(ada).get(HOOKS))
    assert [each.text for each in page.one("ol", class_="events").all("h2")] == [
        each.name for each in CATALOG
    ]
    for event, item in zip(CATALOG, page.all("div", class_="event"), strict=True):
        assert ("the deployment is aborted" in item.text) == event.gating
    links = [link.attributes["href"] for link in page.all("a", class_="add")]
    assert links == [f"{HOOKS}/new?event={event.name}" for event in CATALOG]
    assert page.one("a", href=f"{HOOKS}/{hook.pk}").text == "Build"


def test_hooks_are_listed_as_they_will_run(production: Environment, ada: User) -> None:
    """B16: in order, and what is special of each."""
    for name, fields in [("b", {"position": 2, "enabled": False}), ("a", {"position": 1, "seconds": 5}),
                         ("c", {"position": 3, "may_fail": True})]:  # fmt: skip
        Hook.objects.create(environment=production, event="after.pull", name=name, script="x", **fields)
    told = [item.text for item in parse(signed_in(ada).get(HOOKS)).one("ul", class_="hooks").all("li")]
    assert told == ["a at most 5 s · position 1", "b off · position 2", "c may fail · position 3"]


@pytest.mark.parametrize("event", [each.name for each in CATALOG])
def test_the_event_that_was_clicked_is_chosen(production: Environment, ada: User, event: str) -> None:
    assert values(parse(signed_in(ada).get(f"{HOOKS}/new?event={event}")))["event"] == event


def test_a_hook_is_added(production: Environment, ada: User) -> None:
    """B16, B18: as it was typed, with the line ends that Bash reads."""
    browser = signed_in(ada)
    fields = {**SOUND, "script": "set -e\r\nmake\r\n", "seconds": "30", "may_fail": "on", "position": "3"}
    response = browser.post(f"{HOOKS}/new", fields)
    assert response["Location"] == HOOKS
    made = Hook.objects.get()
    assert made.script.rstrip("\n") == "set -e\nmake"
    assert (made.environment, made.event, made.name, made.position) == (production, "after.pull", "Build", 3)
    assert (made.seconds, made.may_fail, made.enabled) == (30, True, True)
    assert "“Build” is there." in parse(browser.get(HOOKS)).one("p", class_="success").text


@pytest.mark.parametrize("name", ["Größe prüfen", "キャッシュ\u3000更新", "Ship it 👩\u200d🚀", "בנייה"])
def test_a_hook_may_have_a_name_in_any_language(production: Environment, ada: User, name: str) -> None:
    signed_in(ada).post(f"{HOOKS}/new", {**SOUND, "name": name})
    assert Hook.objects.get().name == name


@pytest.mark.parametrize("script", ["cat <<EOF\n  text\nEOF\n", "\n\necho late\n", "  indented", "a\n\n\n"])
def test_a_script_is_kept_as_it_was_typed(production: Environment, ada: User, script: str) -> None:
    """Blank lines and the last line end are the script's: a here-document needs them."""
    signed_in(ada).post(f"{HOOKS}/new", {**SOUND, "script": script})
    assert Hook.objects.get().script == script


def test_a_hook_that_nobody_touched_stays_as_it_is(hook: Hook, ada: User) -> None:
    """What the page shows is what is stored: saved again, nothing changes."""
    browser = signed_in(ada)
    Hook.objects.update(script="\n# first\n<b>&amp;</b>\n", seconds=7, may_fail=True, enabled=False)
    before = Hook.objects.values().get()
    sent = values(parse(browser.get(f"{HOOKS}/{hook.pk}")))
    assert browser.post(f"{HOOKS}/{hook.pk}", sent).status_code == 302
    assert Hook.objects.values().get() == before


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("event", "after.lunch", "not one of the available choices"),
        ("event", "", "This field is required."),
        ("name", "", "This field is required."),
        ("name", "Build\x1b]0;evil\x07", "control characters can't be in it"),
        ("name", "Build\nit", "line breaks and control characters can't be in it"),
        ("name", "Build\u202eti", "control characters can't be in it"),
        ("name", "Build\x9b31m", "control characters can't be in it"),
        ("script", "", "This field is required."),
        ("script", "echo \0", "Null characters are not allowed"),
        ("position", "-1", "greater than or equal to 0"),
        ("position", "x", "Enter a whole number."),
        ("position", "9" * 30, "less than or equal to"),
        ("seconds", "0", "greater than or equal to 1"),
        ("seconds", "21601", "less than or equal to 21600"),
    ],
)
@pytest.mark.parametrize("address", ["new", "{pk}"])
def test_a_field_that_is_wrong_has_its_error_beside_it(
    hook: Hook, ada: User, address: str, field: str, value: str, told: str
) -> None:
    """B16, B18: 422, and nothing is saved."""
    response = signed_in(ada).post(f"{HOOKS}/{address.format(pk=hook.pk)}", {**SOUND, field: value})
    assert response.status_code == 422
    assert set(errors(response)) == {field}
    assert told in errors(response)[field]
    assert Hook.objects.get().script == "make\n"


def test_a_hook_is_removed_after_a_second_thought(hook: Hook, ada: User) -> None:
    """The page says what is lost; a GET removes nothing."""
    browser = signed_in(ada)
    page = parse(browser.get(f"{HOOKS}/{hook.pk}"))
    form = page.one("form", action=f"{HOOKS}/{hook.pk}/removal")
    assert form.one("button").text == "Remove “Build”"
    assert browser.get(form.attributes["action"]).status_code == 405
    assert Hook.objects.exists()
    assert browser.post(form.attributes["action"])["Location"] == HOOKS
    assert not Hook.objects.exists()
    assert "“Build” was removed." in parse(browser.get(HOOKS)).one("p", class_="success").text


@pytest.mark.parametrize("suffix", ["", "/removal"])
def test_a_hook_is_reached_through_its_own_environment_only(hook: Hook, ada: User, suffix: str) -> None:
    """An address that mixes two environments is none."""
    staging = Environment.objects.create(
        instance=hook.environment.instance, name="staging", repository="/srv/x.git"
    )
    address = f"{staging.get_absolute_url()}hooks/{hook.pk}{suffix}"
    assert signed_in(ada).post(address, SOUND).status_code == 404
    assert Hook.objects.get().script == "make\n"

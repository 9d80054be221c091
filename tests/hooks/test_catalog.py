"""THE table of events: what each row has to be, and what the rules say of some of them."""

import pytest
from pytest_django import Settings

from deployments.hooks import catalog
from deployments.hooks.catalog import CATALOG, Event
from deployments.models.hook import time_limit_of

ALL = pytest.mark.parametrize("event", CATALOG, ids=lambda event: event.name)


def test_an_event_is_found_by_its_name() -> None:
    for event in CATALOG:
        assert catalog.event(event.name) is event


@pytest.mark.parametrize("name", ["", "after.Pull", "after.pull ", "../x", ".env", "before_pull"])
def test_what_the_catalog_does_not_list_is_no_event(name: str) -> None:
    with pytest.raises(KeyError):
        catalog.event(name)


def test_no_two_events_have_one_name() -> None:
    assert len({event.name for event in CATALOG}) == len(CATALOG)


def test_the_events_of_a_deployment_are_in_its_order() -> None:
    """B12: as far as they are hooks."""
    names = [event.name for event in CATALOG if event.operation == "deployment"]
    order = ["before.pull", "after.pull", "before.deploy", "after.deploy", "deploy.success", "deploy.failure"]

    assert [name for name in names if name in order] == order


@pytest.mark.parametrize("name", ["before.pull", "after.deploy", "deploy.success"])
def test_exactly_three_events_never_decide(name: str) -> None:
    """B8: their exit status never affects the outcome."""
    assert not catalog.event(name).gating


@pytest.mark.parametrize("name", ["after.pull", "before.deploy"])
def test_what_comes_before_the_switch_decides(name: str) -> None:
    """B7: a non-zero exit ends the deployment."""
    assert catalog.event(name).gating


def test_after_a_failure_nothing_is_left_to_decide() -> None:
    """B10: its exit status is recorded only."""
    assert not catalog.event("deploy.failure").gating


def test_only_before_pull_runs_a_deployments_current_copy() -> None:
    """B17: it is thus always one version behind."""
    deployment = [event for event in CATALOG if event.operation == "deployment"]

    assert {event.name for event in deployment if event.copy == "current"} == {"before.pull"}


@ALL
def test_a_hook_may_take_ten_minutes_and_a_configuration_hook_fifteen_seconds(
    event: Event, settings: Settings
) -> None:
    """B18: unless it is configured otherwise."""
    assert time_limit_of(event) == (15 if event.operation == "configuration" else 600)
    settings.AMEZMO_HOOK_SECONDS, settings.AMEZMO_CONFIGURATION_HOOK_SECONDS = 30, 3
    assert time_limit_of(event) == (3 if event.operation == "configuration" else 30)


@ALL
def test_an_event_is_explained_in_whole_sentences(event: Event) -> None:
    """Pages and documentation show it as it is."""
    assert event.when[0].isupper()
    assert event.when.endswith(".")


@ALL
def test_an_events_name_is_a_path_below_the_hooks_directory(event: Event) -> None:
    """B14: `.amezmo/<event>`, and never anything outside."""
    parts = event.name.split("/")

    assert all(part.strip(".") == part != "" for part in parts)
    assert len(parts) <= 2

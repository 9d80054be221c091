"""Hooks that the dashboard keeps (B16), and the word of workers."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from deployments.hooks.catalog import CATALOG, Event
from deployments.models import Environment, Hook, WorkerHeartbeat


def a_hook(environment: Environment, **fields: object) -> Hook:
    return Hook(
        **{"environment": environment, "event": "after.pull", "name": "Build", "script": "make", **fields}
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event", "after.lunch"),
        ("event", ""),
        ("script", ""),
        ("script", "echo \0"),
        ("name", ""),
        ("seconds", 0),
        ("seconds", 6 * 3600 + 1),
    ],
)
def test_a_hook_that_cannot_run_is_refused(production: Environment, field: str, value: object) -> None:
    """B16, B18: no such event, nothing to run, a NUL, no time or too much of it."""
    with pytest.raises(ValidationError) as caught:
        a_hook(production, **{field: value}).full_clean()
    assert set(caught.value.message_dict) == {field}


@pytest.mark.parametrize("event", CATALOG, ids=lambda event: event.name)
def test_every_event_of_the_catalog_takes_a_hook(production: Environment, event: Event) -> None:
    """B8, B16: under the same rules as a file: gating as its event is, unless it may fail."""
    hook = a_hook(production, event=event.name)
    hook.full_clean()
    assert hook.gating == event.gating
    hook.may_fail = True
    assert not hook.gating


def test_a_hook_has_its_own_time_limit_or_its_events(production: Environment) -> None:
    """B18: ten minutes where it names none."""
    assert a_hook(production).time_limit == 600
    assert a_hook(production, seconds=5).time_limit == 5
    a_hook(production, seconds=6 * 3600).full_clean()


def test_hooks_come_by_event_and_position(production: Environment) -> None:
    """B16: in their order; of equal positions, the older first."""
    for name, event, position in [
        ("d", "before.deploy", 0), ("c", "after.pull", 2), ("a", "after.pull", 1), ("b", "after.pull", 1),
    ]:  # fmt: skip
        a_hook(production, name=name, event=event, position=position).save()
    assert [hook.name for hook in production.hooks.all()] == ["a", "b", "c", "d"]
    assert str(production.hooks.first()) == "after.pull: a"


@pytest.mark.parametrize(("seconds", "alive"), [(0, True), (19, True), (21, False), (86_400, False)])
def test_a_worker_is_alive_for_twenty_seconds_after_its_word(db: None, seconds: int, alive: bool) -> None:
    now = timezone.now()
    worker = WorkerHeartbeat.objects.create(
        cluster="default", host="web1", pid=1, version="1", workers=2, started_at=now,
        seen_at=now - timedelta(seconds=seconds),
    )  # fmt: skip
    assert worker.alive == alive
    assert WorkerHeartbeat.objects.alive().exists() == alive
    assert str(worker) == "default on web1"

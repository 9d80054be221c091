"""The sentences in which the product tells what happened."""

from datetime import timedelta
from typing import Any

import pytest

from deployments import wording
from deployments.models import Environment, Operation, Status, Step
from tests.support.history import a_step, an_operation, make_live

UNCHANGED = "Nothing is live yet."


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "-"), (-3, "0 ms"), (0, "0 ms"), (0.0284, "28 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"),
        (1.24, "1.2 s"), (9.94, "9.9 s"), (9.96, "10 s"), (38, "38 s"), (59.4, "59 s"), (59.6, "1 min 00 s"),
        (245, "4 min 05 s"), (3599.6, "1 h 00 min"), (7800, "2 h 10 min"), (90_000, "25 h 00 min"),
    ],
)  # fmt: skip
def test_a_duration_is_told_in_the_unit_that_fits(seconds: float | None, told: str) -> None:
    """Never `60 s` or `1000 ms`, and no more digits than mean anything."""
    value = None if seconds is None else timedelta(seconds=seconds)
    assert wording.duration(value) == told


def sentence(operation: Operation) -> str:
    fresh = Operation.objects.for_pages().get(pk=operation.pk)
    return wording.sentence(fresh, list(fresh.steps.all()))


def because(operation: Operation) -> str:
    return wording.because(operation, list(operation.steps.all()))


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (Status.PENDING, "Pending until a worker takes it."),
        (Status.RUNNING, "Running since a moment ago."),
        (Status.CANCELLING, "Cancelling what still runs."),
        (Status.SUCCEEDED, "Succeeded after 10 s."),
        (Status.FAILED, f"Failed before the first step. {UNCHANGED}"),
        (Status.CANCELLED, f"Cancelled after 10 s. {UNCHANGED}"),
        (Status.SUPERSEDED, f"Superseded by a newer push. {UNCHANGED}"),
    ],
)
def test_every_status_has_a_sentence(production: Environment, status: Status, told: str) -> None:
    """B34"""
    assert sentence(an_operation(production, status)) == told


def test_what_was_cancelled_while_it_waited_took_no_time(production: Environment) -> None:
    """B35"""
    waited = an_operation(production, Status.CANCELLED, started_at=None)
    assert sentence(waited) == f"Cancelled before it began. {UNCHANGED}"


def test_the_current_release_is_live(production: Environment) -> None:
    """And an older one, that succeeded as well, is not."""
    old, new = an_operation(production), an_operation(production)
    make_live(new)
    assert sentence(new) == "Live after 10 s."
    assert sentence(old) == "Succeeded after 10 s."


def test_a_running_operation_names_the_step_it_is_in(production: Environment) -> None:
    """B11"""
    operation = an_operation(production, Status.RUNNING)
    a_step(operation, "fetch")
    assert sentence(operation) == "Running since a moment ago."
    a_step(operation, "after.pull", status="running")
    assert sentence(operation) == "Running after.pull."


@pytest.mark.parametrize(
    ("fields", "told", "reason"),
    [
        ({"exit_code": 7}, "Failed in after.pull, exit 7, after 10 s.", ""),
        (
            {"exit_code": 143, "timed_out": True},
            "Failed in after.pull, at its time limit, after 10 s.",
            "Why.",
        ),
        ({}, "Failed in after.pull, after 10 s.", "Why."),
    ],
)
def test_a_failure_names_its_step_and_why(
    production: Environment, fields: dict[str, Any], told: str, reason: str
) -> None:
    """B9: the first that failed decides; an exit code says it all, anything else has its reason told."""
    operation = an_operation(production, Status.FAILED, message="Why.")
    a_step(operation, "before.pull", status="warning", exit_code=1)
    a_step(operation, "after.pull", status="failed", **fields)
    a_step(operation, "deploy.failure", status="warning", exit_code=9)
    assert sentence(operation) == f"{told} {UNCHANGED}"
    assert because(operation) == reason


def test_a_failure_between_two_steps_is_not_before_the_first(production: Environment) -> None:
    """B36: a worker may die when no step runs."""
    operation = an_operation(production, Status.FAILED, message="Its worker died.")
    a_step(operation, "fetch")
    a_step(operation, "export")
    assert sentence(operation) == f"Failed when export was over, after 10 s. {UNCHANGED}"
    assert because(operation) == "Its worker died."


def test_warnings_are_named_once_each(production: Environment) -> None:
    """B8: shown as a warning; two scripts of one event are one name."""
    operation = an_operation(production, message="Recovered.")
    for name in ("before.pull", "after.deploy", "after.deploy"):
        a_step(operation, name, status=Step.Status.WARNING, exit_code=1)
    assert sentence(operation) == (
        "Succeeded after 10 s. With a warning: before.pull, after.deploy failed, which does not stop a "
        "deployment. Recovered."
    )


@pytest.mark.parametrize("status", [status for status in Status if status != Status.FAILED])
def test_only_a_failure_has_a_because(production: Environment, status: Status) -> None:
    assert because(an_operation(production, status, message="A note.")) == ""


def test_every_state_has_a_word(production: Environment) -> None:
    """And a page that shows a state finds its glyph: glyph + word + colour."""
    from deployments.templatetags.dashboard import GLYPHS, WORDS

    assert {*Status.values, *Step.Status.values, "live", "new"} == set(GLYPHS) == set(WORDS)


def test_with_a_live_site_it_says_that_that_was_not_changed(production: Environment) -> None:
    """B9: `current` is what it was; where nothing is live, there is no site to speak of."""
    make_live(an_operation(production))
    failed = an_operation(production, "failed")
    failed.environment.refresh_from_db()
    assert wording.sentence(failed, []).endswith("Your live site was not changed.")

"""The waterfall of durations: every bar lies within the lane, and can be seen."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from deployments.models import Operation, Step
from deployments.web.timeline import NARROWEST, timeline

START = timezone.now() - timedelta(seconds=60)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def bars(*spans: tuple[float, float], whole: float = 10) -> list[tuple[float, float]]:
    operation = Operation(started_at=START, finished_at=at(whole))
    steps = [
        Step(started_at=at(begin), finished_at=at(end), status="succeeded", position=number)
        for number, (begin, end) in enumerate(spans, 1)
    ]
    return [(float(bar.left), float(bar.width)) for bar in timeline(operation, steps)]


def test_steps_lie_where_they_ran() -> None:
    assert bars((0, 5), (5, 7.5), (7.5, 10)) == [(0, 50), (50, 25), (75, 25)]


@pytest.mark.parametrize(
    ("span", "whole"),
    [((10, 10), 10), ((9.999, 10), 10), ((-5, 30), 10), ((20, 30), 10), ((0, 0), 0)],
    ids=str,
)
def test_a_bar_is_never_outside_nor_invisible(span: tuple[float, float], whole: float) -> None:
    """Not when a clock was set back, nor when all took no time."""
    ((left, width),) = bars(span, whole=whole)
    assert 0 <= left <= 100 - NARROWEST
    assert width + 0.005 >= NARROWEST
    assert left + width <= 100.001


def test_what_runs_reaches_to_now() -> None:
    now = timezone.now()
    step = Step(started_at=now - timedelta(seconds=30), status="running", position=1)
    (bar,) = timeline(Operation(started_at=now - timedelta(seconds=60)), [step])
    assert 45 < float(bar.left) <= 50
    assert float(bar.left) + float(bar.width) > 99


def test_what_has_not_begun_has_no_bars() -> None:
    assert timeline(Operation(started_at=None), []) == []

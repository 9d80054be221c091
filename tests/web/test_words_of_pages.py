"""Small words that pages share: states and times."""

from datetime import timedelta

import pytest
from django.utils import timezone

from deployments.templatetags.dashboard import moment, state
from tests.support.html import parse_text


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-30, "just now"), (0, "just now"), (4.9, "just now"), (5, "5 s ago"), (59.9, "59 s ago"), (61, "1 min ago"),
     (3599, "59 min ago"), (3601, "1 h ago"), (86_399, "23 h ago"), (86_401, "1 day ago"), (200_000, "2 days ago")],
)  # fmt: skip
def test_a_time_is_told_as_how_long_ago(seconds: float, told: str) -> None:
    """A clock that is ahead tells no negative times."""
    assert parse_text(str(moment(timezone.now() - timedelta(seconds=seconds)))).text == told


def test_no_time_is_a_dash() -> None:
    assert moment(None) == "-"


def test_a_state_is_glyph_and_word_and_its_colours_class() -> None:
    """The glyph is for the eye alone; where the word isn't shown, it is still heard."""
    shown = parse_text(state("failed")).one("span", class_="state")
    assert shown.classes == {"state", "failed"}
    assert shown.text == "✗ Failed"
    assert shown.one("span", class_="glyph").attributes["aria-hidden"] == "true"
    assert parse_text(state("failed", word=False)).one("span", class_="unseen").text == "Failed"
    assert parse_text(state(None)).text == "○ Not deployed"

"""Logs in colour: SGR becomes class names, and whatever else a hook prints is text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.web import colours
from tests.support.html import parse_text

ESC = "\x1b["


@pytest.mark.parametrize(
    ("line", "html"),
    [
        ("plain", "plain"),
        ("", ""),
        (f"{ESC}31mred{ESC}0m not", '<span class="ink-red">red</span> not'),
        (f"{ESC}32mopen", '<span class="ink-green">open</span>'),
        (f"{ESC}1;4;33mall", '<span class="bold underline ink-yellow">all</span>'),
        (f"{ESC}91mbright", '<span class="ink-red">bright</span>'),
        (f"{ESC}44;97mboth", '<span class="ink-white paper-blue">both</span>'),
        (f"{ESC}1mb{ESC}22mn", '<span class="bold">b</span>n'),
        (f"{ESC}31ma{ESC}39mb", '<span class="ink-red">a</span>b'),
        (f"{ESC}41ma{ESC}49mb", '<span class="paper-red">a</span>b'),
        (f"{ESC}31ma{ESC}mb", '<span class="ink-red">a</span>b'),
        (f"{ESC}38;5;196mx", '<span class="ink-red">x</span>'),
        (f"{ESC}38;5;12mx", '<span class="ink-blue">x</span>'),
        (f"{ESC}38;5;232mx", '<span class="ink-black">x</span>'),
        (f"{ESC}38;5;255mx", '<span class="ink-white">x</span>'),
        (f"{ESC}48;2;0;200;0mx", '<span class="paper-green">x</span>'),
        (f"{ESC}38:2:200:0:200mx", '<span class="ink-magenta">x</span>'),
        (f"{ESC}38;2;1;1;1;4mx", '<span class="underline ink-black">x</span>'),
        (f"{ESC}38;5mx", "x"),
        (f"{ESC}38mx", "x"),
        (f"{ESC}99mx", "x"),
        (f"{ESC}99999999999mx", "x"),
        (f"{ESC}31m{ESC}0m", ""),
        (f"<b>{ESC}31m<i>&", '&lt;b&gt;<span class="ink-red">&lt;i&gt;&amp;</span>'),
        ("10%\r50%\r100%", "100%"),
        (f"{ESC}31m10%\r{ESC}32m100%", '<span class="ink-green">100%</span>'),
    ],
)
def test_a_colour_becomes_a_class(line: str, html: str) -> None:
    """Of a line that was redrawn, its last state; each line begins without colour."""
    assert colours.render(line) == html


SOUP = st.lists(
    st.one_of(
        st.sampled_from(
            [ESC, "31m", "38;5;", "48;2;", ";", ":", "m", "0", "<script>", '"', "'", ">", "&", "\r"]
        ),
        st.text(max_size=4),
        st.integers(0, 10**6).map(str),
    ),
    max_size=24,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(SOUP)
def test_whatever_is_printed_only_spans_with_known_classes_come_out(line: str) -> None:
    """No text of a hook's ever becomes an element or an attribute."""
    for element in list(parse_text(colours.render(line)))[1:]:
        assert element.tag == "span"
        assert set(element.attributes) == {"class"}
        for name in element.classes:
            kind, _dash, colour = name.partition("-")
            assert name in {"bold", "faint", "italic", "underline", "inverse", "strike"} or (
                kind in ("ink", "paper") and colour in colours._NAMES
            )

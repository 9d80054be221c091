"""A command's whole output, capped: the head, the tail, and a line between them."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deployments.hooks.output import Output
from tests.hooks.test_output import BYTES, STORABLE

NOTICE = re.compile(r"\n\[… ([\d,]+) bytes are left out here: the log is at its limit …\]\n")


def store(limit: int, *pieces: bytes, flushed: bool = False) -> str:
    output = Output(limit)
    text = ""
    for piece in pieces:
        text += output.feed(piece)
        if flushed:
            text += output.flush()
    return text + output.close()


def lines(count: int, start: int = 0) -> bytes:
    """Lines of ten bytes."""
    return b"".join(b"line %4d\n" % number for number in range(start, start + count))


def test_what_fits_is_kept_whole() -> None:
    assert store(1000, lines(100)) == lines(100).decode()


@pytest.mark.parametrize("size", [1, 7, 10, 333])
def test_what_fits_is_kept_whole_in_whatever_pieces_it_comes(size: int) -> None:
    """Even where the head is full before the end: nothing was left out yet."""
    data = lines(95) + b"unfinished"

    assert store(1000, *(data[start : start + size] for start in range(0, len(data), size))) == data.decode()


def test_a_line_that_is_held_when_the_head_is_full_is_kept() -> None:
    """B11: the half line of one read, the character and the colour that it was cut in."""
    data = lines(74) + "begun \x1b[31m é".encode()

    assert store(1000, data[:-1], data[-1:] + b" ended\n") == data.decode() + " ended\n"
    assert store(1000, data[:-6], data[-6:] + b" ended\n") == data.decode() + " ended\n"


def test_of_too_much_the_head_and_the_tail_are_kept() -> None:
    """B11: how it began and how it ended, each by whole lines."""
    text = store(1000, *(lines(10, start) for start in range(0, 1000, 10)))

    head, left_out, tail = NOTICE.split(text)
    assert head.encode() == lines(75)
    assert lines(1000).endswith(tail.encode())
    assert tail.startswith("line ")
    assert 200 <= len(tail) <= 250
    assert int(left_out.replace(",", "")) == 10_000 - len(head) - len(tail)


def test_the_head_passes_at_once_and_the_rest_at_the_end() -> None:
    output = Output(1000)

    assert output.feed(lines(50)) == lines(50).decode()
    assert not output.full
    assert output.feed(lines(950, 50)) == lines(25, 50).decode()
    assert output.full
    assert output.feed(lines(10)) == output.flush() == ""
    assert output.close().endswith("line    9\n")


def test_one_endless_line_is_cut_as_well() -> None:
    text = store(1000, *([b"x" * 100] * 100), b"the end")

    head, _left_out, tail = NOTICE.split(text)
    assert set(head) == {"x"}
    assert tail.endswith("xxxthe end")


def test_a_last_line_that_is_too_long_is_kept_by_its_end() -> None:
    """It is most likely the message that tells what went wrong."""
    assert store(1000, lines(100), b"x" * 5000, b" is wrong\n").endswith("xxx is wrong\n")


def test_a_character_is_never_cut() -> None:
    text = store(100, *(["👋".encode() * 20] * 10))

    assert set(NOTICE.sub("", text)) <= {"👋", "�"}


def test_a_flushed_question_counts_once() -> None:
    output = Output(1000)

    assert output.feed(b"Continue? ") + output.flush() == "Continue? "
    assert output.close() == ""


def test_a_long_line_beside_a_redrawn_one_costs_little() -> None:
    """20 MB on one line after a carriage return: this test ends, or it would take hours."""
    text = store(64 * 1024 * 1024, b"10%\r", *([b"x" * 65536] * 320), b"\n")

    assert len(text) > 20_000_000


def test_colours_without_end_come_under_the_limit() -> None:
    r"""They are no way around it: not even after a `\r`, where nothing is shown of them yet."""
    output = Output(1_000_000)
    text = output.feed(b"\r")
    for _ in range(100):
        text += output.feed(b"\x1b[m" * 20_000)
    assert output.full
    assert len(text) <= 750_000
    assert len(NOTICE.sub("", text + output.close(), count=1)) <= 1_000_000


@given(st.integers(16, 120), st.lists(BYTES, max_size=8), st.booleans())
@example(16, [b"\x1b[31m" * 10], False)
@example(16, [b"\0" * 40], False)
@example(16, ["👋".encode() * 20], True)
def test_what_is_stored_never_exceeds_the_limit(limit: int, pieces: list[bytes], flushed: bool) -> None:
    """B11: but for the one line that says what was left out."""
    text = store(limit, *pieces, flushed=flushed)

    assert len(NOTICE.findall(text)) <= 1
    assert len(NOTICE.sub("", text, count=1).encode()) <= limit
    assert STORABLE.fullmatch(text.replace("\r", ""))


@given(st.lists(st.integers(1, 400), max_size=6), st.integers(64, 400))
def test_a_line_is_left_out_only_where_that_is_said(cuts: list[int], limit: int) -> None:
    """B11: without the notice every line is there, and with it the first and the last are."""
    data = lines(40)
    positions = [0, *sorted(min(cut, 400) for cut in cuts), 400]
    pieces = [data[start:end] for start, end in pairwise(positions)]

    text = store(limit, *pieces)

    if NOTICE.search(text):
        assert text.startswith("line    0\n")
        assert text.endswith("line   39\n")
        assert limit < 400
    else:
        assert text == data.decode()

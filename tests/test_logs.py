"""Reading logs from any byte: pieces that fit together, in one query."""

from collections.abc import Collection

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from deployments import logs
from deployments.logs import Piece
from deployments.models import Environment, Operation, Step
from tests.support.history import a_step, an_operation, append

# What databases store: no NUL, no lone surrogates. Line ends and wide characters are frequent.
CHARACTERS = st.one_of(
    st.sampled_from("\n\n\nab é€🚀\r\x1b"), st.characters(exclude_categories=["Cs"], exclude_characters="\0")
)
CHUNKS = st.lists(st.text(CHARACTERS, min_size=1, max_size=12), max_size=8)
with_rows = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def operation(production: Environment) -> Operation:
    return an_operation(production, "running")


def logged(operation: Operation, chunks: Collection[str]) -> Step:
    step = a_step(operation, status="running")
    append(step, *chunks)
    return step


@pytest.mark.parametrize(
    ("offset", "text", "begins", "line"),
    [
        (0, "aé\n🚀b\nend", 0, 0),
        (1, "é\n🚀b\nend", 1, 0),
        (2, "é\n🚀b\nend", 1, 0),  # in the middle of é: it is read whole
        (3, "\n🚀b\nend", 3, 0),
        (4, "🚀b\nend", 4, 1),
        (6, "🚀b\nend", 4, 1),  # in the middle of the rocket
        (8, "b\nend", 8, 1),
        (10, "end", 10, 2),
        (13, "", 13, 2),
        (14, "", 13, 2),
        (10**30, "", 13, 2),
        (-5, "aé\n🚀b\nend", 0, 0),
    ],
)
@pytest.mark.parametrize(
    "chunks", [["aé\n🚀b\nend"], ["aé\n", "🚀b\nend"], ["a", "é", "\n", "🚀", "b\ne", "nd"]]
)
def test_a_log_is_read_from_any_byte(
    operation: Operation, chunks: list[str], offset: int, text: str, begins: int, line: int
) -> None:
    """In the middle of a character, at chunks' borders, before the beginning and past the end."""
    step = logged(operation, chunks)
    logged(operation, ["another step's"])
    assert logs.read(step, offset) == Piece(text, begins, line)


def test_a_step_that_printed_nothing_has_an_empty_log(operation: Operation) -> None:
    step = logged(operation, [])
    assert logs.read(step) == Piece("")
    assert logs.read(step, 7) == Piece("", 7)
    assert logs.read_ends([step], 100) == {}
    assert logs.read_ends([], 100) == {}


@with_rows
@given(chunks=CHUNKS, stops=st.lists(st.booleans(), min_size=8, max_size=8))
def test_pieces_that_are_read_one_after_another_give_the_whole(
    operation: Operation, chunks: list[str], stops: list[bool]
) -> None:
    """A reader that comes back whenever it likes, while the log grows, misses and repeats nothing."""
    step = logged(operation, [])
    heard, at = "", 0
    for chunk, stop in zip(chunks, stops, strict=False):
        append(step, chunk)
        if stop:
            piece = logs.read(step, at)
            assert (piece.offset, piece.line) == (at, heard.count("\n"))
            heard, at = heard + piece.text, piece.end
    assert heard + logs.read(step, at).text == "".join(chunks)


@with_rows
@given(chunks=CHUNKS, data=st.data())
def test_from_any_byte_on_a_piece_is_the_rest(
    operation: Operation, chunks: list[str], data: st.DataObject
) -> None:
    """And it says truly where it begins: at the byte asked for, or at the character that this is in."""
    whole = "".join(chunks).encode()
    offset = data.draw(st.integers(0, len(whole)))
    piece = logs.read(logged(operation, chunks), offset)
    assert piece.text.encode() == whole[piece.offset :]
    assert offset - 3 <= piece.offset <= offset
    assert piece.line == whole[: piece.offset].count(b"\n")


@with_rows
@given(chunks=CHUNKS, size=st.integers(1, 40))
@example(chunks=["a line that is far longer than size\n"], size=5)
@example(chunks=["a chunk that is far longer than size\n", "end\n"], size=8)
@example(chunks=["é🚀🚀🚀"], size=5)
def test_an_end_is_the_end_and_never_nothing(operation: Operation, chunks: list[str], size: int) -> None:
    """Whatever the chunks' sizes: something is shown, and the next read goes on where it ends."""
    whole = "".join(chunks).encode()
    step = logged(operation, chunks)
    end = logs.read_ends([step], size).get(step.pk)
    if not whole:
        assert end is None
        return
    assert end is not None
    assert end.text.encode() == whole[end.offset :]
    assert end.end == len(whole)
    assert end.line == whole[: end.offset].count(b"\n")
    assert end.text or size < 4
    assert len(whole) > size or end.text.encode() == whole


@with_rows
@given(chunks=CHUNKS, size=st.integers(1, 40), data=st.data())
@example(chunks=["a chunk that is far longer than size\n", "end\n"], size=8, data=None)
def test_what_is_read_on_is_the_rest_or_its_end(
    operation: Operation, chunks: list[str], size: int, data: st.DataObject | None
) -> None:
    """All that follows if that is little, else the end of it, as a page that is opened now would show it."""
    whole = "".join(chunks).encode()
    offset = data.draw(st.integers(0, len(whole))) if data else 0
    step = logged(operation, chunks)
    logged(operation, ["another step's"])
    rest, read = logs.read(step, offset), logs.read_on(step, offset, size)
    if len(rest.text.encode()) <= size:
        assert read == rest
    else:
        assert read == logs.read_ends([step], size)[step.pk]
        assert read.offset > rest.offset


def test_reading_on_is_one_query_that_loads_little(operation: Operation) -> None:
    """However far the log has gone on: the chunks of its end alone come out of the database."""
    step = logged(operation, [])
    loaded = []
    for _ in range(2):
        append(step, *["x" * 99 + "\n"] * 100)
        with CaptureQueriesContext(connection) as queries:
            assert 800 < len(logs.read_on(step, 0, 1000).text) <= 1000
        (query,) = queries
        with connection.cursor() as cursor:
            cursor.execute(query["sql"])
            loaded.append(len(cursor.fetchall()))
    assert loaded == [11, 11]


def test_an_end_begins_with_a_whole_line(operation: Operation) -> None:
    step = logged(operation, ["".join(f"line {number:03}\n" for number in range(1, 101))])
    end = logs.read_ends([step], 30)[step.pk]
    assert end == Piece("line 098\nline 099\nline 100\n", 873, 97)


def test_an_end_reaches_back_over_chunks(operation: Operation) -> None:
    """The last chunk may be a single short line: what came before it is shown as well."""
    step = logged(operation, ["first\n" * 50, "last\n"])
    assert logs.read_ends([step], 40)[step.pk].text.count("first\n") >= 5


def test_ends_of_many_steps_take_one_query(operation: Operation) -> None:
    """However many steps there are, and each gets its own text."""
    counts = []
    for number in (3, 6):
        steps = [logged(operation, [f"{each} of ", f"{number}\n"]) for each in range(number)]
        with CaptureQueriesContext(connection) as queries:
            ends = logs.read_ends(steps, 1000)
        assert [ends[step.pk].text for step in steps] == [f"{each} of {number}\n" for each in range(number)]
        counts.append(len(queries))
    assert counts == [1, 1]


def test_reading_on_takes_one_query_and_only_what_is_new(operation: Operation) -> None:
    """However much was printed before."""
    step = logged(operation, [f"line {number}\n" for number in range(40)])
    at = logs.read(step).end
    append(step, "news\n")
    with CaptureQueriesContext(connection) as queries:
        piece = logs.read(step, at)
    assert len(queries) == 1
    assert piece == Piece("news\n", at, 40)


@pytest.mark.parametrize(
    ("text", "whole", "rest"),
    [
        ("", Piece("", 5, 2), Piece("", 5, 2)),
        ("open", Piece("", 5, 2), Piece("open", 5, 2)),
        ("é\n", Piece("é\n", 5, 2), Piece("", 8, 3)),
        ("a\nb\nc", Piece("a\nb\n", 5, 2), Piece("c", 9, 4)),
    ],
)
def test_a_line_that_goes_on_is_told_from_whole_ones(text: str, whole: Piece, rest: Piece) -> None:
    assert Piece(text, 5, 2).split_at_last_line() == (whole, rest)

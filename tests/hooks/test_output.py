r"""A command's bytes as text: decoding, colours, escape sequences, redrawn lines."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deployments.hooks.output import LONGEST_LINE, Cleaner


def clean(*pieces: bytes) -> str:
    """What a cleaner makes of a whole output that arrives in these pieces."""
    cleaner = Cleaner()
    return "".join([*map(cleaner.feed, pieces), cleaner.feed(b"", final=True)])


@pytest.mark.parametrize(
    "text", ["", "a\n", "a\nb", "\n\n", "tab\there\n", "Grüße, 世界 👋\n", "\ufeffBOM\n"]
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert clean(text.encode()) == text


@pytest.mark.parametrize("text", ["é\n", "世\n", "👋\n", "a👋b"])
def test_a_character_may_be_split_between_reads(text: str) -> None:
    """B11: UTF-8 is decoded across reads."""
    assert clean(*(bytes([byte]) for byte in text.encode())) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"caf\xe9\n", "caf�\n"),
        (b"\xff\xfe\n", "��\n"),
        (b"\xf0\x9f\n", "�\n"),
        (b"cut \xe4\xb8", "cut �"),
        (b"\xed\xa0\x80\n", "���\n"),
        (b"a\0b\n", "a�b\n"),
        (b"bell\x07 back\x08 form\x0c del\x7f\n", "bell� back� form� del�\n"),
        ("c1 \x9b31m\n".encode(), "c1 �31m\n"),
    ],
)
def test_what_no_database_or_terminal_should_get_is_replaced(data: bytes, text: str) -> None:
    """B11: invalid UTF-8, lone surrogates, NUL and control characters become U+FFFD."""
    assert clean(data) == text


@pytest.mark.parametrize(
    "sequence", ["\x1b[m", "\x1b[0m", "\x1b[1;31m", "\x1b[38;5;196m", "\x1b[38;2;1;2;3m", "\x1b[4:3m"]
)
def test_colours_stay(sequence: str) -> None:
    assert clean(f"{sequence}red\x1b[0m\n".encode()) == f"{sequence}red\x1b[0m\n"


MOVEMENTS = {
    "up": "\x1b[2A",
    "erase line": "\x1b[2K",
    "erase screen": "\x1b[2J",
    "home": "\x1b[H",
    "hide the cursor": "\x1b[?25l",
    "save the cursor": "\x1b7",
    "reset": "\x1bc",
    "title, ended by BEL": "\x1b]0;title\x07",
    "title, ended by ST": "\x1b]0;title\x1b\\",
    "link": "\x1b]8;;https://example.org\x1b\\",
    "device control": "\x1bPq#0\x1b\\",
    "character set": "\x1b(B",
    "private colours": "\x1b[>4;2m",
    "with an intermediate byte": "\x1b[0 q",
}


@pytest.mark.parametrize("sequence", MOVEMENTS.values(), ids=MOVEMENTS)
def test_every_other_escape_sequence_goes(sequence: str) -> None:
    """B11: moving the cursor could erase what was said before."""
    assert clean(f"before{sequence}after\n".encode()) == "beforeafter\n"


@pytest.mark.parametrize("sequence", [*MOVEMENTS.values(), "\x1b[1;31m"])
def test_a_sequence_may_be_split_anywhere(sequence: str) -> None:
    data = f"before{sequence}after\n".encode()
    for position in range(len(data)):
        assert clean(data[:position], data[position:]) == clean(data)


@pytest.mark.parametrize("sequence", MOVEMENTS.values(), ids=MOVEMENTS)
def test_a_sequence_may_be_split_by_a_flush(sequence: str) -> None:
    """What has begun is held back until it is known what it is."""
    data = f"before{sequence}after\n".encode()
    start, end = len(b"before"), len(b"before") + len(sequence.encode())
    for position in range(start, end + 1):
        cleaner = Cleaner()
        text = cleaner.feed(data[:position]) + cleaner.flush()
        assert text == "before"
        assert text + cleaner.feed(data[position:]) == "beforeafter\n"


@pytest.mark.parametrize(
    "data", [b"\x1b", b"\x1b\n", b"\x1b[\n", b"\x1b[3\n", b"\x1b]0;a\nb\x07c\n", b"\x1b\x1b[31"]
)
def test_a_sequence_that_is_none_cannot_pass(data: bytes) -> None:
    assert "\x1b" not in clean(data)


def test_taking_sequences_out_makes_no_new_one() -> None:
    assert clean(b"\x1b\x1b[K[2Jx\n") == "�[2Jx\n"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"10%\r20%\r100%\n", "100%\n"),
        (b"10%\r20%\r100%\r\n", "100%\n"),
        (b"10%\r100%\r", "100%"),
        (b"10%\r100%", "100%"),
        (b"10%\r\x1b[K20%\r\x1b[K\n", "20%\n"),
        (b"100%\r\x1b[0m\n", "100%\x1b[0m\n"),
        (b"a\r\nb\r\n", "a\nb\n"),
        (b"a\r\r\nb\n", "a\nb\n"),
        (b"\r\n", "\n"),
        (b"\ra\n", "a\n"),
        (b"kept\n1\r2\nkept\n", "kept\n2\nkept\n"),
    ],
)
def test_of_a_redrawn_line_the_last_state_stays(data: bytes, text: str) -> None:
    assert clean(data) == text


def test_a_line_is_held_until_its_end() -> None:
    cleaner = Cleaner()

    assert cleaner.feed(b"one\ntwo") == "one\n"
    assert cleaner.feed(b" and a half\n") == "two and a half\n"


def test_a_question_is_shown_by_a_flush() -> None:
    """B11: a partial line is seen within moments, and goes on afterwards."""
    cleaner = Cleaner()

    assert cleaner.feed(b"Continue? ") == ""
    assert cleaner.flush() == "Continue? "
    assert cleaner.flush() == ""
    assert cleaner.feed(b"no\n") == "no\n"


@pytest.mark.parametrize(
    ("before", "after", "texts"),
    [
        (b"10%", b"\r20%\n", ("10%", "\r20%\n")),
        (b"10%\r", b"20%\n", ("10%", "\r20%\n")),
        (b"10%\r\x1b[K", b"20%\n", ("10%", "\r20%\n")),
        (b"10%\r\x1b[", b"K20%\r30%\n", ("10%", "\r30%\n")),
        (b"10%", b"\r\n", ("10%", "\n")),
        (b"10%\r", b"\nnext\n", ("10%", "\nnext\n")),
        (b"10%", b" more\nnext\r\n", ("10%", " more\nnext\n")),
        (b"5%\r10%", b"\r\r20%\n30%\r40%\n", ("10%", "\r20%\n40%\n")),
    ],
)
def test_a_line_that_was_shown_may_be_redrawn(before: bytes, after: bytes, texts: tuple[str, str]) -> None:
    r"""A reader shows what follows the last `\r`."""
    cleaner = Cleaner()

    assert (cleaner.feed(before) + cleaner.flush(), cleaner.feed(after)) == texts


def test_half_a_character_is_not_flushed() -> None:
    cleaner = Cleaner()

    assert cleaner.feed("a👋".encode()[:3]) + cleaner.flush() == "a"
    assert cleaner.feed("👋\n".encode()[2:]) == "👋\n"


@pytest.mark.parametrize(
    "byte", [b"x", b"\r", b"\x1b", b"\x1b[0", b"\x1b[", b"\x1b]0;", b"\r\x1b[", b"\0", b"\xf0"]
)
def test_a_line_without_end_is_not_held_without_end(byte: bytes) -> None:
    cleaner = Cleaner()
    text = "".join(cleaner.feed(byte * 65536) for _ in range(8))

    assert len(cleaner.take()) <= 3 * LONGEST_LINE + 8 * len(byte)
    assert bool(text) == (byte != b"\r")


@pytest.mark.parametrize("size", [3, 4096, 65_536])
@pytest.mark.parametrize("begun", [b"\r", b"10%\r", b"10%\n\r\x1b[31m"])
def test_colours_without_end_are_not_held_without_end(begun: bytes, size: int) -> None:
    r"""After a `\r` they show nothing yet; so many of them are let through, a line or not."""
    cleaner = Cleaner()
    colours = b"\x1b[m" * 100_000
    text = cleaner.feed(begun)
    for start in range(0, len(colours), size):
        text += cleaner.feed(colours[start : start + size])
        assert len(cleaner._held) <= LONGEST_LINE + size
    held = cleaner.take().decode()
    assert (text + held).count("\x1b[m") == 100_000
    assert "�" not in text


FRAGMENTS = st.sampled_from(
    [b"a", b"\n", b"\r", b"\r\n", b"\x1b", b"\x1b[", b"\x1b[31m", b"\x1b[2K", b"\x1b]0;", b"\x07", b"\x1b\\", b"0",
     b";", b"m", b"\xc3", b"\xa9", "👋".encode(), b"\xff", b"\0", b"\xed\xa0\x80", b"\x7f", b" "]
)  # fmt: skip
BYTES = st.lists(FRAGMENTS | st.binary(max_size=6), max_size=25).map(b"".join)


@given(BYTES, st.lists(st.integers(0, 160), max_size=8))
@example(b"\x1b]0;a\nb\x07c\n", [6])
def test_splitting_changes_nothing(data: bytes, cuts: list[int]) -> None:
    """B11: the text does not depend on how the output happened to be read."""
    positions = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(positions)]

    assert clean(*pieces) == clean(data)


STORABLE = re.compile(r"(?:[\t\n\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]|\x1b\[[0-9;:]*m)*")


@given(BYTES, st.booleans())
def test_whatever_comes_in_what_goes_out_can_be_stored(data: bytes, flushed: bool) -> None:
    r"""B11: no NUL, no lone surrogate, no escape but colours, and `\r` only before a redrawn state."""
    cleaner = Cleaner()
    text = ""
    for byte in data:
        text += cleaner.feed(bytes([byte]))
        if flushed:
            text += cleaner.flush()
    text += cleaner.feed(b"", final=True)

    assert STORABLE.fullmatch(text.replace("\r", "") if flushed else text)

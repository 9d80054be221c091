"""Secrets in what hooks print: masked in every form, wherever the text is cut."""

import base64
import json
import textwrap
from itertools import pairwise
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.hooks.masking import MASK, Forms, Masker

TOKEN = "s3cr3t/Token+with=Ümlaut&more"
KEY = "-----BEGIN PRIVATE KEY-----\n" + "\n".join(
    textwrap.wrap(base64.b64encode(bytes(range(200))).decode(), 64)
) + "\n-----END PRIVATE KEY-----\n"  # fmt: skip


def masked(text: str, *secrets: str) -> str:
    return Forms(secrets).mask(text)


@pytest.mark.parametrize(
    "printed",
    [
        TOKEN,
        f"key={TOKEN};",
        f"'{TOKEN}'",
        json.dumps({"key": TOKEN}),
        base64.b64encode(TOKEN.encode()).decode(),
        base64.b64encode(f"user:{TOKEN}".encode()).decode(),
        base64.b64encode(f"me:{TOKEN}!".encode()).decode(),
        base64.b64encode(f"{TOKEN}\n".encode()).decode(),
        base64.urlsafe_b64encode(f"a{TOKEN}".encode()).decode(),
        "\n".join(textwrap.wrap(base64.b64encode(f"{'x' * 50}{TOKEN}".encode()).decode(), 76)),
        f"https://example.org/?key={quote(TOKEN, safe='')}",
        quote_plus(TOKEN),
        quote(TOKEN),
        quote(TOKEN, safe="").replace("%2F", "%2f").replace("%3D", "%3d").replace("%2B", "%2b"),
    ],
)
def test_a_secret_is_masked_in_every_form(printed: str) -> None:
    """B28: raw, in base64 at any alignment and wrapped at any width, URL-encoded."""
    shown = masked(printed, TOKEN)
    assert MASK in shown
    for form in (TOKEN, quote(TOKEN, safe=""), quote_plus(TOKEN), base64.b64encode(TOKEN.encode()).decode()):
        assert form not in shown
    rest = shown.replace(MASK, "\0").replace("\n", "")
    encoded = base64.b64encode(TOKEN.encode()).decode()
    for start in range(len(encoded) - 8):
        assert encoded[start : start + 8] not in rest


@pytest.mark.parametrize("indented", ["", "  | "])
def test_a_private_key_of_many_lines_is_masked(indented: str) -> None:
    """B28: also where something stands before each of its lines."""
    shown = masked(textwrap.indent(KEY, indented), KEY)
    for line in KEY.splitlines():
        assert line not in shown


def test_a_long_key_in_wrapped_base64_is_masked() -> None:
    """B28: `base64 key.pem` wraps at 76 characters."""
    encoded = base64.b64encode(KEY.encode()).decode()
    shown = masked("\n".join(textwrap.wrap(encoded, 76)), KEY).replace("\n", "")
    for start in range(len(encoded) - 12):
        assert encoded[start : start + 12] not in shown


def test_overlapping_secrets_are_masked_together() -> None:
    """B28: nothing of the second shows after the first, however the text is cut."""
    assert masked("abcdefghij", "abcdef", "defghij") == MASK
    masker = Masker(Forms(["abcdef", "defghij"]))
    assert "".join(map(masker.feed, "xabcdefghijx")) + masker.close() == f"x{MASK}x"


def test_what_is_too_short_to_mask_stays() -> None:
    """B28: masking “1” would garble every log; the page warns when such a secret is added."""
    assert masked("version 1.2.3", "1", "2.3") == "version 1.2.3"


def test_without_secrets_nothing_changes_and_nothing_is_held() -> None:
    masker = Masker(Forms([]))
    assert masker.feed("anything") == "anything"
    assert masker.close() == ""


def test_a_cut_leaves_no_half_secret() -> None:
    """B28: where a log is at its limit, the beginning of a secret may be the last thing that was printed."""
    masker = Masker(Forms([TOKEN]))
    shown = masker.feed("key=" + TOKEN[:-1])
    masker.cut()
    assert TOKEN[:4] not in shown + masker.close()


words = st.text(st.sampled_from("ab/+=\n "), min_size=1, max_size=12)


@given(st.lists(words, min_size=1, max_size=4), st.lists(words, max_size=12), st.lists(st.integers(0, 200)))
def test_where_the_text_is_cut_makes_no_difference(
    secrets: list[str], texts: list[str], cuts: list[int]
) -> None:
    """B28: across any buffer boundary."""
    text = "".join(f"{word}{secret}" for word in texts for secret in secrets)
    forms = Forms(secrets)
    positions = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    masker = Masker(forms)
    pieces = [masker.feed(text[start:end]) for start, end in pairwise(positions)]
    assert "".join(pieces) + masker.close() == forms.mask(text)


@given(st.text(min_size=4, max_size=40), st.text(max_size=30), st.text(max_size=30))
def test_no_secret_shows(secret: str, before: str, after: str) -> None:
    """B28: one byte at a time, whatever stands around it."""
    if "\n" in secret or "\r" in secret or MASK in secret or "\0" in secret:
        return
    masker = Masker(Forms([secret]))
    shown = "".join(masker.feed(character) for character in before + secret + after) + masker.close()
    assert secret not in shown.replace(MASK, "\0")


def test_a_line_that_goes_on_is_shown_before_its_end() -> None:
    """What can't be the beginning of a secret is not held back while nothing follows."""
    masker = Masker(Forms([TOKEN, KEY]))
    assert masker.feed("Downloading ...") + masker.flush() == "Downloading ..."
    assert masker.feed(" key " + TOKEN[:5]) + masker.flush() == " key "
    assert masker.feed(TOKEN[5:] + "\n") + masker.flush() + masker.close() == f"{MASK}\n"


@given(st.text(min_size=4, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_no_secret_shows_one_character_at_a_time(secret: str, before: str, after: str) -> None:
    """B28: with a pause after each, in which everything that can be shown is."""
    if "\n" in secret or "\r" in secret or MASK in secret or "\0" in secret:
        return
    encoded = base64.b64encode(secret.encode()).decode()
    masker = Masker(Forms([secret]))
    text = f"{before}{secret}{after}\n{encoded}\n"
    shown = "".join(masker.feed(character) + masker.flush() for character in text) + masker.close()
    assert secret not in shown.replace(MASK, "\0")
    if len(encoded) > 12:
        assert encoded.rstrip("=")[:-3] not in shown

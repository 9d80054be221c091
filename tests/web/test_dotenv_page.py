"""The page of the .env: saved, compared, restored (B25, B26)."""

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from deployments import operations
from deployments.models import ConfigurationChange, Environment
from deployments.webroot.dotenv import doubts
from tests.support.cast import signed_in

HERE = "/environments/shop/production/dotenv"


@pytest.fixture
def browser(ada: User, production: Environment) -> Client:
    return signed_in(ada)


def newest(environment: Environment) -> bytes:
    version = environment.dotenv_versions.first()
    assert version is not None
    return bytes(version.content)


def test_it_begins_as_a_draft_to_accept(browser: Client, production: Environment) -> None:
    shown = browser.get(HERE).content.decode()
    for name in ("APP_HOSTNAME", "STORAGE_DIRECTORY", "LOG_DIRECTORY", "NODE_ENV", "AMEZMO_ENVIRONMENT"):
        assert f"{name}=" in shown
    assert not production.dotenv_versions.exists()


@pytest.mark.parametrize(
    ("text", "ends", "kept"),
    [
        ("A=1\r\nB= $x \r\n", "lf", b"A=1\nB= $x \n"),
        ("A=1\r\nB=2", "crlf", b"A=1\r\nB=2"),
        ("\r\n  A=1  ", "lf", b"\n  A=1  "),
        ("", "lf", b""),
    ],
)
def test_what_was_typed_is_kept_to_the_byte(
    browser: Client, production: Environment, ada: User, text: str, ends: str, kept: bytes
) -> None:
    """B25: browsers send CRLF, so the page asks for line ends; nothing is stripped."""
    answer = browser.post(HERE, {"text": text, "ends": ends})
    change = ConfigurationChange.objects.get()
    assert answer.url == change.get_absolute_url()  # type: ignore[attr-defined]
    assert (newest(production), change.requested_by) == (kept, ada)


def test_an_uploaded_file_is_kept_to_the_byte(browser: Client, production: Environment) -> None:
    """B25: what is not UTF-8 can't be typed."""
    content = b"A=\xff\x00\r\nB\n"
    browser.post(HERE, {"text": "ignored", "ends": "lf", "file": SimpleUploadedFile("x", content)})
    assert newest(production) == content
    shown = browser.get(HERE).content.decode()
    assert "can&#x27;t be edited as text" in shown or "can't be edited as text" in shown
    assert browser.get(f"{HERE}/1/raw").content == content


def test_one_that_is_too_large_is_refused_beside_its_field(browser: Client, production: Environment) -> None:
    answer = browser.post(HERE, {"file": SimpleUploadedFile("x", b"x" * (1024 * 1024 + 1))})
    assert answer.status_code == 422
    assert "at most 1 MB" in answer.content.decode()
    assert not production.dotenv_versions.exists()


def test_versions_are_compared_and_restored(browser: Client, production: Environment) -> None:
    """B26: a restored one is a new version that says where it came from."""
    for content in (b"A=1\nB=1\n", b"A=2\nB=1\n"):
        operations.save_dotenv(production, content).record_dotenv()
    shown = browser.get(f"{HERE}/1").content.decode()
    assert '<li class="added"' in shown
    assert '<li class="removed"' in shown
    browser.post(f"{HERE}/1/restoration")
    version = production.dotenv_versions.first()
    assert version is not None
    assert (version.number, version.restored_from, bytes(version.content)) == (3, 1, b"A=1\nB=1\n")
    assert "restored from 1" in browser.get(HERE).content.decode()


@pytest.mark.parametrize(
    ("content", "doubt"),
    [
        (b"A=1\nA=2\n", "Line 2 sets A again, after line 1."),
        (b"A = 1\n", "Line 1 has spaces around"),
        (b"A='x\n", "Line 1 has a quote that is not closed."),
        (b"A\n", "Line 1 has no “=”."),
        (b"A=\xff\n", "not all UTF-8"),
    ],
)
def test_what_looks_wrong_is_told_and_kept(content: bytes, doubt: str) -> None:
    """B25: unvalidated; the page only warns."""
    assert any(doubt in each for each in doubts(content))


@pytest.mark.parametrize("content", [b"", b"# x\n\nexport A='1'\nB=\"it's\"\nC=a=b\n", b"A=1\r\nB=2\r\n"])
def test_what_is_fine_raises_no_doubts(content: bytes) -> None:
    assert doubts(content) == []

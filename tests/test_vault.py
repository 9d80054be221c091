"""Encryption at rest, and values that can't be printed by mistake (B27)."""

import logging
import pickle
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from pytest_django import Settings

from deployments import operations
from deployments.errors import Failure
from deployments.models import Environment, Secret
from deployments.vault import Hidden, Vault, new_key

VALUE = "hunter2-and-more"


def test_a_hidden_value_shows_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """B27: not in logs, exceptions or formatted text; and it can't be queued."""
    hidden = Hidden(VALUE)
    logging.getLogger("test").warning("%s %r", hidden, {"key": hidden})
    shown = [str(hidden), repr(hidden), f"{hidden}", str([hidden]), str(ValueError(hidden)), caplog.text]
    assert all(VALUE not in each for each in shown)
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(hidden)
    assert hidden.reveal() == VALUE


def test_the_first_key_seals_and_all_open() -> None:
    """B27: so that keys can be changed while workers run."""
    old, new = new_key(), new_key()
    sealed = Vault([old]).seal(Hidden(VALUE))
    assert Vault([new, old]).open(sealed).reveal() == VALUE
    again = Vault([new, old]).seal_anew(sealed)
    assert Vault([new]).open(again).reveal() == VALUE
    with pytest.raises(Failure, match="AMEZMO_ENCRYPTION_KEYS"):
        Vault([new]).open(sealed)


@pytest.mark.parametrize("sealed", [b"", b"x", b"gAAAAA", b"\xff" * 100])
def test_what_was_tampered_with_is_not_opened(sealed: bytes) -> None:
    with pytest.raises(Failure, match="can't be decrypted"):
        Vault([new_key()]).open(sealed)


@pytest.mark.parametrize("key", ["", "short", "ü" * 44])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(Failure, match="AMEZMO_ENCRYPTION_KEYS holds something that is no key"):
        Vault([key])


@pytest.mark.parametrize(
    "name", ["BASH_ENV", "LD_PRELOAD", "GIT_SSH_COMMAND", "PATH", "RELEASE_ID", "a-b", "1A", "A B"]
)
def test_names_that_would_hijack_a_hook_are_refused(production: Environment, name: str) -> None:
    """B27: with the reason."""
    with pytest.raises(ValidationError) as refused:
        operations.add_secret(production, name, Hidden(VALUE))
    assert "name" in refused.value.message_dict
    assert not Secret.objects.exists()


def test_a_name_is_used_once(production: Environment) -> None:
    """B27: deleted and added anew, never edited."""
    operations.add_secret(production, "TOKEN", Hidden(VALUE))
    with pytest.raises(ValidationError, match="delete it first"):
        operations.add_secret(production, "TOKEN", Hidden("other"))
    assert production.secrets.all().opened()["TOKEN"].reveal() == VALUE


def test_rotation_encrypts_everything_with_a_new_key(
    production: Environment, settings: Settings, tmp_path: Path
) -> None:
    """B27: the file holds the new key first; the old one can then go."""
    old, path = new_key(), tmp_path / "encryption-keys"
    path.write_text(old + "\n")
    settings.AMEZMO_ENCRYPTION_KEYS, settings.AMEZMO_ENCRYPTION_KEYS_FILE = [old], path
    for name in ("ONE", "TWO"):
        operations.add_secret(production, name, Hidden(VALUE + name))
    call_command("rotate_encryption_key")
    new, kept = path.read_text().split()
    assert kept == old
    assert path.stat().st_mode & 0o777 == 0o600
    settings.AMEZMO_ENCRYPTION_KEYS = [new]
    assert {name: value.reveal() for name, value in production.secrets.all().opened().items()} == {
        "ONE": VALUE + "ONE", "TWO": VALUE + "TWO",
    }  # fmt: skip


def test_rotation_with_a_lost_key_changes_nothing(production: Environment, settings: Settings) -> None:
    """B27: all of them, or none."""
    operations.add_secret(production, "ONE", Hidden(VALUE))
    before = bytes(Secret.objects.get().sealed)
    settings.AMEZMO_ENCRYPTION_KEYS = [new_key()]
    with pytest.raises(Failure):
        operations.rotate_secrets()
    assert bytes(Secret.objects.get().sealed) == before

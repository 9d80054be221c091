"""Secrets on their way through a deployment: given to hooks, and to nobody else (B27, B28)."""

import base64
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from deployments import operations
from deployments.hooks.masking import MASK
from deployments.models import Environment, Hook, Secret
from deployments.vault import Hidden, new_key
from tests.conftest import Deploy
from tests.support.reading import log, log_of, step
from tests.support.repository import Repository

TOKEN = "tok-7f3a9c/with+signs=and more"
KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nAoIBAQC7VJTUt9Us8cKjMzEfYyjiWA4R\n-----END KEY-----\n"


@pytest.fixture
def secretive(production: Environment) -> Environment:
    operations.add_secret(production, "TOKEN", Hidden(TOKEN))
    operations.add_secret(production, "DEPLOY_KEY", Hidden(KEY))
    return production


def everything_kept(environment: Environment) -> str:
    """All text that an operation left in the database."""
    told = []
    for operation in environment.operations.all():
        told.append(operation.message)
        told += [f"{each.message} {log(each)}" for each in operation.steps.all()]
    return "\n".join(told)


def test_hooks_are_given_them(secretive: Environment, repository: Repository, deploy: Deploy) -> None:
    """B19, B27: byte for byte, several lines included."""
    repository.commit({".amezmo/after.pull": 'printf %s "$TOKEN" > token; printf %s "$DEPLOY_KEY" > key'})
    release = deploy(secretive).directory
    assert release is not None
    assert (release / "token").read_text() == TOKEN
    assert (release / "key").read_text() == KEY
    assert Secret.objects.filter(last_used_at=None).count() == 0


PRINTS = {
    "env": "env",
    "raw": 'echo "token: $TOKEN"',
    "base64": 'printf %s "$TOKEN" | base64; echo "user:$TOKEN" | base64 -w 20',
    "the key": 'echo "$DEPLOY_KEY"; echo "$DEPLOY_KEY" | base64; echo "$DEPLOY_KEY" | sed "s/^/> /"',
    "one byte at a time": 'for ((i = 0; i < ${#TOKEN}; i++)); do printf %s "${TOKEN:$i:1}"; sleep 0.02; done',
    "slowly": 'printf %s "${TOKEN:0:9}"; sleep 0.7; printf "%s\\n" "${TOKEN:9}"',
    "traced": 'set -x; test -n "$TOKEN"; : "$DEPLOY_KEY"',
    "as an argument of a failure": 'no-such-program "$TOKEN"; exit 1',
}


@pytest.mark.parametrize("way", PRINTS)
def test_what_a_hook_prints_is_masked_before_it_is_kept(
    secretive: Environment, repository: Repository, deploy: Deploy, way: str
) -> None:
    """B28: raw, in base64, line by line, across any boundary."""
    repository.commit({".amezmo/after.pull": PRINTS[way]})
    deploy(secretive)
    kept = everything_kept(secretive)
    assert MASK in kept or way == "as an argument of a failure"
    assert TOKEN not in kept
    assert base64.b64encode(TOKEN.encode()).decode()[:20] not in kept
    for line in KEY.splitlines():
        assert line not in kept


def test_masking_leaves_the_rest_as_it_is(
    secretive: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B28"""
    repository.commit({".amezmo/after.pull": 'printf "one\\ntwo %s three\\nfour" "$TOKEN"'})
    assert log_of(deploy(secretive), "after.pull") == f"one\ntwo {MASK} three\nfour"


def test_a_log_that_just_fits_is_kept_whole(
    secretive: Environment, repository: Repository, deploy: Deploy, settings: Settings
) -> None:
    """B28: what is held back is not lost where nothing is left out."""
    settings.AMEZMO_LOG_LIMIT = 1000
    repository.commit({".amezmo/after.pull": "printf 'x%.0s' {1..900}; echo; echo end"})
    assert log_of(deploy(secretive), "after.pull") == "x" * 900 + "\nend\n"


@pytest.mark.parametrize("wrapped", ["", "; echo", "| base64; true"])
def test_a_secret_at_the_logs_limit_shows_no_half(
    secretive: Environment, repository: Repository, deploy: Deploy, settings: Settings, wrapped: str
) -> None:
    """B28: the head may end in the middle of one, and the tail begin there."""
    settings.AMEZMO_LOG_LIMIT = 1000
    repository.commit({".amezmo/after.pull": f'for i in $(seq 200); do printf %s "$TOKEN" {wrapped}; done'})
    deploy(secretive)
    kept = everything_kept(secretive)
    assert "left out here" in kept
    rest = kept.replace(MASK, "\0")
    encoded = base64.b64encode(TOKEN.encode()).decode()
    for secret in (TOKEN, encoded[:-4]):
        for start in range(len(secret) - 8):
            assert secret[start : start + 8] not in rest


def test_no_file_and_no_database_has_them(
    secretive: Environment, repository: Repository, deploy: Deploy, tmp_path: Path
) -> None:
    """B27: encrypted at rest, and written nowhere else."""
    repository.commit({".amezmo/after.pull": "true"})
    Hook.objects.create(environment=secretive, event="after.pull", name="uses it", script='test -n "$TOKEN"')
    assert deploy(secretive).status == "succeeded"
    for path in tmp_path.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert TOKEN.encode() not in path.read_bytes(), path
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM deployments_secret")
        for (sealed,) in cursor.fetchall():
            assert TOKEN.encode() not in bytes(sealed)


def test_a_lost_key_is_a_refusal_that_names_the_setting(
    secretive: Environment, deploy: Deploy, settings: Settings
) -> None:
    """B27: nothing runs, nothing is overwritten, and the old key mends it."""
    old = settings.AMEZMO_ENCRYPTION_KEYS
    settings.AMEZMO_ENCRYPTION_KEYS = [new_key()]
    failed = deploy(secretive)
    assert failed.status == "failed"
    assert "AMEZMO_ENCRYPTION_KEYS" in failed.message
    assert not failed.steps.exists()
    settings.AMEZMO_ENCRYPTION_KEYS = old
    assert deploy(secretive).status == "succeeded"


def test_deleted_ones_are_given_to_nobody(
    secretive: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B27: from the next operation on."""
    repository.commit({".amezmo/after.pull": 'echo "[${TOKEN-}]"'})
    Secret.objects.filter(name="TOKEN").delete()
    assert log_of(deploy(secretive), "after.pull") == "[]\n"
    assert step(deploy(secretive), "after.pull").exit_code == 0

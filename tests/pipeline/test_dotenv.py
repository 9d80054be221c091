"""The .env on its way into releases: byte for byte, and as an operation of its own (B20, B25, B26)."""

import os
from pathlib import Path

import pytest

from deployments import operations
from deployments.errors import Failure
from deployments.models import ConfigurationChange, Environment, Operation
from deployments.pipeline.run import run_next
from tests.conftest import Deploy
from tests.support.reading import log_of, steps
from tests.support.repository import Repository

CONTENTS = {
    "ordinary": b"A=1\nB=$A\n",
    "quotes": b"A='it''s' \"$B\"\n",
    "CRLF": b"A=1\r\nB=2\r\n",
    "no final newline": b"A=1",
    "not UTF-8": b"A=\xff\xfe\x00\x01\n",
    "empty": b"",
}


def save(environment: Environment, content: bytes) -> ConfigurationChange:
    """Save a .env, and run the operation, as a worker would."""
    change = operations.save_dotenv(environment, content)
    assert run_next(environment.pk)
    change.refresh_from_db()
    environment.refresh_from_db()
    return change


def live_dotenv(environment: Environment) -> Path:
    return environment.layout.current / ".env"


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_a_saved_one_is_in_every_new_release(
    production: Environment, repository: Repository, deploy: Deploy, content: bytes
) -> None:
    """B25: byte for byte, replacing one that the repository brought."""
    repository.commit({".env": "FROM=repository\n"})
    assert save(production, content).status == "succeeded"
    deployment = deploy(production)
    assert ".env" in steps(deployment)
    assert live_dotenv(production).read_bytes() == content


def test_with_none_saved_the_trees_own_stays(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B25: and no step is recorded that did nothing (B11)."""
    repository.commit({".env": "FROM=repository\n"})
    deployment = deploy(production)
    assert ".env" not in steps(deployment)
    assert live_dotenv(production).read_text() == "FROM=repository\n"


def test_it_is_in_place_before_after_pull_and_not_loaded(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B20"""
    save(production, b"FROM_FILE=1\n")
    repository.commit({".amezmo/after.pull": 'cat .env; echo "[${FROM_FILE-}]"'})
    assert log_of(deploy(production), "after.pull") == "FROM_FILE=1\n[]\n"


def test_saving_writes_into_the_live_release_between_its_hooks(
    production: Environment, repository: Repository, deploy: Deploy
) -> None:
    """B26: config/before-change, the file, config/after-change, from the live release's copies."""
    say = 'echo "$TARGET_HOOK $RELEASE_NUMBER: $(cat .env 2>/dev/null)"; exit 0'
    repository.commit({".amezmo/config/before-change": say, ".amezmo/config/after-change": f"{say}; exit 3"})
    first = deploy(production)
    change = save(production, b"A=new")
    assert change.status == "succeeded"
    assert steps(change) == ["config/before-change", "write .env", "config/after-change"]
    assert log_of(change, "config/before-change") == "config/before-change 1: \n"
    assert log_of(change, "config/after-change") == "config/after-change 1: A=new\n"
    assert first.directory is not None
    assert (first.directory / ".env").read_bytes() == b"A=new"
    assert Operation.objects.filter(sequence__isnull=False).count() == 1


def test_before_change_can_refuse(production: Environment, repository: Repository, deploy: Deploy) -> None:
    """B26: non-zero aborts: the live release and new ones keep the old .env; the version is kept."""
    save(production, b"A=old")
    repository.commit({".amezmo/config/before-change": "exit 1"})
    deploy(production)
    refused = save(production, b"A=new")
    assert refused.status == "failed"
    assert live_dotenv(production).read_bytes() == b"A=old"
    deploy(production)
    assert live_dotenv(production).read_bytes() == b"A=old"
    assert production.dotenv_versions.count() == 2


def test_a_link_in_its_place_is_replaced_and_not_followed(
    production: Environment, repository: Repository, deploy: Deploy, tmp_path: Path
) -> None:
    """B25: nothing outside the release is written."""
    outside = tmp_path / "outside"
    outside.write_text("precious")
    repository.commit({}, links={".env": str(outside)})
    save(production, b"A=1")
    deploy(production)
    assert not live_dotenv(production).is_symlink()
    assert live_dotenv(production).read_bytes() == b"A=1"
    assert outside.read_text() == "precious"
    assert [name for name in os.listdir(production.layout.current) if name.startswith(".env")] == [".env"]


def test_one_of_more_than_a_megabyte_is_refused(production: Environment) -> None:
    """B25: with a sentence, and nothing is kept."""
    with pytest.raises(Failure, match="at most 1 MB"):
        operations.save_dotenv(production, b"x" * (1024 * 1024 + 1))
    assert not production.dotenv_versions.exists()


def test_it_waits_its_turn_and_needs_no_release(production: Environment) -> None:
    """B26, B33: an operation like any other; before the first release it waits for that."""
    change = save(production, b"A=1")
    assert change.status == "succeeded"
    assert steps(change) == ["write .env"]
    assert not production.layout.current.exists()
    assert production.dotenv is not None

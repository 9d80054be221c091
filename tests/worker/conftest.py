"""An environment whose queue is this test's alone, even where tests share a broker."""

import uuid
from pathlib import Path

import pytest

from deployments.models import Environment, Instance
from tests.support.repository import Repository


@pytest.fixture
def cluster() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def shop(transactional_db: None, repository: Repository, tmp_path: Path, cluster: str) -> Environment:
    instance = Instance.objects.create(name="shop", webroot=str(tmp_path / "webroot"), cluster=cluster)
    return Environment.objects.create(
        instance=instance, name="production", repository=repository.address, branch="main"
    )

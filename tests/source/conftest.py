"""Fixtures for a mirror: its real environment, and a way to run git under the real supervisor."""

import os
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from deployments.source import address, git
from deployments.source.mirror import Mirror
from tests.support.repository import Repository
from tests.support.runner import SupervisedRunner

MakeMirror = Callable[..., Mirror]


@pytest.fixture
def run() -> SupervisedRunner:
    return SupervisedRunner()


@pytest.fixture
def make_mirror(tmp_path: Path) -> MakeMirror:
    """Return the mirror of an address, as a host with the given protocols has it."""

    def make(text: str, protocols: Collection[str] = ("file",), seconds: float = 30) -> Mirror:
        home = tmp_path / "mirrors"
        return Mirror(
            home=home,
            locks=tmp_path / "locks",
            address=address.parse(text, ("file", "http", "https", "ssh")),
            environment=git.environment(
                home=home,
                ssh=tmp_path / "ssh",
                protocols=protocols,
                path=os.environ["PATH"],
                connect_seconds=seconds,
            ),
            connect_seconds=seconds,
            fetch_seconds=seconds,
        )

    return make


@pytest.fixture
def mirror(make_mirror: MakeMirror, repository: Repository) -> Mirror:
    return make_mirror(repository.address)

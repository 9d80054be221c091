"""What the dashboard's tests share: a deployment worth looking at, and people by name."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from deployments.models import Environment, Hook, Operation
from tests.support.history import COMMIT, a_step, an_operation, make_live

People = Callable[[str], User | None]


@pytest.fixture
def people(ada: User, dan: User, vera: User, oscar: User) -> People:
    """The cast by name; `nobody` has not signed in."""
    cast = {each.username: each for each in (ada, dan, vera, oscar)}
    return lambda name: None if name == "nobody" else cast[name]


@pytest.fixture
def deployment(production: Environment) -> Operation:
    """A release that is live, with a log and a warning."""
    operation = an_operation(
        production, commit=COMMIT, commit_subject="The first page", commit_author="Ada Tester"
    )
    a_step(operation, "fetch", log="Fetched main.\n")
    a_step(operation, "after.pull", log="one\ntwo\n", source=".amezmo/after.pull", exit_code=0)
    a_step(operation, "after.deploy", log="no\n", status="warning", exit_code=3)
    make_live(operation)
    return Operation.objects.for_pages().get(pk=operation.pk)


@pytest.fixture
def hook(production: Environment) -> Hook:
    return Hook.objects.create(environment=production, event="after.pull", name="Build", script="make\n")

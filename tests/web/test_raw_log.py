"""A step's whole log as plain text."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import StreamingHttpResponse
from django.test.utils import CaptureQueriesContext

from deployments.models import Environment, Operation, Step
from tests.conftest import Deploy
from tests.support.cast import signed_in
from tests.support.history import a_step, an_operation, append
from tests.support.repository import Repository


def ask(person: User, step: Step) -> StreamingHttpResponse:
    response = signed_in(person).get(f"/deployments/{step.operation_id}/steps/{step.position}/log")
    assert isinstance(response, StreamingHttpResponse)
    return response


def text(response: StreamingHttpResponse) -> str:
    return b"".join(response).decode()  # type: ignore[arg-type]


@pytest.fixture
def operation(production: Environment) -> Operation:
    return an_operation(production)


def test_a_log_is_plain_text_that_no_browser_guesses_at(operation: Operation, vera: User) -> None:
    """A hook that prints HTML prints text: nothing of it is ever run."""
    step = a_step(operation, log="<script>alert(1)</script>\n\x1b[31mé\x1b[0m\n")
    response = ask(vera, step)
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == f'inline; filename="deployment-{operation.pk}-step-1.log"'
    assert text(response) == "<script>alert(1)</script>\n\x1b[31mé\x1b[0m\n"


def test_a_long_log_comes_whole_and_in_pieces(operation: Operation, vera: User) -> None:
    """Far more than the page shows; one query, and never all of it in memory."""
    step = a_step(operation)
    chunk = "x" * 65_535 + "\n"
    append(step, *[chunk] * 20)
    with CaptureQueriesContext(connection) as queries:
        response = ask(vera, step)
        pieces = list(response)
    assert b"".join(pieces).decode() == chunk * 20
    assert len(pieces) == 20
    assert sum("logchunk" in query["sql"] for query in queries) == 1


def test_a_step_without_a_log_is_empty(operation: Operation, vera: User) -> None:
    assert text(ask(vera, a_step(operation))) == ""


def test_a_log_belongs_to_its_own_deployment(
    operation: Operation, production: Environment, vera: User
) -> None:
    """Positions count within one: that of another is not found."""
    a_step(operation, log="mine")
    other = an_operation(production)
    browser = signed_in(vera)
    assert browser.get(f"/deployments/{other.pk}/steps/1/log").status_code == 404
    assert browser.get(f"/deployments/{operation.pk}/steps/{10**25}/log").status_code == 404
    assert browser.post(f"/deployments/{operation.pk}/steps/1/log").status_code == 405


def test_what_a_real_hook_printed_is_there(
    production: Environment, repository: Repository, deploy: Deploy, vera: User
) -> None:
    """B11"""
    repository.commit({".amezmo/after.pull": "printf 'no end'"})
    assert text(ask(vera, deploy(production).steps.get(name="after.pull"))) == "no end"

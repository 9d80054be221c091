"""A page asks the database as often for many rows as for few."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deployments.models import Environment, Hook, Operation
from tests.support.cast import signed_in
from tests.support.history import COMMIT, a_step, an_operation, make_live

Grow = Callable[[Environment, User], None]


def environments(production: Environment, person: User) -> None:
    """Each with an application, a release that is live, a later failure and one that waits."""
    for _ in range(3):
        number = Environment.objects.count()
        environment = Environment.objects.create(
            instance=production.instance, name=f"n{number}", repository=production.repository
        )
        make_live(an_operation(environment, commit=COMMIT, requested_by=person))
        an_operation(environment, ("failed", "pending", "running")[number % 3], requested_by=person)


def operations(production: Environment, person: User) -> None:
    for status in ("succeeded", "failed", "pending", "cancelled"):
        an_operation(production, status, commit=COMMIT, requested_by=person)
    make_live(Operation.objects.filter(status="succeeded").latest("pk"))


def steps(production: Environment, person: User) -> None:
    operation = Operation.objects.order_by("pk").first() or an_operation(
        production, "running", commit=COMMIT, requested_by=person
    )
    for status in ("succeeded", "warning", "failed"):
        a_step(operation, log="a line\n" * 20, status=status)


def hooks(production: Environment, _person: User) -> None:
    for event in ("after.pull", "before.deploy"):
        Hook.objects.create(environment=production, event=event, name="x", script="x")


@pytest.mark.parametrize(
    ("address", "grow", "most"),
    [
        ("/", environments, 12),
        ("/environments/shop/production/", operations, 12),
        ("/environments/shop/production/hooks", hooks, 8),
        ("/deployments/{pk}/", steps, 9),
        ("/deployments/{pk}/live", steps, 9),
        ("/deployments/{pk}/live?after=1:2", steps, 9),
        ("/environments/new", environments, 8),
        ("/admin/deployments/environment/", environments, 12),
        ("/admin/deployments/operation/", operations, 12),
    ],
)
def test_twice_the_rows_take_the_same_queries(
    production: Environment, ada: User, address: str, grow: Grow, most: int
) -> None:
    """`most` is a bound on what any page may take at all."""
    browser = signed_in(ada)
    counts, sizes = [], []
    for _ in range(2):
        grow(production, ada)
        at = address.format(pk=getattr(Operation.objects.order_by("pk").first(), "pk", 0))
        queries, size = ask(browser, at)
        counts.append(queries)
        sizes.append(size)
    assert sizes[1] > sizes[0] or "new" in address, "the rows are not on the page"
    assert counts[0] == counts[1]
    assert counts[1] <= most


@pytest.mark.parametrize("address", ["/", "/environments/shop/production/"])
def test_rights_are_asked_for_once(production: Environment, dan: User, address: str) -> None:
    """However many buttons depend on them; for somebody who is no administrator."""
    browser = signed_in(dan)
    counts = []
    for _ in range(2):
        environments(production, dan)
        operations(production, dan)
        counts.append(ask(browser, address)[0])
    assert counts[0] == counts[1]


def ask(browser: Client, address: str) -> tuple[int, int]:
    """The queries that a page takes, and its length; what is cached for good is asked for before."""
    browser.get(address)
    with CaptureQueriesContext(connection) as queries:
        response = browser.get(address)
    assert response.status_code == 200
    return len(queries), len(response.content)

"""The home page: a row for each environment, the failing ones first."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from deployments.models import Environment, Instance, Operation, WorkerHeartbeat
from tests.support.cast import grant, signed_in
from tests.support.history import COMMIT, an_operation, make_live
from tests.support.html import Element, parse


def home(person: User) -> Element:
    return parse(signed_in(person).get("/"))


def another(environment: Environment, name: str) -> Environment:
    return Environment.objects.create(
        instance=environment.instance, name=name, repository=environment.repository
    )


def states(page: Element) -> list[tuple[str, str]]:
    """Each row's state and name, from top to bottom."""
    return [
        (row.all("span", class_="state")[0].text, row.one("h2").text)
        for row in page.all("li", class_="environment")
    ]


def test_failing_comes_first_and_running_next(production: Environment, vera: User) -> None:
    """State is glyph and word, and the latest operation decides."""
    for name, status in [("a-new", None), ("b-ok", "succeeded"), ("c-waits", "pending"), ("d-bad", "failed"),
                         ("e-runs", "running"), ("f-stops", "cancelling")]:  # fmt: skip
        environment = another(production, name)
        an_operation(environment, "succeeded")
        if status is None:
            environment.operations.all().delete()
        else:
            an_operation(environment, status)
    make_live(an_operation(production))
    assert states(home(vera)) == [
        ("✗ Failed", "shop/d-bad"), ("◐ Running", "shop/e-runs"), ("◒ Cancelling", "shop/f-stops"),
        ("○ Pending", "shop/c-waits"), ("○ Not deployed", "shop/a-new"), ("✓ Succeeded", "shop/b-ok"),
        ("✓ Live", "shop/production"),
    ]  # fmt: skip


def test_a_row_tells_what_is_live_and_that_the_last_try_failed(
    deployment: Operation, production: Environment, vera: User
) -> None:
    """B9: a failure does not take away what is live."""
    an_operation(production, "failed")
    row = home(vera).one("li", class_="environment")
    assert row.one("div", class_="live").text.startswith("#1 1a2b3c4d The first page live since just now")
    assert "last try #2 failed just now" in row.text
    assert [link.attributes["href"] for link in row.all("a")][:1] == ["/environments/shop/production/"]


def test_nothing_live_is_said(production: Environment, vera: User) -> None:
    assert "Nothing is live here yet." in home(vera).text


def test_whoever_may_deploy_has_a_button_in_each_row(production: Environment, dan: User, vera: User) -> None:
    another(production, "staging")
    names = [
        button.attributes["aria-label"] for button in home(dan).all("button") if "id" in button.attributes
    ]
    assert names == ["Deploy shop/production", "Deploy shop/staging"]
    assert "Deploy" not in [button.text for button in home(vera).all("button")]


def test_the_page_asks_again_sooner_while_something_runs(production: Environment, vera: User) -> None:
    """And its title says so, for whoever looks at the tab alone."""
    assert home(vera).one("div", id="environments").attributes["hx-trigger"] == "every 10s"
    running = an_operation(production, "running")
    page = home(vera)
    assert page.one("div", id="environments").attributes["hx-trigger"] == "every 1500ms"
    assert page.one("title").text == "◐ Environments · Amezmo"
    assert running.fail("No.")
    assert home(vera).one("title").text == "✗ 1 failed · Environments · Amezmo"


def test_a_queue_that_nobody_serves_is_said(production: Environment, vera: User) -> None:
    """What is deployed there would wait for ever."""
    assert "No worker serves the queue “default”." in home(vera).text
    now = timezone.now()
    WorkerHeartbeat.objects.create(
        cluster="default", host="h", pid=1, version="1", workers=1, started_at=now, seen_at=now
    )
    assert "No worker serves" not in home(vera).text
    Instance.objects.create(name="blog", webroot="/srv/blog", cluster="host-b")
    assert "No worker serves" not in home(vera).text


def test_an_empty_home_teaches_the_next_act(db: None, ada: User, vera: User, oscar: User) -> None:
    """To each what is his to do."""
    assert home(ada).one("a", class_="primary").attributes["href"] == "/environments/new"
    assert "Add your first environment" in home(ada).text
    assert "Somebody who may add one has to begin." in home(vera).text
    assert "Your account holds no rights." in home(oscar).text
    assert not home(oscar).all("div", id="environments")[0].attributes.get("hx-get")


def test_whoever_holds_no_right_sees_no_environment(deployment: Operation, oscar: User) -> None:
    """Not its name, not its commit, not how many there are."""
    page = home(oscar)
    for word in ("shop", "production", "The first page", COMMIT[:8], "default"):
        assert word not in page.one("main").text


def test_the_bar_leads_where_one_may_go(production: Environment, ada: User, dan: User) -> None:
    """To the admin only whoever is let in there; and it says who is signed in."""
    assert "/admin/" in [link.attributes["href"] for link in home(ada).one("nav").all("a")]
    assert "/admin/" not in [link.attributes["href"] for link in home(dan).one("nav").all("a")]
    assert home(dan).one("span", class_="who").text == "dan"
    assert home(grant(dan, "add_environment")).all("a", href="/environments/new")


@pytest.mark.parametrize(("last", "word"), [("succeeded", "Live"), ("failed", "Failed")])
def test_a_saved_dotenv_says_nothing_of_the_releases(
    production: Environment, ada: User, last: str, word: str
) -> None:
    """Failing first: what was saved after it does not hide that the last deployment failed."""
    make_live(an_operation(production))
    if last == "failed":
        an_operation(production, "failed")
    an_operation(production, kind="configuration", sequence=None)
    row = parse(signed_in(ada).get("/")).one("li", class_="environment")
    assert word in row.text
    assert "Succeeded" not in row.text

"""A real browser, a real web process and a real worker on this test's own data."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.web import running_web
from tests.support.worker import environment, running_worker

# Playwright's synchronous interface keeps an event loop in this thread, which Django sees.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def dashboard(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """The address of a running dashboard, whose administrator is `ada`."""
    User.objects.create_superuser("ada", "", PASSWORD)
    cluster = f"e2e-{uuid.uuid4().hex[:12]}"
    variables = environment(cluster, AMEZMO_WEBROOTS=str(tmp_path / "www"))
    with (
        running_web(variables) as port,
        running_worker(cluster, tmp_path, AMEZMO_WEBROOTS=str(tmp_path / "www")),
    ):
        yield f"http://localhost:{port}"


@pytest.fixture
def page(browser: Browser, dashboard: str) -> Iterator[Page]:
    """A page of a fresh browser; whatever the browser complains of fails the test."""
    context = browser.new_context(base_url=dashboard, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert [each for each in complaints if "422" not in each] == []


@pytest.fixture
def signed_in(page: Page) -> Page:
    """The page of somebody who has signed in as the administrator."""
    page.goto("/")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Environments", level=1).wait_for()
    return page

"""The main job, in a real browser: sign in, add an environment, deploy, watch, fail, fix."""

import re

from playwright.sync_api import Page, expect

from deployments.models import Environment, Hook
from tests.support.reading import live
from tests.support.repository import Repository


def add_environment(page: Page, repository: Repository) -> None:
    page.get_by_role("link", name="New environment").click()
    page.get_by_label("Application").fill("shop")
    page.get_by_label("Environment", exact=True).fill("production")
    page.get_by_label("Repository").fill(repository.address)
    page.get_by_role("button", name="Create environment").click()
    page.get_by_role("heading", name="shop/production").wait_for()


def test_from_sign_in_to_a_succeeded_and_a_failed_deployment(signed_in: Page, repository: Repository) -> None:
    """B6, B8, B9, B11: what a person sees is what happened, and the log grows while it runs."""
    page = signed_in
    expect(page.get_by_role("heading", name="Add your first environment")).to_be_visible()
    add_environment(page, repository)
    repository.commit({".amezmo/after.pull": "echo building; sleep 2; echo built"}, message="Build it")
    page.get_by_role("button", name=re.compile("^Deploy main")).click()

    log = page.get_by_role("log")
    expect(log.get_by_text("building", exact=True)).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("Running after.pull.")
    expect(log.get_by_text("built", exact=True)).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"Live after \d"))
    expect(page.get_by_role("heading", level=1)).to_have_text("#1 Build it")
    steps = page.locator("#steps li .name")
    expect(steps).to_have_text(["fetch", "export", re.compile("^after.pull"), "permissions", "switch"])
    assert page.title().startswith("✓ #1")
    # It was followed from the first line to the last without a reload, and nothing came twice.
    assert log.locator(".line").count() == log.locator(".line[id]").count()
    assert log.get_by_text("building", exact=True).count() == 1
    environment = Environment.objects.get()
    first = environment.operations.get()
    assert live(first) == first.directory

    repository.commit({".amezmo/after.pull": "echo no such package >&2; exit 3"}, message="Break it")
    page.get_by_role("link", name="shop/production").click()
    page.get_by_role("button", name=re.compile("^Deploy main")).click()
    verdict = page.get_by_role("status")
    expect(verdict).to_contain_text("Failed in after.pull, exit 3, after ")
    expect(verdict).to_contain_text("Your live site was not changed.")
    expect(page.get_by_role("log").get_by_text("no such package")).to_be_visible()
    assert live(first) == first.directory

    page.get_by_role("link", name="Environments").first.click()
    row = page.get_by_role("listitem").filter(has_text="shop/production")
    expect(row).to_contain_text("Failed")
    expect(row).to_contain_text("Build it")


def test_form_errors_stand_beside_their_fields(signed_in: Page, repository: Repository) -> None:
    """B2: a name that collides is refused with a sentence, and what was typed stays."""
    page = signed_in
    page.goto("/environments/new")
    page.get_by_label("Application").fill("shop")
    page.get_by_label("Environment", exact=True).fill("release")
    page.get_by_label("Repository").fill("ext::sh -c touch% /tmp/x")
    page.get_by_label("Webroot").fill("relative/path")
    page.get_by_role("button", name="Create environment").click()
    expect(page.get_by_text("is the name of a directory that every environment holds")).to_be_visible()
    expect(page.get_by_label("Application")).to_have_value("shop")
    assert Environment.objects.count() == 0


def test_a_hook_is_added_changed_and_removed(signed_in: Page, repository: Repository) -> None:
    """B16: with real forms."""
    page = signed_in
    add_environment(page, repository)
    page.get_by_role("link", name="Hooks").click()
    page.get_by_role("link", name="Add a hook to after.pull").click()
    page.get_by_label("Name").fill("Say hello")
    page.get_by_label("Script").fill("echo one\necho two")
    page.get_by_role("button", name="Save hook").click()
    expect(page.get_by_text("“Say hello” is there.")).to_be_visible()
    assert Hook.objects.get().script == "echo one\necho two"
    page.get_by_role("link", name="Say hello").click()
    page.get_by_label("Time limit in seconds").fill("30")
    page.get_by_role("button", name="Save hook").click()
    assert Hook.objects.get().seconds == 30
    page.get_by_role("link", name="Say hello").click()
    page.get_by_text("Remove this hook…").click()
    page.get_by_role("button", name="Remove “Say hello”").click()
    expect(page.get_by_text("was removed")).to_be_visible()
    assert not Hook.objects.exists()


def test_the_log_follows_until_the_reader_scrolls_up(signed_in: Page, repository: Repository) -> None:
    """Follow stops when the reader scrolls up, and goes on from the end."""
    page = signed_in
    add_environment(page, repository)
    repository.commit({".amezmo/after.pull": "for i in $(seq 200); do echo line $i; sleep 0.03; done"})
    page.get_by_role("button", name=re.compile("^Deploy main")).click()
    pane = page.get_by_role("log")
    expect(page.get_by_role("button", name="Following")).to_be_visible()
    expect(pane.get_by_text("line 60", exact=True)).to_be_visible()
    pane.evaluate("pane => { pane.scrollTop = 0 }")
    expect(page.get_by_role("button", name="Follow", exact=True)).to_be_visible()
    expect(pane.get_by_text("line 120", exact=True)).to_be_attached()
    assert pane.evaluate("pane => pane.scrollTop") == 0
    page.get_by_role("button", name="Follow", exact=True).click()
    expect(pane.get_by_text("line 200", exact=True)).to_be_visible()
    numbers = pane.locator("#lines-3 .n").all_text_contents()
    assert numbers == [str(number) for number in range(1, 201)]


def test_without_javascript_the_main_job_can_be_done(
    browser: object, dashboard: str, repository: Repository
) -> None:
    """Every page works without JavaScript: forms post, the deployment's page reloads itself."""
    context = browser.new_context(base_url=dashboard, java_script_enabled=False)  # type: ignore[attr-defined]
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Sign in").click()
    add_environment(page, repository)
    repository.commit({".amezmo/after.pull": "sleep 1; echo built"})
    page.get_by_role("button", name=re.compile("^Deploy main")).click()
    page.wait_for_url(re.compile("/deployments/"))
    expect(page.get_by_role("status")).to_contain_text("Live after", timeout=20_000)
    expect(page.get_by_role("log")).to_contain_text("built")
    context.close()

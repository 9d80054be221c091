"""The main job with nothing but a keyboard."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD
from tests.support.repository import Repository

LONGEST_WALK = 60  # presses of Tab


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that accessible name has the focus, and see that it shows."""
    for _ in range(LONGEST_WALK):
        page.keyboard.press("Tab")
        label = page.evaluate(
            "() => { const e = document.activeElement;"
            " return (e.labels?.[0]?.textContent ?? e.ariaLabel ?? e.textContent ?? '').trim() }"
        )
        if label.startswith(name):
            outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{name} does not show that it has the focus"
            return
    raise AssertionError(f"{name} can't be reached with Tab")


def test_from_sign_in_to_a_deployment(page: Page, repository: Repository) -> None:
    """WCAG 2.2: everything can be reached, and shows its focus."""
    page.goto("/")
    page.keyboard.type("ada")
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Environments", level=1).wait_for()
    tab_to(page, "New environment")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="New environment", level=1).wait_for()
    tab_to(page, "Application")
    page.keyboard.type("shop")
    tab_to(page, "Environment")
    page.keyboard.type("production")
    tab_to(page, "Repository")
    page.keyboard.type(repository.address)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="shop/production").wait_for()
    tab_to(page, "Deploy")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Live after")
    tab_to(page, "Log of all steps")
    tab_to(page, "raw")

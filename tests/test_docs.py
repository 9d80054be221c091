"""Documentation is held to the code: every hook, variable, setting, command and address appears in it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from deployments.hooks.catalog import CATALOG
from deployments.hooks.environment import Facts, variables
from tests.support.worker import ROOT

DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])
COMMANDS = sorted(
    path.stem for path in (ROOT / "deployments/management/commands").glob("*.py") if path.stem != "__init__"
)
SETTINGS = sorted(set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "amezmo/settings.py").read_text())))


def text(name: str) -> str:
    return (DOCS / name).read_text()


@pytest.mark.parametrize("event", CATALOG, ids=lambda event: event.name)
def test_every_event_is_documented(event: object) -> None:
    assert f"`{event.name}`" in text("reference/hooks.md")  # type: ignore[attr-defined]


def test_every_variable_of_a_hook_is_documented() -> None:
    """B19: the table in the reference is the table in the code."""
    here = Path("/")
    facts = Facts("after.pull", here, 1, "", "", "", "", "", "", "", here, here, here)
    seen = set(variables(facts, path="", home="", user="", extra={}))
    documented = set(re.findall(r"`([A-Z_]+)`", text("reference/hooks.md")))
    assert seen <= documented
    assert documented - seen <= set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_documented(name: str) -> None:
    assert f"| `{name}` |" in text("reference/settings.md")


def test_no_setting_is_documented_that_is_not_there() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", text("reference/settings.md"), re.MULTILINE)
    assert sorted(documented) == SETTINGS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert re.search(rf"^\| `{name}\b", text("reference/commands.md"), re.MULTILINE)


def addresses(patterns: list[object], prefix: str = "/") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from addresses(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", prefix + str(pattern.pattern)).replace("<pk>", "<id>")


def test_every_address_is_documented() -> None:
    documented = text("reference/pages.md")
    for address in addresses(get_resolver().url_patterns):
        # Addresses below another may be told by their last part.
        tail = address.replace("/environments/<instance>/<name>", "").removeprefix("/deployments/<id>")
        assert f"`{address}" in documented or (tail and f"`{tail}`" in documented), address


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("source", sorted((ROOT / "deployments").rglob("*.py")), ids=lambda path: path.name)
def test_documents_that_the_code_names_exist(source: Path) -> None:
    for name in re.findall(r"docs/[\w/-]+\.md", source.read_text()):
        assert (ROOT / name).exists(), name

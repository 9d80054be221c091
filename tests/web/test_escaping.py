"""What other people wrote is text on every page: commits, branches, hooks, logs, messages, names."""

import pytest
from django.contrib.auth.models import User

from deployments.models import Environment
from tests.support.cast import signed_in
from tests.support.history import COMMIT, an_operation
from tests.support.html import parse
from tests.support.pages import FRAGMENTS, PAGES

NASTY = """"'><script>alert(1)</script><img src=x onerror=alert(1)></textarea></title>&amp;"""
SHOWS_NOTHING_OF_OTHERS = {"home, empty", "environment, never deployed", "new environment", "new hook",
                           "nothing here", "form without its token", ".env, a draft", "change of the .env"}  # fmt: skip


@pytest.mark.parametrize("name", [*PAGES, *FRAGMENTS])
def test_what_others_wrote_is_text(production: Environment, ada: User, name: str) -> None:
    """No element and no attribute of theirs; and it is shown as it was written."""
    visit = {**PAGES, **FRAGMENTS}[name]
    response = visit(production, signed_in(ada), NASTY)
    page = parse(response)
    assert not page.all("img")
    assert all("src" in script.attributes and not script.text for script in page.all("script"))
    for element in page:
        assert not [each for each in element.attributes if each.startswith("on")], element
        for attribute in ("href", "src", "action"):
            assert not element.attributes.get(attribute, "").lower().startswith(("javascript:", "data:"))
    content = response.content.decode()  # type: ignore[attr-defined]
    assert "<script>alert" not in content
    assert ("&lt;script&gt;alert(1)" in content) != (name in SHOWS_NOTHING_OF_OTHERS)


@pytest.mark.parametrize("field", ["commit_subject", "wanted_name"])
def test_it_is_shown_as_it_was_written(production: Environment, ada: User, field: str) -> None:
    """Escaped once: a subject of `a &amp; b` reads so, and not as `a & b` or `a &amp;amp; b`."""
    operation = an_operation(production, commit=COMMIT, **{field: "a &amp; <b>"})
    assert "a &amp; <b>" in parse(signed_in(ada).get(operation.get_absolute_url())).one("h1").text

"""The page of secrets: added and deleted, never shown (B27)."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from deployments.models import Environment, Hook, Secret
from tests.support.cast import signed_in

HERE = "/environments/shop/production/secrets"
VALUE = "hunter2-and-more"


@pytest.fixture
def browser(ada: User, production: Environment) -> Client:
    return signed_in(ada)


def add(browser: Client, **fields: str) -> str:
    answer = browser.post(HERE, {"name": "TOKEN", "value": VALUE, **fields}, follow=True)
    return answer.content.decode()


def test_a_secret_is_added_and_never_shown(browser: Client, ada: User) -> None:
    """B27: not after adding it, not in a form with an error, not in the admin."""
    shown = add(browser)
    secret = Secret.objects.get()
    assert (secret.name, secret.created_by) == ("TOKEN", ada)
    assert "TOKEN is kept" in shown
    wrong = browser.post(HERE, {"name": "TOKEN", "value": VALUE})
    assert wrong.status_code == 422
    assert "delete it first" in wrong.content.decode()
    pages = [shown, wrong.content.decode(), browser.get(HERE).content.decode()]
    assert all(VALUE not in page for page in pages)
    assert "not used yet" in pages[2]


def test_a_private_key_keeps_its_line_ends(browser: Client, production: Environment) -> None:
    """B27: browsers send CRLF, keys have LF, and a last line end counts."""
    add(browser, value="-----BEGIN-----\r\nabc\r\n-----END-----\r\n")
    opened = production.secrets.all().opened()["TOKEN"].reveal()
    assert opened == "-----BEGIN-----\nabc\n-----END-----\n"


def test_a_secret_too_short_to_be_masked_is_kept_with_a_warning(browser: Client) -> None:
    """B28"""
    assert "too few to be masked" in add(browser, value="abc")
    assert "too short to be masked" in browser.get(HERE).content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "BASH_ENV"}, "would change what a hook runs"),
        ({"name": "PATH"}, "given “PATH” by the product itself"),
        ({"name": "a-b"}, "can&#x27;t be a variable"),
        ({"value": "x" * (64 * 1024 + 1)}, "at most 64 KB"),
        ({"value": "a\0b"}, "Null characters"),
        ({"value": ""}, "required"),
    ],
)
def test_bad_input_is_told_beside_its_field(browser: Client, fields: dict[str, str], sentence: str) -> None:
    """B27: and nothing is kept."""
    shown = add(browser, **fields)
    assert sentence in shown
    assert VALUE not in shown
    assert not Secret.objects.exists()


def test_it_says_which_hooks_name_it(browser: Client, production: Environment) -> None:
    Hook.objects.create(environment=production, event="after.pull", name="Log in", script='login "$TOKEN"')
    Hook.objects.create(environment=production, event="after.pull", name="Other", script="echo $TOKENS")
    shown = add(browser)
    assert "Named in after.pull: Log in." in shown
    assert "Other" not in shown


def test_it_is_deleted(browser: Client) -> None:
    add(browser)
    answer = browser.post(f"{HERE}/{Secret.objects.get().pk}/removal", follow=True)
    assert "TOKEN was deleted" in answer.content.decode()
    assert not Secret.objects.exists()

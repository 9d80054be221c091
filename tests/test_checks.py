"""Misconfiguration is told at the start, with a hint (Django's system checks)."""

import pwd

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from deployments.checks import KNOWN_PROTOCOLS, POSITIVE, check_settings


def found() -> list[str | None]:
    return [message.id for message in check_settings()]


def test_the_defaults_have_nothing_wrong_with_them() -> None:
    """The embedded installation starts without a word; and the checks are registered."""
    assert found() == []
    assert [message for message in run_checks() if (message.id or "").startswith("amezmo")] == []


def test_the_checks_run_with_djangos_own(settings: Settings) -> None:
    settings.AMEZMO_WORKERS = 0
    assert "amezmo.E002" in [message.id for message in run_checks()]


@pytest.mark.parametrize(
    ("protocols", "told"), [((), "nothing"), (("https", "ext"), "ext"), (("ftp", "data", "ssh"), "data, ftp")]
)
def test_protocols_that_are_none_are_named(settings: Settings, protocols: tuple[str, ...], told: str) -> None:
    """`ext`, which runs programs, above all."""
    settings.AMEZMO_GIT_PROTOCOLS = protocols
    (message,) = check_settings()
    assert message.id == "amezmo.E001"
    assert message.msg == f"AMEZMO_GIT_PROTOCOLS names what is no protocol: {told}."


@pytest.mark.parametrize("protocol", sorted(KNOWN_PROTOCOLS))
def test_protocols_that_git_knows_are_accepted(settings: Settings, protocol: str) -> None:
    settings.AMEZMO_GIT_PROTOCOLS = (protocol,)
    assert found() == []


@pytest.mark.parametrize("name", POSITIVE)
@pytest.mark.parametrize("value", [0, -1])
def test_a_number_that_stops_everything_is_an_error(settings: Settings, name: str, value: int) -> None:
    setattr(settings, name, value)
    (message,) = check_settings()
    assert message.id == "amezmo.E002"
    assert message.msg.startswith(name)


def test_a_deploy_user_has_to_exist(settings: Settings) -> None:
    """B21"""
    settings.AMEZMO_DEPLOY_USER = "nobody-of-that-name"
    (message,) = check_settings()
    assert message.id == "amezmo.E003"
    assert "“nobody-of-that-name”" in message.msg
    settings.AMEZMO_DEPLOY_USER = pwd.getpwuid(0).pw_name
    assert found() == []


def test_webroots_lie_at_an_absolute_path(settings: Settings) -> None:
    settings.AMEZMO_WEBROOTS = "www"
    assert found() == ["amezmo.E004"]


def test_error_pages_with_code_in_them_are_warned_of(settings: Settings) -> None:
    settings.DEBUG = True
    assert found() == ["amezmo.W001"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AMEZMO_GIT_PROTOCOLS", ("ext",)), ("AMEZMO_WORKERS", 0), ("AMEZMO_DEPLOY_USER", "nobody-such"),
        ("AMEZMO_WEBROOTS", "www"), ("DEBUG", True),
    ],
)  # fmt: skip
def test_every_message_has_a_hint(settings: Settings, name: str, value: object) -> None:
    """It says what to do, and of which setting it speaks."""
    setattr(settings, name, value)
    (message,) = check_settings()
    assert message.hint
    assert name.removeprefix("AMEZMO_") in message.msg

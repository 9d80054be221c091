"""Misconfiguration, told at the start with a hint (Django's system checks)."""

import os
import pwd
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

KNOWN_PROTOCOLS = {"https", "http", "ssh", "git", "file"}
POSITIVE = (
    "AMEZMO_WORKERS",
    "AMEZMO_HOOK_SECONDS",
    "AMEZMO_CONFIGURATION_HOOK_SECONDS",
    "AMEZMO_HOOK_PROCESSES",
    "AMEZMO_CONNECT_SECONDS",
    "AMEZMO_FETCH_SECONDS",
    "AMEZMO_FROZEN_SECONDS",
    "AMEZMO_SILENCE_SECONDS",
    "AMEZMO_STOP_SECONDS",
    "AMEZMO_LOG_LIMIT",
    "AMEZMO_BODY_LIMIT",
)


@register()
def check_settings(**_options: Any) -> list[CheckMessage]:
    """Settings that can't work, or that work less safely than their owner may think."""
    return [*_protocols(), *_numbers(), *_deploy_user(), *_webroots()]


def _protocols() -> Iterator[CheckMessage]:
    unknown = set(settings.AMEZMO_GIT_PROTOCOLS) - KNOWN_PROTOCOLS
    if unknown or not settings.AMEZMO_GIT_PROTOCOLS:
        yield Error(
            f"AMEZMO_GIT_PROTOCOLS names what is no protocol: {', '.join(sorted(unknown)) or 'nothing'}.",
            hint=f"Choose from {', '.join(sorted(KNOWN_PROTOCOLS))}, with commas between them.",
            id="amezmo.E001",
        )


def _numbers() -> Iterator[CheckMessage]:
    for name in POSITIVE:
        if getattr(settings, name) <= 0:
            yield Error(
                f"{name} has to be more than 0.", hint="Unset it to get its default.", id="amezmo.E002"
            )


def _deploy_user() -> Iterator[CheckMessage]:
    name = settings.AMEZMO_DEPLOY_USER
    if not name:
        return
    try:
        pwd.getpwnam(name)
    except KeyError:
        yield Error(
            f"AMEZMO_DEPLOY_USER names “{name}”, and this host has no such user.",
            hint=f"Create it: sudo useradd --create-home {name}",
            id="amezmo.E003",
        )


def _webroots() -> Iterator[CheckMessage]:
    if not os.path.isabs(settings.AMEZMO_WEBROOTS):
        yield Error("AMEZMO_WEBROOTS has to be an absolute path.", hint="Such as /srv.", id="amezmo.E004")
    if settings.DEBUG:
        yield Warning(
            "AMEZMO_DEBUG is on: error pages show settings and code to whoever causes one.",
            hint="Unset it wherever somebody else can reach the dashboard.",
            id="amezmo.W001",
        )

"""Every verb that a person or a machine may ask; permission has been checked by the door.

Each is one transaction: the row, and the nudge that starts it once the row is there.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max

from deployments import queue
from deployments.errors import Failure
from deployments.models import (
    ConfigurationChange,
    Deployment,
    DotenvVersion,
    Environment,
    Instance,
    Operation,
    Secret,
)
from deployments.models.secret import vault
from deployments.source import refs
from deployments.vault import Hidden
from deployments.webroot import dotenv

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


def deploy(
    environment: Environment,
    *,
    trigger: Operation.Trigger,
    requested_by: "AbstractBaseUser | None" = None,
    wanted: refs.Wanted | None = None,
) -> Deployment:
    """Queue a deployment of `wanted` (by default the environment's branch).

    Raises `Failure` where the environment's repository or branch can't be deployed from
    (its protocol was forbidden meanwhile).
    """
    environment.address  # noqa: B018 - raises
    wanted = wanted or refs.wanted("branch", environment.branch)
    with transaction.atomic():
        deployment = Deployment.objects.create(
            environment=environment,
            sequence=_next_sequence(environment),
            wanted_kind=wanted.kind,
            wanted_name=wanted.name,
            repository=environment.repository,
            branch=wanted.name if wanted.kind == "branch" else environment.branch,
            trigger=trigger,
            requested_by=requested_by,
        )
        queue.nudge(environment.pk, environment.instance.cluster)
    return deployment


def _next_sequence(environment: Environment) -> int:
    """B1: numbers per environment from 1, never reused, whoever asks at the same moment."""
    Environment.objects.filter(pk=environment.pk).update(last_sequence=F("last_sequence") + 1)
    return Environment.objects.values_list("last_sequence", flat=True).get(pk=environment.pk)


def create_environment(environment: Environment, *, webroot: str = "") -> Environment:
    """Save a new environment, and its instance if that is new too.

    `environment.instance` may be unsaved; `webroot` is where a new one lives. Raises
    ValidationError with the field, or `Failure`, where something can't be accepted.
    """
    with transaction.atomic():
        instance = environment.instance
        if instance._state.adding:
            instance.webroot = webroot or f"{settings.AMEZMO_WEBROOTS}/{instance.name}"
            instance.full_clean()
            instance.save()
            environment.instance = instance
        elif webroot and webroot != instance.webroot:
            raise Failure(
                f"{instance.name} lives at {instance.webroot}; an environment of it can't live elsewhere."
            )
        environment.full_clean()
        environment.save()
    return environment


def save_dotenv(
    environment: Environment,
    content: bytes,
    *,
    requested_by: "AbstractBaseUser | None" = None,
    restored_from: DotenvVersion | None = None,
) -> ConfigurationChange:
    """Keep a new `.env`, and queue the operation that puts it in force (B26).

    The bytes are kept as they are. Raises `Failure` where there are too many.
    """
    if len(content) > dotenv.LARGEST:
        raise Failure("A .env file has at most 1 MB. What is larger belongs into storage/.")
    with transaction.atomic():
        # Locks the row: numbers follow one another, whoever saves at the same moment.
        Environment.objects.filter(pk=environment.pk).update(last_sequence=F("last_sequence"))
        last = environment.dotenv_versions.aggregate(last=Max("number"))["last"] or 0
        version = DotenvVersion.objects.create(
            environment=environment,
            number=last + 1,
            content=content,
            created_by=requested_by,  # type: ignore[misc]
            restored_from=restored_from.number if restored_from else None,
        )
        change = ConfigurationChange.objects.create(
            environment=environment,
            kind=Operation.Kind.CONFIGURATION,
            dotenv=version,
            wanted_name=environment.branch,
            repository=environment.repository,
            branch=environment.branch,
            trigger=Operation.Trigger.MANUAL,
            requested_by=requested_by,  # type: ignore[misc]
        )
        queue.nudge(environment.pk, environment.instance.cluster)
    return change


def add_secret(
    environment: Environment, name: str, value: Hidden, *, created_by: "AbstractBaseUser | None" = None
) -> Secret:
    """Seal a secret; hooks are given it from the next operation on (B27).

    Raises ValidationError with the field, or `Failure` where the keys can't seal.
    """
    secret = Secret(environment=environment, name=name, created_by=created_by)  # type: ignore[misc]
    secret.keep(value)
    secret.full_clean()
    secret.save()
    return secret


def rotate_secrets() -> int:
    """Encrypt every secret with the first key; returns how many. All of them, or none."""
    safe = vault()
    with transaction.atomic():
        secrets = list(Secret.objects.select_for_update())
        for secret in secrets:
            secret.sealed = safe.seal_anew(bytes(secret.sealed))
            secret.save(update_fields=("sealed",))
    return len(secrets)


def change_environment(environment: Environment, fields: Collection[str]) -> None:
    """Save the named fields of an environment; they apply from the next operation on."""
    environment.save(update_fields=tuple(fields))


def find_or_begin_instance(name: str) -> Instance:
    """Return the instance of that name, or an unsaved one."""
    return Instance.objects.filter(name=name).first() or Instance(name=name)

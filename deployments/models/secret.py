"""A value that an environment's hooks are given, and that nobody is shown again (B27)."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from deployments.hooks.environment import check_secret_name
from deployments.hooks.masking import SHORTEST
from deployments.models.environment import Environment
from deployments.models.fields import checked
from deployments.vault import Hidden, Vault

LARGEST = 64 * 1024


def vault() -> Vault:
    """The vault of this installation's keys; raises `Failure` where they are none."""
    return Vault(settings.AMEZMO_ENCRYPTION_KEYS)


class SecretQuerySet(models.QuerySet["Secret"]):
    def opened(self) -> dict[str, Hidden]:
        """Every secret by its name; raises `Failure` where one can't be decrypted."""
        safe = vault()
        return {secret.name: safe.open(bytes(secret.sealed)) for secret in self}

    def mark_used(self) -> Self:
        """Keep that hooks have been given them now."""
        self.update(last_used_at=timezone.now())
        return self


class Secret(models.Model):
    """Added and deleted, never edited: what is sealed is never opened but for hooks."""

    environment = models.ForeignKey(Environment, models.CASCADE, related_name="secrets")
    name = models.CharField(max_length=100)
    sealed = models.BinaryField(editable=False)
    maskable = models.BooleanField(default=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SecretQuerySet.as_manager()

    class Meta:
        ordering = ("environment", "name")
        constraints = (
            models.UniqueConstraint(
                fields=("environment", "name"),
                name="secret_name_once",
                violation_error_message="This environment has a secret of that name: delete it first.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        checked("name", lambda: check_secret_name(self.name))

    def keep(self, value: Hidden) -> None:
        """Seal a value; it is the row's from now on, encrypted."""
        self.sealed = vault().seal(value)
        self.maskable = len(value.reveal()) >= SHORTEST

"""Every `.env` that was saved for an environment: bytes, by whom, and when (B26)."""

from django.conf import settings
from django.db import models

from deployments.models.environment import Environment


class DotenvVersion(models.Model):
    """Never changed. Which one is in force is the environment's `dotenv`."""

    environment = models.ForeignKey(Environment, models.CASCADE, related_name="dotenv_versions")
    number = models.PositiveIntegerField()
    content = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    restored_from = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("environment", "-number")
        constraints = (models.UniqueConstraint(fields=("environment", "number"), name="dotenv_number_once"),)

    def __str__(self) -> str:
        return f"version {self.number}"

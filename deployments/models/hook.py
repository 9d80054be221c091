"""A script that the dashboard keeps, beside those in the repository (B16)."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from deployments.hooks import catalog, resolve
from deployments.models.environment import Environment
from deployments.models.fields import checked, one_plain_line

EVENTS = [(event.name, event.name) for event in catalog.CATALOG]
LONGEST_SECONDS = 6 * 3600


class Hook(models.Model):
    """Runs after the repository's file for the same event, in `position` order."""

    environment = models.ForeignKey(Environment, models.CASCADE, related_name="hooks")
    event = models.CharField(max_length=40, choices=EVENTS)
    name = models.CharField(
        max_length=100,
        validators=[one_plain_line],
        help_text="What it does, in a few words: “Warm the cache”.",
    )
    script = models.TextField(help_text="Run by Bash in the release's root directory.")
    position = models.PositiveSmallIntegerField(
        default=0, help_text="Hooks of one event run from the lowest number to the highest."
    )
    enabled = models.BooleanField(default=True)
    seconds = models.PositiveIntegerField(
        "time limit in seconds",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_SECONDS)],
        help_text="Empty: the installation's limit (ten minutes, unless it was changed).",
    )
    may_fail = models.BooleanField(default=False, help_text="A failure is then only a warning.")

    class Meta:
        ordering = ("environment", "event", "position", "pk")

    def __str__(self) -> str:
        return f"{self.event}: {self.name}"

    def clean(self) -> None:
        super().clean()
        checked("script", lambda: resolve.script(self.script.encode(), self.name))

    @property
    def gating(self) -> bool:
        """Whether its failure aborts the deployment (B8)."""
        return catalog.event(self.event).gating and not self.may_fail

    @property
    def time_limit(self) -> float:
        """Seconds it may take (B18)."""
        return float(self.seconds or time_limit_of(catalog.event(self.event)))


def time_limit_of(event: catalog.Event) -> float:
    """Seconds that a script of an event may take, unless it has a limit of its own (B18)."""
    if event.operation == "configuration":
        return float(settings.AMEZMO_CONFIGURATION_HOOK_SECONDS)
    return float(settings.AMEZMO_HOOK_SECONDS)

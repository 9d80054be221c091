"""The workers' own word that they live."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

# A worker says so every few seconds; silence of this length means that it is gone.
SILENCE = timedelta(seconds=20)


class WorkerQuerySet(models.QuerySet["WorkerHeartbeat"]):
    def alive(self) -> Self:
        """Workers that were heard of within the last twenty seconds."""
        return self.filter(seen_at__gt=timezone.now() - SILENCE)


class WorkerHeartbeat(models.Model):
    """One row per cluster: who serves its queue. `answered_at`: its queue last ran a probe."""

    cluster = models.CharField(max_length=63, unique=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=40)
    workers = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    restarts = models.PositiveIntegerField(default=0)

    objects = WorkerQuerySet.as_manager()

    class Meta:
        ordering = ("cluster",)

    def __str__(self) -> str:
        return f"{self.cluster} on {self.host}"

    @property
    def alive(self) -> bool:
        return self.seen_at > timezone.now() - SILENCE

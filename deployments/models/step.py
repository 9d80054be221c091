"""What ran, how it ended, and what it printed (B11)."""

from datetime import timedelta

from django.db import models
from django.utils import timezone


class Step(models.Model):
    """One step of an operation that began. A step that never began has no row."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        WARNING = "warning", "Failed, which was allowed"
        FAILED = "failed", "Failed"

    operation = models.ForeignKey("Operation", models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40, help_text="The step's or the hook event's name.")
    source = models.CharField(max_length=300, blank=True, help_text="Which script of the event it was.")
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    exit_code = models.IntegerField(null=True, blank=True)
    timed_out = models.BooleanField(default=False)
    message = models.TextField(blank=True, help_text="One sentence: what it did, or why it failed.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    operation_id: int

    class Meta:
        ordering = ("operation", "position")
        constraints = (
            models.UniqueConstraint(fields=("operation", "position"), name="step_position_once"),
            models.CheckConstraint(
                condition=models.Q(status="running", finished_at=None)
                | (~models.Q(status="running") & models.Q(finished_at__isnull=False)),
                name="step_final_iff_finished",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.source})" if self.source else self.name

    @property
    def duration(self) -> timedelta:
        """How long it took, or has taken so far."""
        return (self.finished_at or timezone.now()) - self.started_at

    @property
    def running(self) -> bool:
        return self.status == self.Status.RUNNING


class LogChunk(models.Model):
    """A piece of a step's log, appended and never changed.

    `offset` counts bytes of UTF-8 from the log's start and `line` the line ends before
    it, so that any reader goes on from either.
    """

    step = models.ForeignKey(Step, models.CASCADE, related_name="chunks")
    offset = models.BigIntegerField()
    line = models.BigIntegerField()
    text = models.TextField()

    class Meta:
        ordering = ("step", "offset")
        constraints = (models.UniqueConstraint(fields=("step", "offset"), name="log_offset_once"),)

    def __str__(self) -> str:
        return f"{self.step_id} from byte {self.offset}"

    step_id: int

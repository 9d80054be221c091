"""Anything that changes an environment's live state, and the only ways its status moves."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from deployments.models.environment import Environment
from deployments.webroot.layout import release_name


class Status(models.TextChoices):
    """B34. The last four are final."""

    PENDING = "pending", "Pending"
    RUNNING = "running", "Running"
    CANCELLING = "cancelling", "Cancelling"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    SUPERSEDED = "superseded", "Superseded"


IN_PROGRESS = (Status.RUNNING, Status.CANCELLING)
OPEN = (Status.PENDING, *IN_PROGRESS)


class OperationQuerySet(models.QuerySet["Operation"]):
    def in_progress(self) -> Self:
        return self.filter(status__in=IN_PROGRESS)

    def pending(self) -> Self:
        """Those that wait, first come first."""
        return self.filter(status=Status.PENDING).order_by("pk")

    def open(self) -> Self:
        return self.filter(status__in=OPEN).order_by("pk")

    def final(self) -> Self:
        return self.exclude(status__in=OPEN)

    def telling(self) -> Self:
        """Those that say how an environment is: a `.env` that was saved says nothing of its releases."""
        return self.exclude(kind=Operation.Kind.CONFIGURATION, status=Status.SUCCEEDED)

    def runnable(self) -> Self:
        """The pending operations of environments in which nothing is in progress."""
        busy = Operation.objects.in_progress().filter(environment=OuterRef("environment"))
        return self.pending().filter(~Exists(busy))

    def for_pages(self) -> Self:
        """With everything that a row of history shows."""
        return self.select_related("environment", "environment__instance", "requested_by", "dotenv")


class Operation(models.Model):
    """One table, so that one constraint serialises all kinds (B33)."""

    class Kind(models.TextChoices):
        DEPLOYMENT = "deployment", "Deployment"
        ROLLBACK = "rollback", "Rollback"
        CONFIGURATION = "configuration", "Configuration change"

    class Trigger(models.TextChoices):
        MANUAL = "manual", "Dashboard"
        COMMAND = "command", "Command line"
        API = "api", "API"
        PUSH = "push", "Push"

    class Wanted(models.TextChoices):
        BRANCH = "branch", "Branch"
        TAG = "tag", "Tag"
        COMMIT = "commit", "Commit"

    environment = models.ForeignKey(Environment, models.PROTECT, related_name="operations")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.DEPLOYMENT)
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    sequence = models.PositiveIntegerField(null=True, blank=True)

    wanted_kind = models.CharField(max_length=10, choices=Wanted, default=Wanted.BRANCH)
    wanted_name = models.CharField(max_length=255)
    # As they were when it was asked for: a later change of the environment can't touch it.
    repository = models.CharField(max_length=500)
    branch = models.CharField(max_length=255)

    commit = models.CharField(max_length=40, blank=True)
    commit_subject = models.CharField(max_length=200, blank=True)
    commit_author = models.CharField(max_length=200, blank=True)
    commit_at = models.DateTimeField(null=True, blank=True)

    # Which version a configuration change puts in force.
    dotenv = models.ForeignKey("DotenvVersion", models.SET_NULL, null=True, blank=True, related_name="+")

    trigger = models.CharField(max_length=10, choices=Trigger)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    switched_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=300, blank=True)
    message = models.TextField(blank=True, help_text="The sentence that tells how it ended.")

    objects = OperationQuerySet.as_manager()

    environment_id: int

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("environment", "-id"), name="operation_history"),
            models.Index(fields=("environment", "id"), condition=Q(status__in=OPEN), name="operation_open"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("environment",), condition=Q(status__in=IN_PROGRESS), name="one_operation_at_a_time"
            ),
            models.UniqueConstraint(fields=("environment", "sequence"), name="sequence_once"),
            models.CheckConstraint(
                condition=Q(kind="deployment", sequence__isnull=False)
                | (~Q(kind="deployment") & Q(sequence=None)),
                name="sequence_iff_deployment",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, finished_at=None)
                | (~Q(status__in=OPEN) & Q(finished_at__isnull=False)),
                name="operation_final_iff_finished",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number} of {self.environment}"

    def get_absolute_url(self) -> str:
        return reverse("deployment", args=[self.pk])

    # --- how its status moves: each by one conditional UPDATE that says who won ---------

    def claim(self, worker: str) -> bool:
        """Start a pending operation; False if somebody else did, or another one runs (B33)."""
        now = timezone.now()
        try:
            with transaction.atomic():
                return self._move(
                    (Status.PENDING,), status=Status.RUNNING, started_at=now, heartbeat_at=now, worker=worker
                )
        except IntegrityError:
            return False

    def beat(self) -> bool:
        """Say that its worker lives; False once the operation is no longer to go on."""
        return self._move((Status.RUNNING,), heartbeat_at=timezone.now())

    def record_commit(self, **fields: Any) -> None:
        """Keep which commit is deployed: `commit`, and what a page shows of it."""
        self._move(IN_PROGRESS, **fields)

    def record_switch(self) -> None:
        """Keep that `current` points to this deployment's release now."""
        now = timezone.now()
        with transaction.atomic():
            self._move(IN_PROGRESS, switched_at=now)
            Environment.objects.filter(pk=self.environment_id).update(current=self.pk)

    def record_dotenv(self) -> None:
        """Keep that this change's version is in force now: new releases get it (B25)."""
        Environment.objects.filter(pk=self.environment_id).update(dotenv=self.dotenv_id)

    def succeed(self, message: str = "") -> bool:
        return self._finish(Status.SUCCEEDED, message)

    def fail(self, message: str) -> bool:
        return self._finish(Status.FAILED, message)

    def lose(self, message: str) -> bool:
        """Its worker is gone: what was being cancelled is cancelled, anything else has failed."""
        now = timezone.now()
        return self._move(
            (Status.CANCELLING,), status=Status.CANCELLED, message=message, finished_at=now
        ) or self.fail(message)

    def _finish(self, status: Status, message: str) -> bool:
        return self._move(IN_PROGRESS, status=status, message=message, finished_at=timezone.now())

    def _move(self, expected: tuple[Status, ...], **changes: Any) -> bool:
        won = Operation.objects.filter(pk=self.pk, status__in=expected).update(**changes)
        if won:
            for field, value in changes.items():
                setattr(self, field, value)
        return bool(won)

    # --- what a reader asks ---------------------------------------------------------

    @property
    def number(self) -> str:
        if self.sequence:
            return f"#{self.sequence}"
        return f".env {self.dotenv.number}" if self.dotenv else f"({self.pk})"

    @property
    def final(self) -> bool:
        return self.status not in OPEN

    @property
    def directory(self) -> Path | None:
        """B1: its release directory, once its commit is known."""
        if not (self.sequence and self.commit):
            return None
        return self.environment.layout.release(self.sequence, self.commit)

    @property
    def release_id(self) -> str:
        """`deployment_N.sha`; without the second part as long as the commit is unknown."""
        if not self.commit:
            return f"deployment_{self.sequence}" if self.sequence else ""
        return release_name(self.sequence or 0, self.commit)

    @property
    def is_live(self) -> bool:
        return self.environment.current_id == self.pk

    @property
    def duration(self) -> timedelta | None:
        """From its start to its end, or to now."""
        if self.started_at is None:
            return None
        return (self.finished_at or timezone.now()) - self.started_at

    @property
    def last_sign_of_life(self) -> datetime:
        return self.heartbeat_at or self.started_at or self.created_at


class DeploymentManager(models.Manager.from_queryset(OperationQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> OperationQuerySet:
        queryset: OperationQuerySet = super().get_queryset()
        return queryset.filter(kind=Operation.Kind.DEPLOYMENT)


class ConfigurationChange(Operation):
    """An operation that changes the live release's `.env`, and makes no release."""

    class Meta:
        proxy = True


class Deployment(Operation):
    """An operation that makes a release."""

    objects = DeploymentManager()  # type: ignore[misc]

    class Meta:
        proxy = True

"""A place that an application is deployed to: production, staging, any name."""

from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models
from django.urls import reverse

from deployments.models.fields import checked
from deployments.models.instance import Instance
from deployments.source import address, refs
from deployments.webroot.layout import Layout, check_environment_name


class EnvironmentQuerySet(models.QuerySet["Environment"]):
    def named(self, label: str) -> "Environment":
        """Return the environment of a label such as `shop/production`; raises DoesNotExist."""
        instance, _slash, name = label.partition("/")
        return self.select_related("instance").get(instance__name=instance, name=name)

    def with_latest(self) -> Self:
        """Everything that one row of the home page shows, in a constant number of queries."""
        return self.select_related("instance", "current", "current__requested_by")


class Environment(models.Model):
    """`current` is the database's record of what is live; the link on disk is the truth."""

    class AppType(models.TextChoices):
        PHP = "php", "PHP"
        LARAVEL = "laravel", "Laravel"
        SYMFONY = "symfony", "Symfony"
        WORDPRESS = "wordpress", "WordPress"
        NODE = "node", "Node.js"
        PYTHON = "python", "Python"
        STATIC = "static", "Static files"
        OTHER = "other", "Other"

    instance = models.ForeignKey(Instance, models.PROTECT, related_name="environments")
    name = models.CharField(max_length=63, help_text="Such as production or staging.")
    repository = models.CharField(
        max_length=500, help_text="Such as https://example.org/shop.git or git@example.org:team/shop.git."
    )
    branch = models.CharField(max_length=255, default="main")
    app_type = models.CharField("type", max_length=20, choices=AppType, default=AppType.OTHER)
    app_domain = models.CharField("domain", max_length=253, blank=True)
    keep_executable = models.BooleanField(
        "keep the executable bit",
        default=False,
        help_text="Files that git marks as executable stay so (0775); otherwise every file is 0664.",
    )
    dotenv = models.ForeignKey(
        "DotenvVersion", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    last_sequence = models.PositiveIntegerField(default=0, editable=False)
    current = models.ForeignKey(
        "Operation", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EnvironmentQuerySet.as_manager()

    class Meta:
        ordering = ("instance__name", "name")
        permissions = (("deploy_environment", "Can deploy"),)
        constraints = (
            models.UniqueConstraint(
                fields=("instance", "name"),
                name="environment_name_once",
                violation_error_message="This application has an environment of that name already.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.instance.name}/{self.name}"

    def get_absolute_url(self) -> str:
        return reverse("environment", args=[self.instance.name, self.name])

    def clean(self) -> None:
        super().clean()
        # What is empty has been told already, by the field itself.
        if self.name:
            checked("name", lambda: check_environment_name(self.name))
        if self.repository:
            checked("repository", lambda: self.address)
        if self.branch:
            checked("branch", lambda: refs.wanted("branch", self.branch))
        self.repository, self.branch = self.repository.strip(), self.branch.strip()

    @property
    def address(self) -> address.Address:
        """The repository as git may be given it; raises `Failure` where it may not."""
        return address.parse(self.repository, settings.AMEZMO_GIT_PROTOCOLS)

    @property
    def layout(self) -> Layout:
        """Where everything of it lies on its host (B2, B3)."""
        return Layout.of(Path(self.instance.webroot), self.name)

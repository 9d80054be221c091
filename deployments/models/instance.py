"""An application's home on one host."""

from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from deployments.models.fields import checked
from deployments.webroot.layout import check_webroot


def this_cluster() -> str:
    """The queue of the workers on this host."""
    return str(settings.AMEZMO_CLUSTER)


class Instance(models.Model):
    """One application's webroot, and the worker cluster that serves it."""

    name = models.CharField(
        max_length=63,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z",
                "A name is made of lower-case letters, digits and hyphens, such as “shop”.",
            )
        ],
    )
    webroot = models.CharField(
        max_length=500,
        help_text="An absolute path on the worker's host. Production lives here, other environments below.",
    )
    owner = models.CharField(
        max_length=63,
        blank=True,
        help_text="The user who owns releases, such as www-data. Empty: the worker's own user.",
    )
    group = models.CharField(
        max_length=63,
        blank=True,
        help_text="The group of releases, such as deployer. Empty: the worker's own group.",
    )
    cluster = models.CharField(
        max_length=63,
        default=this_cluster,
        help_text="The queue that the workers on the webroot's host serve.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("cluster", "webroot"),
                name="webroot_once_per_host",
                violation_error_message="Another application lives at that webroot.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        checked("webroot", lambda: check_webroot(self.webroot))
        webroot = check_webroot(self.webroot)  # in the one spelling that can be compared
        self.webroot = str(webroot)
        for other in Instance.objects.filter(cluster=self.cluster).exclude(pk=self.pk):
            taken = Path(other.webroot)
            if webroot == taken or webroot in taken.parents or taken in webroot.parents:
                raise ValidationError(
                    {"webroot": f"{webroot} and {other.name}'s webroot {taken} would lie in one another."}
                )
        self._keep_off_the_installation(webroot)

    def _keep_off_the_installation(self, webroot: Path) -> None:
        """Releases must never lie over the program or its data, nor among them."""
        for own in (Path(settings.DATA_DIR), Path(settings.BASE_DIR)):
            within = own in webroot.parents and Path(settings.AMEZMO_WEBROOTS) not in webroot.parents
            if webroot == own or webroot in own.parents or within:
                raise ValidationError(
                    {
                        "webroot": f"{webroot} would lie over {own}, where this installation is. Choose another."
                    }
                )

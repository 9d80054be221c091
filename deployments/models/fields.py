"""Where the pure rooms' checks become form errors."""

from collections.abc import Callable

from django.core.exceptions import ValidationError

from deployments.errors import Failure


def checked(field: str, check: Callable[[], object]) -> None:
    """Run one of the pure rooms' checks; its `Failure` becomes the error of `field`."""
    try:
        check()
    except Failure as failure:
        raise ValidationError({field: str(failure)}) from failure

"""A webroot and the installation itself."""

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from deployments.models import Instance


@pytest.mark.parametrize("place", ["", "..", "inside"])
def test_a_webroot_never_lies_over_the_installation(db: None, settings: Settings, place: str) -> None:
    """B2: not over its data, not around it, and not among it."""
    webroot = Path(settings.DATA_DIR).parent if place == ".." else Path(settings.DATA_DIR) / place
    instance = Instance(name="shop", webroot=str(webroot))
    with pytest.raises(ValidationError, match="where this installation is"):
        instance.full_clean()


def test_the_default_place_is_below_the_data_all_the_same(db: None, settings: Settings) -> None:
    """B2: releases go to a directory of their own there."""
    settings.AMEZMO_WEBROOTS = str(Path(settings.DATA_DIR) / "www")
    Instance(name="shop", webroot=f"{settings.AMEZMO_WEBROOTS}/shop").full_clean()

"""What fields accept, and where the pure rooms' checks become form errors."""

import unicodedata
from collections.abc import Callable

from django.core.exceptions import ValidationError

from deployments.errors import Failure

_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}
_TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def checked(field: str, check: Callable[[], object]) -> None:
    """Run one of the pure rooms' checks; its `Failure` becomes the error of `field`."""
    try:
        check()
    except Failure as failure:
        raise ValidationError({field: str(failure)}) from failure


def one_plain_line(text: str) -> None:
    """Refuse what a terminal would obey: it is printed there as it is, and read there by people."""
    for character in text:
        if unicodedata.category(character) in _CONTROLS or unicodedata.bidirectional(character) in _TURNS:
            raise ValidationError(
                "This is one line of text: line breaks and control characters can't be in it.",
                code="control_character",
            )

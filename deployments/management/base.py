"""What the commands share: bad input ends with exit status 2 and one sentence."""

from typing import NoReturn

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management.base import CommandError
from django.db import Error

from deployments.models import Environment, Instance

BAD_INPUT = 2


def refuse(sentence: str) -> NoReturn:
    """End the command for bad input."""
    raise CommandError(sentence, returncode=BAD_INPUT)


def refuse_errors(error: ValidationError) -> NoReturn:
    """End the command with every error of a model, and the field it belongs to."""
    of_fields = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    refuse(
        "; ".join(
            ("" if field == NON_FIELD_ERRORS else f"{field}: ") + " ".join(messages)
            for field, messages in of_fields.items()
        )
    )


def needs_database() -> None:
    """End the command where the database is not there: perhaps it is another installation's."""
    try:
        Instance.objects.exists()
    except Error as error:
        refuse(
            f"The database can't be read ({str(error).splitlines()[0]}). Run manage.py migrate, or set "
            f"AMEZMO_DATA_DIR (now {settings.DATA_DIR}) and DATABASE_URL as the installation has them."
        )


def find_environment(label: str) -> Environment:
    """Return the environment of a label such as `shop/production`, or end the command."""
    needs_database()
    try:
        return Environment.objects.named(label)
    except Environment.DoesNotExist:
        known = ", ".join(str(each) for each in Environment.objects.select_related("instance")[:10])
        refuse(f"There is no environment “{label}”. There are: {known or 'none yet'}.")

"""Running a command as a person in a terminal does: what it prints, and its exit status."""

from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO

import pytest
from django.core.management import CommandError, call_command


@dataclass(frozen=True)
class Ran:
    """`told` is the error's sentence, as the terminal shows it."""

    status: int
    out: str
    err: str
    told: str = ""


Run = Callable[..., Ran]


@pytest.fixture
def run() -> Run:
    """Call a command here; nothing of it is replaced."""

    def run_here(*arguments: str) -> Ran:
        out, err = StringIO(), StringIO()
        try:
            call_command(*arguments, stdout=out, stderr=err, no_color=True)
        except CommandError as error:
            return Ran(error.returncode, out.getvalue(), err.getvalue(), str(error))
        return Ran(0, out.getvalue(), err.getvalue())

    return run_here

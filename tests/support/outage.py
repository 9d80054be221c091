"""A database that is away, for real: every new connection fails."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def database_away() -> Iterator[None]:
    """Point the connection at a database that is not there. For tests with `transactional_db`."""
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = "/nonexistent/database"
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name

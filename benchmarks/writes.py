"""The cost in the database of a tree's size: writes of a deployment of 10 files and of 10,000."""

from pathlib import Path
from typing import Any

from benchmarks.stage import stage

LOGS = "deployments_logchunk"


def run(directory: Path, quick: bool = False) -> dict[str, Any]:
    """Return how many INSERT, UPDATE and DELETE statements each took, those of logs aside."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from deployments import operations, tasks
    from deployments.models import Operation

    counted = {}
    for files in (10, 1_000 if quick else 10_000):
        with stage(directory, f"writes-{files}") as here:
            here.repository.commit({f"d{n % 100}/f{n}": str(n) for n in range(files - 1)})
            operations.deploy(here.environment, trigger=Operation.Trigger.COMMAND)
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert tasks.run_next(here.environment.pk)
            assert Operation.objects.latest("pk").status == "succeeded"
        statements = [query["sql"] for query in captured.captured_queries]
        counted[f"{files} files"] = sum(
            sql.startswith(("INSERT", "UPDATE", "DELETE")) and LOGS not in sql for sql in statements
        )
    return counted

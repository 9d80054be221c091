"""What django-q calls: primary keys in, one verb called."""

from deployments import worker
from deployments.pipeline import run


def run_next(environment_id: int) -> bool:
    """Run the first pending operation of an environment, if none is in progress there."""
    return run.run_next(environment_id)


def answer_probe(cluster: str) -> None:
    """Show the watchdog that this cluster's queue moves."""
    worker.answer_probe(cluster)

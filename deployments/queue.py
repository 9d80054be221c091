"""The one place that hands work to django-q2.

A task is only a nudge, delivered at least once (TECHNICAL.md 1): it names an environment
whose queue may have something runnable. Nothing is lost if it is, since the worker looks
for forgotten operations by itself (recovery.py).
"""

from functools import partial

from django.db import transaction


def nudge(environment_id: int, cluster: str) -> None:
    """Tell a cluster, once this transaction is committed, to look at an environment's queue."""
    transaction.on_commit(partial(_send, "deployments.tasks.run_next", environment_id, cluster=cluster))


def probe(cluster: str) -> None:
    """Ask a cluster to show that it runs tasks."""
    _send("deployments.tasks.answer_probe", cluster, cluster=cluster)


def _send(task: str, argument: int | str, cluster: str) -> None:
    # Imported late: it costs every process that only asks a question.
    from django_q.tasks import async_task

    async_task(task, argument, cluster=cluster, save=False)

"""What was handed to django-q2, read from its own table."""

from django_q.models import OrmQ


def nudges() -> list[tuple[str, str, tuple[int, ...]]]:
    """The queue of each task that waits, what it calls, and with what; the oldest first."""
    return [(each.key, each.task["func"], each.task["args"]) for each in OrmQ.objects.order_by("pk")]

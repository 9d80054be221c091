"""What was handed to django-q2, read from whichever broker the suite runs on."""

from django.conf import settings
from django_q.brokers import get_broker
from django_q.models import OrmQ
from django_q.signing import SignedPackage


def nudges(cluster: str) -> list[tuple[str, tuple[int, ...]]]:
    """What each task that waits in a queue calls, and with what; the oldest first."""
    if "orm" in settings.Q_CLUSTER:
        packages = list(OrmQ.objects.filter(key=cluster).order_by("pk").values_list("payload", flat=True))
    else:
        broker = get_broker(cluster)
        packages = broker.connection.lrange(broker.list_key, 0, -1)
    tasks = [SignedPackage.loads(package) for package in packages]
    return [(task["func"], task["args"]) for task in tasks]

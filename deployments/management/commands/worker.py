"""`manage.py worker`: the supervised cluster of this host's queue."""

from argparse import SUPPRESS, ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from deployments.errors import Refusal


class Command(BaseCommand):
    help = "Runs deployments, until it is told to stop (SIGTERM, or Ctrl-C; twice: at once)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        # What the supervised process is started with; nobody else has a use for it.
        parser.add_argument("--cluster-process", action="store_true", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cluster_process"]:
            self._run_cluster()
            return
        from deployments.worker import Worker

        workers, cluster = settings.AMEZMO_WORKERS, settings.AMEZMO_CLUSTER
        self.stdout.write(f"Worker of the queue “{cluster}”, {workers} at a time.")
        try:
            Worker(cluster).serve()
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal

    def _run_cluster(self) -> None:
        # Imported before the workers are forked from here, so that none pays for it again.
        from django_q.cluster import Cluster

        import deployments.source.history
        import deployments.tasks  # noqa: F401

        Cluster().start()

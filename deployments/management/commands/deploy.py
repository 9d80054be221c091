"""`manage.py deploy shop/production`: queue a deployment, and follow its log to the end."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deployments import logs, operations, tasks, wording
from deployments.errors import Failure
from deployments.management.base import find_environment, refuse
from deployments.models import Deployment, Operation, Step, WorkerHeartbeat
from deployments.source import refs

POLL_SECONDS = 0.2


class Command(BaseCommand):
    help = "Deploys an environment. Exit status: 0 succeeded, 1 not, 2 bad input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("environment", metavar="INSTANCE/ENVIRONMENT")
        what = parser.add_mutually_exclusive_group()
        for kind in ("branch", "tag", "commit"):
            what.add_argument(f"--{kind}", metavar="X", help=f"deploy this {kind}")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--no-wait", action="store_true", help="queue it, and don't follow its log")
        how.add_argument("--here", action="store_true", help="run it in this process, without a worker")

    def handle(self, *args: Any, **options: Any) -> None:
        environment = find_environment(options["environment"])
        try:
            deployment = operations.deploy(
                environment, trigger=Operation.Trigger.COMMAND, wanted=_wanted(options)
            )
        except Failure as failure:
            refuse(str(failure))
        if options["no_wait"]:
            self.stdout.write(f"{deployment} is queued.")
            return
        follower = _Follower(self, deployment)
        try:
            follower.here() if options["here"] else follower.follow()
        except KeyboardInterrupt:
            raise CommandError(f"No longer following. {deployment} goes on by itself.") from None
        deployment.environment.refresh_from_db()
        steps = list(deployment.steps.all())
        told = wording.sentence(deployment, steps)
        if why := wording.because(deployment, steps):
            told = f"{told}\n{why}"
        if deployment.status != "succeeded":
            raise CommandError(told)
        self.stdout.write(self.style.SUCCESS(told))


def _wanted(options: dict[str, Any]) -> refs.Wanted | None:
    for kind in ("branch", "tag", "commit"):
        if options[kind] is not None:
            return refs.wanted(kind, options[kind])
    return None


class _Follower:
    """Prints what a deployment's steps say, as it comes."""

    def __init__(self, command: BaseCommand, deployment: Deployment) -> None:
        self.command = command
        self.deployment = deployment
        self.read: dict[int, int] = {}
        self.headed: set[int] = set()

    def here(self) -> None:
        """Run the environment's queue in this process until this deployment is over."""
        while not self.deployment.final:
            if not tasks.run_next(self.deployment.environment_id):
                time.sleep(POLL_SECONDS)
            self.deployment.refresh_from_db()
        self._print_news()

    def follow(self) -> None:
        """Print while a worker runs it."""
        self._warn_if_unserved()
        while not self.deployment.final:
            time.sleep(POLL_SECONDS)
            self.deployment.refresh_from_db()
            self._print_news()

    def _print_news(self) -> None:
        for step in self.deployment.steps.order_by("position"):
            self._head(step)
            piece = logs.read(step, self.read.get(step.pk, 0))
            whole, _rest = piece.split_at_last_line()
            shown = whole if step.running else piece
            self.read[step.pk] = shown.end
            if shown.text:
                self.command.stdout.write(shown.text, ending="" if shown.text.endswith("\n") else "\n")

    def _head(self, step: Step) -> None:
        if step.pk not in self.headed:
            self.headed.add(step.pk)
            self.command.stdout.write(self.command.style.MIGRATE_HEADING(f"── {step}"))

    def _warn_if_unserved(self) -> None:
        queue = self.deployment.environment.instance.cluster
        if not WorkerHeartbeat.objects.alive().filter(cluster=queue).exists():
            self.command.stderr.write(
                f"No worker serves the queue “{queue}”, so this waits until one does. Start it with "
                "manage.py worker, or deploy with --here."
            )

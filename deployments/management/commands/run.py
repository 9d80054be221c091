"""`manage.py run`, which `make run` calls: everything on one machine, until Ctrl-C."""

import os
import secrets
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from deployments import demo, service, wording
from deployments.models import Operation, WorkerHeartbeat
from deployments.service import Service

PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.2
ADMINISTRATOR = "admin"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PASSWORD_VARIABLE = "DJANGO_SUPERUSER_PASSWORD"  # noqa: S105 - a name


class Command(BaseCommand):
    help = "Runs the dashboard and a worker here, until Ctrl-C. The first time, it sets everything up."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stopped = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        host, port = os.environ.get("AMEZMO_BIND", "127.0.0.1"), os.environ.get("PORT", "8000")
        _check_free(host, port)
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        password = _first_administrator()
        deployment = demo.begin()
        services = [_web(host, port), _worker()]
        try:
            if self._wait_for_start(services, host, port, deployment):
                self._greet(host, port, password, deployment)
            self._wait(services)
        finally:
            service.stop(services, settings.AMEZMO_STOP_SECONDS + 10, hurry=lambda: self.stopped > 1)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopped += 1

    def _wait_for_start(
        self, services: list[Service], host: str, port: str, deployment: Operation | None
    ) -> bool:
        """Wait until the page answers, a worker lives, and the demo's first deployment is over."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.stopped and not any(each.ended for each in services):
            if deployment is not None:
                deployment.refresh_from_db()
            if (
                _answers(host, port)
                and WorkerHeartbeat.objects.alive().exists()
                and (deployment is None or deployment.final)
            ) or time.monotonic() > deadline:
                return True
            time.sleep(POLL_SECONDS)
        return False

    def _greet(self, host: str, port: str, password: str | None, deployment: Operation | None) -> None:
        name = "localhost" if host in LOOPBACK else host
        lines = ["", f"  Amezmo runs at  http://{name}:{port}/"]
        if name not in settings.ALLOWED_HOSTS:
            lines.append(f"                  (once AMEZMO_HOSTS has the name that browsers use: {name})")
        if password:
            lines.append(f"  Sign in as      {ADMINISTRATOR}   with the password   {password}")
            lines.append(
                "                  (it is not shown again; manage.py changepassword admin sets another)"
            )
        else:
            lines.append("  Sign in with your account (forgotten? manage.py changepassword admin)")
        if deployment:
            deployment.environment.refresh_from_db()
            told = wording.sentence(deployment, list(deployment.steps.all()))
            lines.append(f"  Demo            {deployment.environment} {deployment.number}: {told}")
            lines.append(f"                  its repository is {deployment.repository}")
        lines += ["  Stop            Ctrl-C", ""]
        self.stdout.write("\n".join(lines))

    def _wait(self, services: list[Service]) -> None:
        while not self.stopped:
            if any(each.ended for each in services):
                raise CommandError("The web process or the worker ended; see above. Everything is stopped.")
            time.sleep(POLL_SECONDS)
        self.stdout.write("Stopping. Ctrl-C again ends running deployments at once.")


def _check_free(host: str, port: str) -> None:
    if not port.isdecimal():
        raise CommandError(f"PORT has to be a number, and {port!r} is none: make run PORT=8001")
    try:
        with socket.create_server((host, int(port))):
            return
    except (OSError, ValueError, OverflowError) as error:
        raise CommandError(
            f"Port {port} of {host} can't be used ({error}). Choose another: make run PORT=8001"
        ) from error


def _answers(host: str, port: str) -> bool:
    try:
        with socket.create_connection((host, int(port)), timeout=1):
            return True
    except OSError:
        return False


def _first_administrator() -> str | None:
    """Create the first account if there is none; returns its password."""
    users = get_user_model().objects
    if users.exists():
        return None
    password = os.environ.get(PASSWORD_VARIABLE) or secrets.token_urlsafe(12)
    users.create_superuser(ADMINISTRATOR, "", password)
    return password


def _web(host: str, port: str) -> Service:
    arguments = ["--host", host, "--port", port, "--log-level", "warning", "--timeout-graceful-shutdown", "3"]
    return _start("-m", "uvicorn", "amezmo.asgi:application", *arguments)


def _worker() -> Service:
    return _start("manage.py", "worker")


def _start(*arguments: str) -> Service:
    # The first administrator's password is needed here alone; a hook could read it in their /proc.
    environment = {name: value for name, value in os.environ.items() if name != PASSWORD_VARIABLE}
    return Service([sys.executable, *arguments], directory=Path(settings.BASE_DIR), environment=environment)

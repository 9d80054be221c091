"""What is wrong with this installation, and the fix: one function for each thing looked at."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from deployments.errors import Failure
from deployments.models import Environment, Instance, Operation, WorkerHeartbeat
from deployments.pipeline.host import Host, this_host
from deployments.webroot.permissions import Owner
from deployments.webroot.switch import current_release

Level = Literal["well", "note", "wrong"]
OLDEST_GIT = (2, 34)  # checkout.workers, and --no-write-fetch-head
LEAST_FREE = 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `fix` says what to do where it is not well."""

    level: Level
    what: str
    fix: str = ""


def examine() -> Iterator[Finding]:
    """Look at everything, the most basic first."""
    for look in LOOKS:
        try:
            yield from look()
        except Error:
            continue  # the database, of which its own look tells


def _programs() -> Iterator[Finding]:
    path = settings.AMEZMO_HOOK_PATH
    for name in ("git", "bash"):
        found = shutil.which(name, path=path)
        if found:
            yield Finding("well", f"{name} is {found}")
        else:
            yield Finding("wrong", f"{name} is not in {path}", f"Install it: sudo apt-get install {name}")
    git = shutil.which("git", path=path)
    if git and (version := _git_version(git)) < OLDEST_GIT:
        shown = ".".join(map(str, version)) or "of unknown version"
        yield Finding("wrong", f"git {shown} is too old", "Install git 2.34 or newer.")
    if not Path("/proc/self/stat").exists():
        yield Finding("wrong", "/proc is not mounted", "Hooks can't be supervised without it: mount it.")


def _git_version(git: str) -> tuple[int, ...]:
    told = subprocess.run([git, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = told.split()[2].split(".")[:2] if len(told.split()) > 2 else []
    return tuple(int(number) for number in numbers if number.isdecimal())


def _settings() -> Iterator[Finding]:
    messages = run_checks()
    for message in messages:
        level: Level = "wrong" if message.level >= ERROR else "note"
        yield Finding(level, message.msg, message.hint or "")
    if not messages:
        yield Finding("well", "the settings make sense")


def _data() -> Iterator[Finding]:
    directory = Path(settings.DATA_DIR)
    if not os.access(directory, os.W_OK | os.X_OK):
        yield Finding("wrong", f"{directory} can't be written", f"sudo chown -R $(id -un) {directory}")
        return
    free = shutil.disk_usage(directory).free
    if free < LEAST_FREE:
        yield Finding("note", f"only {free // 1024**2} MB are free on the disk of {directory}", "Free some.")
    else:
        yield Finding("well", f"{directory} can be written, {free // 1024**3} GB free")


def _database() -> Iterator[Finding]:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        yield Finding("wrong", f"the database does not answer: {error}", "Check DATABASE_URL.")
        return
    if missing:
        yield Finding("wrong", f"{len(missing)} migrations are missing", "Run manage.py migrate.")
    else:
        yield Finding("well", f"the database is up to date ({connection.vendor})")


def _workers() -> Iterator[Finding]:
    queues = {settings.AMEZMO_CLUSTER, *Instance.objects.values_list("cluster", flat=True)}
    alive = {each.cluster: each for each in WorkerHeartbeat.objects.alive()}
    for queue in sorted(queues):
        if queue in alive:
            yield Finding("well", f"the queue “{queue}” is served by {alive[queue].host}")
        else:
            waiting = Operation.objects.pending().filter(environment__instance__cluster=queue).count()
            yield Finding(
                "wrong",
                f"no worker serves the queue “{queue}”, and {waiting} operations wait in it",
                f"Start one on its host: AMEZMO_CLUSTER={queue} manage.py worker",
            )


def _host() -> Iterator[Finding]:
    try:
        host = this_host()
    except Failure as failure:
        if settings.AMEZMO_DEPLOY_USER and os.geteuid() != 0:
            yield Finding(
                "note", "only root sees whether the deploy user reaches everything", "Run this as root."
            )
        else:
            yield Finding("wrong", str(failure))
        return
    if os.geteuid() == 0 and host.account is None:
        yield Finding(
            "note",
            "hooks of a worker started by this user run as root",
            "Set AMEZMO_DEPLOY_USER to a user of their own.",
        )
    else:
        yield Finding("well", f"hooks run as {host.user}")
    for instance in Instance.objects.filter(cluster=settings.AMEZMO_CLUSTER):
        yield from _instance(instance, host)
    yield from _keys(host)


def _instance(instance: Instance, host: Host) -> Iterator[Finding]:
    try:
        Owner.named(instance.owner, instance.group)
    except Failure as failure:
        yield Finding("wrong", f"{instance}: {failure}")
    webroot = Path(instance.webroot)
    nearest = next(path for path in (webroot, *webroot.parents) if path.exists())
    if not _can_be_written(nearest, host, made_by_worker=nearest != webroot):
        yield Finding(
            "wrong",
            f"{instance}: {nearest} can't be written by {host.user}",
            f"sudo install -d -m 2775 -o {host.user} {instance.webroot}",
        )
        return
    for environment in instance.environments.all():
        try:
            current_release(environment.layout)
        except Failure as failure:
            yield Finding("wrong", f"{environment}: {failure}")
            return
    yield Finding("well", f"{instance}: {instance.webroot} can be written")


def _can_be_written(directory: Path, host: Host, *, made_by_worker: bool) -> bool:
    """A webroot that is not there yet is made by the worker, which may be root; else it is the deploy user's."""
    with contextlib.nullcontext() if made_by_worker else host.acting():
        return os.access(directory, os.W_OK | os.X_OK, effective_ids=True)


def _keys(host: Host) -> Iterator[Finding]:
    over_ssh = [
        environment
        for environment in Environment.objects.all()
        if environment.repository.startswith("ssh://") or "@" in environment.repository
    ]
    key, known_hosts = host.git_home / "ssh" / "id_ed25519", host.git_home / "ssh" / "known_hosts"
    for path in (key, known_hosts):
        if over_ssh and not path.exists():
            yield Finding(
                "wrong",
                f"repositories are fetched over SSH, and {path} is missing",
                "See docs/howto/private-repositories.md.",
            )


LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _programs,
    _settings,
    _data,
    _database,
    _workers,
    _host,
)

"""Running the hooks of one event: the repository's file, then the dashboard's (B14-B19)."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deployments.errors import Failure
from deployments.hooks import catalog, resolve
from deployments.hooks.catalog import Event
from deployments.hooks.environment import Facts, variables
from deployments.hooks.process import Ending
from deployments.models import Hook
from deployments.models.hook import time_limit_of
from deployments.pipeline.context import Context
from deployments.pipeline.recorder import StepLog

DASHBOARD = "dashboard: "


@dataclass(frozen=True)
class Script:
    """One script of an event. `file` is run itself; without one, `content` is."""

    source: str
    content: bytes
    seconds: float
    gating: bool
    file: Path | None = None


def run_event(context: Context, name: str) -> None:
    """Run every script of an event, each as a step; a gating one that fails ends the operation."""
    event = catalog.event(name)
    directory = directory_of(context, event)
    if directory is None:
        return
    facts = _facts(context, event, directory)
    repository_file = _Repository(context, event, directory)
    if repository_file.exists:
        with context.recorder.step(name, repository_file.source, gating=event.gating) as log:
            _run(context, repository_file.script(), facts, log)
    for hook in context.environment.hooks.filter(event=name, enabled=True):
        with context.recorder.step(name, DASHBOARD + hook.name, gating=hook.gating) as log:
            _run(context, _of_dashboard(hook), facts, log)


def directory_of(context: Context, event: Event) -> Path | None:
    """Where an event's hooks run, and whose copy of them (B10, B17); None: they don't."""
    if event.name == "deploy.failure":
        return context.release or context.previous
    return context.previous if event.copy == "current" else context.release


class _Repository:
    """The script that a release brings for an event, looked for before its step begins."""

    def __init__(self, context: Context, event: Event, directory: Path) -> None:
        self._event = event
        self._refused: Failure | None = None
        self._found: resolve.Found | None = None
        try:
            with context.host.acting():
                self._found = resolve.find(directory, context.environment.name, event.name)
        except Failure as failure:
            # There is something in the hook's place: its step says why it can't be run.
            self._refused = failure
        self.exists = bool(self._found or self._refused)
        self.source = (
            str(self._found.file.relative_to(directory))
            if self._found
            else f"{resolve.HOOK_DIRECTORY}/{event.name}"
        )

    def script(self) -> Script:
        """Return it, or raise the `Failure` that says why it can't be run."""
        if self._refused:
            raise self._refused
        assert self._found is not None
        content = resolve.script(self._found.content, self.source)
        as_it_is = self._found.file if content == self._found.content else None
        return Script(self.source, content, time_limit_of(self._event), self._event.gating, as_it_is)


def _of_dashboard(hook: Hook) -> Script:
    content = resolve.script(hook.script.encode(), hook.name)
    return Script(DASHBOARD + hook.name, content, hook.time_limit, hook.gating)


def _run(context: Context, script: Script, facts: Facts, log: StepLog) -> None:
    host = context.host
    environment = variables(
        facts, path=context.path, home=host.home, user=host.user, extra=context.hook_variables
    )
    if context.secrets:
        context.environment.secrets.all().mark_used()
    with _file(context, script) as path:
        ending = context.run(log, [host.bash, str(path)], facts.directory, environment, script.seconds)
    if ending.left:
        log.say(f"[{_processes(ending.left)} left in the background, and ended]")
    if ending.ended_by or ending.exit_code:
        raise Failure(_sentence(facts.event, script, ending))


@contextmanager
def _file(context: Context, script: Script) -> Iterator[Path]:
    """The file to hand to Bash: a script given by `-c` may not pass 128 KiB."""
    if script.file:
        yield script.file
        return
    descriptor, name = tempfile.mkstemp(prefix="hook-", suffix=".sh")
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(script.content)
            if account := context.host.account:
                os.fchown(descriptor, account.uid, account.gid)
        yield Path(name)
    finally:
        # A hook may have removed it: “rm -rf /tmp/*” is nobody's failure.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def _sentence(event: str, script: Script, ending: Ending) -> str:
    hook = f"The hook {event} ({script.source})"
    if ending.ended_by == "time-limit":
        return f"{hook} was ended at its time limit of {script.seconds:g} seconds."
    if ending.ended_by == "process-limit":
        return f"{hook} was ended because it started too many processes."
    if ending.ended_by == "supervisor-died":
        return f"{hook} was killed from outside."
    return f"{hook} exited with {ending.exit_code}."


def _processes(count: int) -> str:
    return "1 process was" if count == 1 else f"{count} processes were"


def _facts(context: Context, event: Event, directory: Path) -> Facts:
    operation, environment, layout = context.operation, context.environment, context.layout
    # An operation that makes no release runs in the live one, and speaks of that.
    told = operation if operation.sequence else environment.current or operation
    return Facts(
        event=event.name,
        directory=directory,
        release_number=told.sequence or 0,
        release_id=told.release_id,
        commit=told.commit,
        branch=operation.branch,
        repository=context.address.repository,
        environment_name=environment.name,
        app_type=environment.app_type,
        app_domain=environment.app_domain,
        storage=layout.storage,
        logs=layout.logs,
        node_modules=layout.node_modules,
    )

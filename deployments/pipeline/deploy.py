"""A deployment, from top to bottom (B12, B13). The tuple is the order; the steps follow in it."""

from functools import partial
from pathlib import Path

from deployments.errors import Failure
from deployments.hooks import resolve
from deployments.pipeline.context import Context
from deployments.pipeline.events import run_event
from deployments.pipeline.recorder import StepLog
from deployments.pipeline.steps import Hooks, Step
from deployments.source.mirror import Mirror
from deployments.webroot import dotenv, permissions, release
from deployments.webroot.switch import switch as switch_link


def fetch(context: Context, log: StepLog) -> None:
    """Ask the repository for the wanted ref, bring its commit here, and name it (B7)."""
    log.say(f"Fetching {context.wanted} of {context.address.url}")
    release.prepare_webroot(context.webroot, context.host.first_owner(context.owner))
    with context.host.acting():
        release.prepare_directories(context.layout)
    mirror, git = context.mirror, context.git(log)
    found = mirror.verify(context.wanted, git)
    commit = mirror.fetch(context.wanted, found, context.operation.branch, git)
    described = _describe(mirror, commit)
    context.operation.record_commit(commit=commit, **described)
    log.say(f"{commit} {described['commit_subject']}")
    log.step.message = f"{context.wanted} is at {commit[:8]}."


def export(context: Context, log: StepLog) -> None:
    """Write the commit's tree beside the other releases, and name it when complete (B1, B4)."""
    directory = context.operation.directory
    assert directory is not None
    with context.host.acting():
        draft = release.start_draft(context.layout, directory)
    try:
        files = context.mirror.export(context.operation.commit, draft, context.git(log))
        with context.host.acting():
            release.complete_draft(draft, directory)
    except BaseException:
        with context.host.acting():
            release.discard(draft)
        raise
    context.release = directory
    log.say(f"{files:,} files in {directory}")
    log.step.message = f"{files:,} files."
    if _before_pull_changed(context, directory):
        log.say(
            "This commit changes before.pull. The copy that ran came from the release before; "
            "the changed one runs first in the next deployment."
        )


def has_dotenv(context: Context) -> bool:
    """Whether one was saved: without one, the tree's own stays (B25)."""
    return context.environment.dotenv is not None


def place_dotenv(context: Context, log: StepLog) -> None:
    """Put the saved .env into the new release, replacing one that the tree brought (B25)."""
    version = context.environment.dotenv
    assert context.release is not None
    assert version is not None
    with context.host.acting():
        dotenv.place(context.release, bytes(version.content))
    log.say(f"{version} of the saved .env is in place.")
    log.step.message = f"{version}."


def permissions_(context: Context, log: StepLog) -> None:
    """Set modes and owners (B5)."""
    assert context.release is not None
    keep = context.environment.keep_executable
    report = permissions.apply(context.release, context.owner, keep_executable=keep, maker=context.host.maker)
    log.step.message = (
        f"{report.files:,} files, {report.directories:,} directories, {report.mended:,} of them changed."
    )
    log.say(log.step.message)
    if report.executables_lost:
        log.say(
            f"{report.executables_lost:,} files lost their executable bit. The environment's "
            "setting “keep the executable bit” keeps it."
        )


def switch(context: Context, log: StepLog) -> None:
    """Point `current` to the new release: the last gating act (B6)."""
    assert context.release is not None
    context.confirm()
    with context.host.acting():
        switch_link(context.layout, context.release)
    context.operation.record_switch()
    before = context.previous.name if context.previous else "nothing"
    log.say(f"current -> {context.release}")
    log.step.message = f"current points to {context.release.name}; before, to {before}."


STEPS: tuple[Step | Hooks, ...] = (
    Hooks("before.pull"),
    # An archive deployment has `extract` and `after.extract` in the place of these (B13).
    Step("fetch", fetch),
    Step("export", export),
    Step(".env", place_dotenv, wanted=has_dotenv),
    # Here go the shared links, then Composer and Artisan.
    Hooks("after.pull"),
    Hooks("before.deploy"),
    Step("permissions", permissions_),
    Step("switch", switch),
    Hooks("after.deploy"),
    # Here go the reload and the health check.
    Hooks("deploy.success"),
)

on_failure = partial(run_event, name="deploy.failure")


def _describe(mirror: Mirror, commit: str) -> dict[str, object]:
    from deployments.source import history  # a fifth of a second, not at every start

    found = history.commit(mirror, commit)
    return {
        "commit_subject": found.subject,
        "commit_author": found.author,
        "commit_at": found.authored_at,
    }


def _before_pull_changed(context: Context, new: Path) -> bool:
    """B17: before.pull is always one version behind; say so when that matters."""
    if context.previous is None:
        return False
    name = context.environment.name
    try:
        with context.host.acting():
            old, new_one = (resolve.find(each, name, "before.pull") for each in (context.previous, new))
    except Failure:
        return False
    return (old and old.content) != (new_one and new_one.content)

"""A change of the live release's .env, from top to bottom (B26)."""

from deployments.pipeline.context import Context
from deployments.pipeline.recorder import StepLog
from deployments.pipeline.steps import Hooks, Step
from deployments.webroot import dotenv


def write(context: Context, log: StepLog) -> None:
    """Write the version into the live release, and keep that it is in force."""
    version = context.operation.dotenv
    assert version is not None
    context.confirm()
    if context.previous is None:
        log.say("Nothing is live yet: the first release will have it.")
    else:
        with context.host.acting():
            dotenv.place(context.previous, bytes(version.content))
        log.say(f"{context.previous / dotenv.NAME} is {version} now.")
    context.operation.record_dotenv()
    log.step.message = f"{version} is in force."


STEPS: tuple[Step | Hooks, ...] = (
    Hooks("config/before-change"),
    Step("write .env", write),
    Hooks("config/after-change"),
    # Here goes the reload.
)


def on_failure(_context: Context) -> None:
    """There is no event for it: the page tells, and the old .env is in force."""

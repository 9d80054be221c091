"""What the steps of one operation share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from deployments.errors import Failure
from deployments.hooks import process
from deployments.hooks.masking import Forms
from deployments.hooks.process import Command, Ending
from deployments.models import Environment, Operation
from deployments.pipeline.host import Host
from deployments.pipeline.recorder import Abandoned, Recorder, StepLog
from deployments.source import address
from deployments.source.address import Address
from deployments.source.mirror import Mirror, Ran
from deployments.source.refs import Wanted
from deployments.vault import Hidden
from deployments.webroot.layout import Layout
from deployments.webroot.permissions import Owner
from deployments.webroot.switch import current_release, live_release

REMEMBERED = 64 * 1024  # bytes of a command's output that its caller can read


@dataclass
class Context:
    """`previous` was live when the operation began; `release` is there once it is complete."""

    operation: Operation
    environment: Environment
    layout: Layout
    host: Host
    recorder: Recorder
    secrets: Mapping[str, Hidden]
    masked: Forms
    previous: Path | None
    release: Path | None = None

    @classmethod
    def of(cls, operation: Operation, host: Host) -> "Context":
        """Gather it; raises `Failure` where this host can't serve the environment."""
        environment = operation.environment
        layout = environment.layout
        secrets = environment.secrets.all().opened()
        masked = Forms([secret.reveal() for secret in secrets.values()])
        return cls(
            operation=operation,
            environment=environment,
            layout=layout,
            host=host,
            recorder=Recorder(operation, masked),
            secrets=secrets,
            masked=masked,
            previous=live_release(layout),
        )

    @property
    def hook_variables(self) -> Mapping[str, str]:
        """The environment's own variables for its hooks: its secrets, in memory only (B27)."""
        return {name: secret.reveal() for name, secret in self.secrets.items()}

    @property
    def path(self) -> str:
        return str(settings.AMEZMO_HOOK_PATH)

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.operation.wanted_kind, self.operation.wanted_name)  # type: ignore[arg-type]

    @property
    def webroot(self) -> Path:
        return Path(self.environment.instance.webroot)

    @property
    def owner(self) -> Owner:
        """Who is to own releases; raises `Failure` where this host doesn't know them (B5)."""
        return Owner.named(self.environment.instance.owner, self.environment.instance.group)

    @property
    def address(self) -> Address:
        """The repository as it was when the deployment was asked for; raises `Failure`."""
        return address.parse(self.operation.repository, settings.AMEZMO_GIT_PROTOCOLS)

    @property
    def mirror(self) -> Mirror:
        return self.host.mirror(self.address)

    @property
    def switched(self) -> bool:
        """Whether the new release is live: the link on disk is the truth, whatever raised after it."""
        try:
            return self.release is not None and current_release(self.layout) == self.release
        except Failure:
            return False

    def confirm(self) -> None:
        """Go on only if the operation is still this worker's; raises `Abandoned`."""
        if not self.operation.beat():
            raise Abandoned

    def run(
        self,
        log: StepLog,
        argv: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        seconds: float | None,
        *,
        listener: process.Listener | None = None,
    ) -> Ending:
        """Run a command as this host's commands are run, into the step's log."""
        ending = process.run(
            Command(
                argv=argv,
                directory=directory,
                environment=environment,
                seconds=seconds,
                account=self.host.account,
                processes=settings.AMEZMO_HOOK_PROCESSES,
            ),
            listener or log,
        )
        if ending.ended_by == "asked":
            raise Abandoned
        log.step.exit_code = ending.exit_code
        log.step.timed_out = ending.ended_by == "time-limit"
        return ending

    def git(self, log: StepLog) -> "GitRunner":
        """Return the way in which a mirror runs git: under the same control as hooks."""
        return GitRunner(self, log)


@dataclass(frozen=True)
class GitRunner:
    """Runs git into a step's log, and remembers the last of what it said."""

    context: Context
    log: StepLog

    def __call__(
        self, argv: Sequence[str], *, environment: Mapping[str, str], time_limit: float | None
    ) -> Ran:
        ears = _Ears(self.log)
        ending = self.context.run(self.log, argv, Path("/"), environment, time_limit, listener=ears)
        # An exit code is a hook's; git's own is an answer that mirror.py reads.
        self.log.step.exit_code = None
        timed_out = ending.ended_by == "time-limit"
        return Ran(None if timed_out else ending.exit_code, ears.heard.decode("utf-8", "replace"), timed_out)


class _Ears:
    """Passes everything on to the log, and keeps the end of it."""

    def __init__(self, log: StepLog) -> None:
        self._log = log
        self.heard = b""

    def write(self, data: bytes) -> None:
        self.heard = (self.heard + data)[-REMEMBERED:]
        self._log.write(data)

    def tick(self) -> bool:
        return self._log.tick()

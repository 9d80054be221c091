"""The only writer of steps and logs (B11).

Everything a step prints passes through here: cleaned, capped, and stored in batches, so
that a log of 300 MB costs a bounded number of writes and a line is seen within moments.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import timezone

from deployments.errors import Failure
from deployments.hooks.masking import Forms, Masker
from deployments.hooks.output import Output
from deployments.models import LogChunk, Operation, Step

FLUSH_SECONDS = 0.25
FLUSH_CHARACTERS = 256 * 1024
CHUNK_CHARACTERS = 64 * 1024
BEAT_SECONDS = 5.0


class Abandoned(Exception):
    """The operation is no longer this worker's to go on with."""


class StepLog:
    """One running step: what it prints goes in here, and how it ended is told here."""

    def __init__(self, step: Step, operation: Operation, secrets: Forms) -> None:
        self.step = step
        self._operation = operation
        self._output = Output(settings.AMEZMO_LOG_LIMIT)
        self._secrets = secrets
        self._masker = Masker(secrets)
        self._waiting: list[str] = []
        self._characters = 0
        self._offset = 0
        self._line = 0
        self._flushed_at = 0.0
        self._beaten_at = time.monotonic()

    def write(self, data: bytes) -> None:
        """Take output as it comes."""
        self._add(self._masker.feed(self._output.feed(data)))

    def say(self, text: str) -> None:
        """Add a line of the program's own."""
        self.write(text.encode("utf-8", "replace") + b"\n")

    def tick(self) -> bool:
        """Store what waits, say that this worker lives; False if the operation was taken away."""
        if not self._waiting:
            self._add(self._masker.feed(self._output.flush()) + self._masker.flush())
        self._store_if_due()
        if time.monotonic() - self._beaten_at < BEAT_SECONDS:
            return True
        self._beaten_at = time.monotonic()
        return self._operation.beat()

    def finish(self, status: Step.Status, message: str) -> None:
        """Store the rest, and how the step ended."""
        head, gap, tail = self._output.end()
        text = self._masker.feed(head)
        if gap:
            text += gap
            self._masker.cut()
        self._add(text + self._masker.feed(tail) + self._masker.close())
        self._store()
        self.step.status, self.step.message = status, self._secrets.mask(message)
        self.step.finished_at = timezone.now()
        self.step.save(update_fields=("status", "message", "exit_code", "timed_out", "finished_at"))

    def _add(self, text: str) -> None:
        if text:
            self._waiting.append(text)
            self._characters += len(text)
            self._store_if_due()

    def _store_if_due(self) -> None:
        if not self._waiting:
            return
        if self._characters >= FLUSH_CHARACTERS or time.monotonic() - self._flushed_at >= FLUSH_SECONDS:
            self._store()

    def _store(self) -> None:
        text = "".join(self._waiting)
        self._waiting, self._characters = [], 0
        chunks = []
        for start in range(0, len(text), CHUNK_CHARACTERS):
            part = text[start : start + CHUNK_CHARACTERS]
            chunks.append(LogChunk(step=self.step, offset=self._offset, line=self._line, text=part))
            self._offset += len(part.encode())
            self._line += part.count("\n")
        if chunks:
            LogChunk.objects.bulk_create(chunks)
        self._flushed_at = time.monotonic()


class Recorder:
    """Writes the steps of one operation, in order."""

    def __init__(self, operation: Operation, secrets: Forms) -> None:
        self._operation = operation
        self._secrets = secrets
        self._position = 0
        self.current: StepLog | None = None

    @contextmanager
    def step(self, name: str, source: str = "", *, gating: bool = True) -> Iterator[StepLog]:
        """Record one step around the code that does it.

        A `Failure` in it marks the step as failed and goes on to the caller; of a step that
        is not gating it goes no further, and is a warning (B8).
        """
        self._position += 1
        log = StepLog(
            Step.objects.create(
                operation=self._operation,
                position=self._position,
                name=name,
                source=source,
                started_at=timezone.now(),
            ),
            self._operation,
            self._secrets,
        )
        self.current = log
        try:
            yield log
        except Failure as failure:
            status = Step.Status.FAILED if gating else Step.Status.WARNING
            log.finish(status, str(failure))
            if gating:
                raise
        except Abandoned:
            raise
        except Exception as error:
            log.finish(Step.Status.FAILED, f"The program itself failed here ({type(error).__name__}).")
            raise
        else:
            log.finish(Step.Status.SUCCEEDED, log.step.message)
        finally:
            self.current = None

"""What masking costs: the same log stored with 50 secrets to look for, and with none, in turn."""

import secrets
import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.stage import stage

SECRETS = 50
ROUNDS = 7
PRINTED = 15_000_000  # bytes: all of it is stored
LINE = b"2026-11-24T21:00:00 [info] compiled 1,204 modules in 38.2 s (chunk 7 of 19)\n"


def run(directory: Path, quick: bool = False) -> dict[str, Any]:
    """Return the median MB a second of both, and the cost of masking in per cent of the unmasked."""
    from django.utils import timezone

    from deployments import operations
    from deployments.hooks.masking import Forms
    from deployments.models import LogChunk, Operation, Step
    from deployments.pipeline.recorder import StepLog

    none, many = Forms([]), Forms([secrets.token_urlsafe(32) for _ in range(SECRETS)])
    rates: dict[str, list[float]] = {"unmasked": [], "masked": []}
    data = LINE * (64 * 1024 // len(LINE))
    with stage(directory, "masking") as here:
        operation = operations.deploy(here.environment, trigger=Operation.Trigger.COMMAND)
        for turn in range(2 * (2 if quick else ROUNDS)):
            name, forms = (("unmasked", none), ("masked", many))[turn % 2]
            step = Step.objects.create(
                operation=operation, position=turn + 1, name=name, started_at=timezone.now()
            )
            log = StepLog(step, operation, forms)
            begun = time.perf_counter()
            for _ in range(PRINTED // len(data)):
                log.write(data)
            log.finish(Step.Status.SUCCEEDED, "")
            rates[name].append(PRINTED / 1e6 / (time.perf_counter() - begun))
            LogChunk.objects.filter(step=step).delete()
    unmasked, masked = (statistics.median(rates[name]) for name in ("unmasked", "masked"))
    return {
        "secrets": SECRETS,
        "stored unmasked MB/s": round(unmasked, 1),
        "stored masked MB/s": round(masked, 1),
        "masking costs %": round((1 - masked / unmasked) * 100, 1),
    }

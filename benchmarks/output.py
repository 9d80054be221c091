"""A hook that prints 300 MB: what it costs the worker, and what is kept of it."""

import time
from pathlib import Path
from typing import Any

from benchmarks.stage import stage

PRINTED = 300_000_000


def run(directory: Path, quick: bool = False) -> dict[str, Any]:
    """Return the worker's growth at its peak in MB, the stored log's size, and how long it took."""
    from django.conf import settings

    from deployments import operations
    from deployments.models import LogChunk, Operation
    from tests.support.worker import wait_for

    printed = PRINTED // 10 if quick else PRINTED
    with stage(directory, "output") as here, here.worker() as worker:
        here.repository.commit(
            {".amezmo/after.pull": f"yes 'a line of forty characters, more or less' | head -c {printed}"}
        )

        def deploy() -> Operation:
            operation = operations.deploy(here.environment, trigger=Operation.Trigger.COMMAND)
            wait_for(lambda: operation.refresh_from_db() or operation.final, 300)
            return operation

        here.repository.git("branch", "large")
        here.repository.git("reset", "--quiet", "--hard", "HEAD~1")
        for _ in range(4):
            deploy()
        before = {pid: _peak_kb(pid) for pid in worker.cluster_processes()}
        here.repository.git("reset", "--quiet", "--hard", "large")
        begun = time.perf_counter()
        operation = deploy()
        took = time.perf_counter() - begun
        grown = max(_peak_kb(pid) - before[pid] for pid in before)
    stored = sum(len(chunk.text.encode()) for chunk in LogChunk.objects.filter(step__name="after.pull"))
    last = LogChunk.objects.filter(step__name="after.pull", text__contains="left out here").exists()
    return {
        "status": operation.status,
        "printed MB": round(printed / 1e6),
        "seconds": round(took, 2),
        "worker grew by MB": round(grown / 1024, 1),
        "stored MB": round(stored / 2**20, 2),
        "cap MB": settings.AMEZMO_LOG_LIMIT / 2**20,
        "says what it left out": last,
    }


def _peak_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0

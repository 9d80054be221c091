"""Whole deployments against a plain shell script that does the same, in one run, in turn.

The script is what people write by hand: fetch, `git archive | tar`, find/chmod, ln and mv.
"""

import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

from benchmarks.stage import milliseconds, stage

SIZES = (127, 2_000, 13_000)
ROUNDS = 7
SCRIPT = r"""
set -e
cd "$ROOT"
[ -d mirror ] || git init --quiet --bare mirror
git -C mirror fetch --quiet --force --no-tags "$REPOSITORY" refs/heads/main:refs/heads/main
commit=$(git -C mirror rev-parse refs/heads/main)
new="$ROOT/release/$1.${commit:0:8}"
mkdir -p "$new"
git -C mirror archive "$commit" | tar -x -C "$new"
find "$new" -type d -exec chmod 2775 {} +
find "$new" -type f -exec chmod 0664 {} +
ln -s "$new" .next
mv -T .next current
"""


def run(directory: Path, quick: bool = False) -> dict[str, Any]:
    """Return, for each size, the median milliseconds of both after a commit of ten files."""
    return {f"{size} files": _size(directory, size, 3 if quick else ROUNDS) for size in SIZES}


def _size(directory: Path, size: int, rounds: int) -> dict[str, float]:
    from deployments import operations, tasks
    from deployments.models import Operation

    with stage(directory, f"duration-{size}") as here:
        here.repository.commit({f"d{n // 100}/f{n}": f"{n}\n" * 20 for n in range(size)})
        script_root = here.directory / "script"
        script_root.mkdir()
        ours, scripts = [], []
        for turn in range(rounds + 1):
            here.repository.commit({f"d0/f{n}": f"turn {turn}, {n}\n" for n in range(10)})
            begun = time.perf_counter()
            operation = operations.deploy(here.environment, trigger=Operation.Trigger.COMMAND)
            assert tasks.run_next(here.environment.pk)
            ours.append(time.perf_counter() - begun)
            operation.refresh_from_db()
            assert operation.status == "succeeded", operation.message
            begun = time.perf_counter()
            subprocess.run(
                ["bash", "-c", SCRIPT, "script", str(turn)],
                check=True,
                env={
                    "PATH": "/usr/bin:/bin",
                    "ROOT": str(script_root),
                    "REPOSITORY": here.repository.address,
                },
            )
            scripts.append(time.perf_counter() - begun)
    # The first turn fetches everything: it is another measurement.
    median, script = statistics.median(ours[1:]), statistics.median(scripts[1:])
    return {
        "deployment ms": milliseconds(median),
        "shell script ms": milliseconds(script),
        "ratio": round(median / script, 2),
        "first deployment ms": milliseconds(ours[0]),
        "first shell script ms": milliseconds(scripts[0]),
    }

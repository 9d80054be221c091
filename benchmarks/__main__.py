"""Run benchmarks by name, or all of them; print JSON, and keep it in benchmarks/results/."""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

from benchmarks import duration, latency, masking, output, stage, switch, writes

ALL = {
    "switch": switch.run,
    "latency": latency.run,
    "output": output.run,
    "writes": writes.run,
    "duration": duration.run,
    "masking": masking.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(ALL)}; all, if none is given"
    )
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(ALL):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    directory = stage.set_up()
    results: dict[str, object] = {
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "quick": arguments.quick,
    }
    try:
        for name in arguments.names or ALL:
            print(f"{name} …", file=sys.stderr)
            results[name] = ALL[name](directory, arguments.quick)
    finally:
        stage.tear_down(directory)
    told = json.dumps(results, indent=2)
    kept = Path(__file__).parent / "results" / time.strftime("%Y-%m-%d-%H%M%S.json")
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(told + "\n")
    print(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())

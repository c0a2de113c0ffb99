"""Every figure of speed, one benchmark after the other: the scan, a query, filling, and how they grow.

    python -m benchmarks.speed --data DATA --work WORK [--largest 10000000] [--write]

DATA is what `menura train default` is given. It wants a machine that does nothing else, 60 GB in WORK, and hours. What
has ended is not measured again: stopped at any moment, the same command goes on with the benchmark that it was at, and
an empty WORK begins anew. The results are in WORK/docs; `--write` then puts them into docs/, and draws the pictures and
fills the tables that are made of them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.results import DOCS, DOCS_VARIABLE
from menura.inputs.counted import in_words
from menura.whole import written_whole

LARGEST = (100_000, 1_000_000, 10_000_000)
_BUSY = 0.3  # processors that others keep busy, above which no figure is worth its name

Steps = dict[str, list[str]]


def main() -> None:
    """Measure what was not measured yet, and write it into the docs if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="what `menura train default` is given")
    parser.add_argument("--work", type=Path, required=True, help="for libraries and results; they are kept")
    parser.add_argument("--largest", type=int, default=LARGEST[-1], choices=LARGEST, help="windows, of the scan")
    parser.add_argument("--write", action="store_true", help="put the results into docs/")
    options = parser.parse_args()
    measure(steps(options.data, options.work, options.largest), options.work)
    if options.write:
        write(options.work / "docs")


def steps(data: Path, work: Path, largest: int) -> Steps:
    """The benchmarks and what each is given, by the name of its result."""
    filling = ["benchmarks.index.filling", "--work", str(work / "filling")]
    latency = ["benchmarks.search.latency", "--work", str(work / "latency"), "--largest", str(largest)]
    return {
        "scan": ["benchmarks.search.scan", "--data", str(data), "--largest", str(largest)],
        "filling": [*filling, "--data", str(data)],
        "filling_growth": [*filling, "--growth"],
        "index_size": ["benchmarks.index.size", str(data / "sonic-pi")],
        "latency": latency,
    }


def measure(named: Steps, work: Path) -> None:
    """Run those of the benchmarks that have not ended yet, each in a process of its own."""
    (work / "docs" / "pictures").mkdir(parents=True, exist_ok=True)
    noted = work / "ended.json"
    ended: Steps = json.loads(noted.read_text(encoding="utf-8")) if noted.exists() else {}
    for number, (name, command) in enumerate(named.items(), start=1):
        told = f"{number} of {len(named)}: {name}"
        if ended.get(name) == command:
            print(f"{told}, measured already", flush=True)
            continue
        print(f"{told}{_warning()}", flush=True)
        started = time.monotonic()
        environment = os.environ | {DOCS_VARIABLE: str(work / "docs")}
        if subprocess.run([sys.executable, "-m", *command], env=environment, check=False).returncode:
            sys.exit(f"{name} has failed: python -m {' '.join(command)}; mend that, and the same command goes on")
        ended[name] = command
        with written_whole(noted) as unfinished:
            unfinished.write_text(json.dumps(ended, indent=1), encoding="utf-8")
        print(f"{told}, done in {in_words(time.monotonic() - started)}", flush=True)


def _warning() -> str:
    busy = os.getloadavg()[0]
    return f"; other programs keep {busy:.1f} processors busy, so its figures will be too high" if busy > _BUSY else ""


def write(measured: Path) -> None:
    """Put results and pictures into docs/, and make what is made of them."""
    for folder in ("results", "pictures"):
        for file in sorted((measured / folder).iterdir()):
            shutil.copy(file, DOCS / folder / file.name)
    for script in ("benchmarks.index.growth_picture", "benchmarks.tables"):
        subprocess.run([sys.executable, "-m", script], check=True)


if __name__ == "__main__":
    main()

"""Where measured figures are kept: one JSON file each, from which the tables in the docs are made."""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DOCS_VARIABLE = "MENURA_BENCHMARKS_DOCS"
DOCS = Path(os.environ.get(DOCS_VARIABLE) or Path(__file__).parents[1] / "docs")
"""Where results and pictures go: the docs, or where the environment says."""


def write_result(
    name: str, *, data: str, seed: int | None, figures: dict[str, Any], command: str | None = None
) -> Path:
    """Write `docs/results/NAME.json`.

    Args:
        name: Name of the file, without its ending.
        data: What was measured on, in words.
        seed: The seed, or None where nothing is random.
        figures: What was measured.
        command: How to measure it again; by default this process's own command line, without the paths of this machine.
    """
    path = DOCS / "results" / f"{name}.json"
    result = {
        "command": command
        or shlex.join(["python", "-m", sys.modules["__main__"].__spec__.name, *anywhere(sys.argv[1:])]),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "seed": seed,
        "data": data,
        "figures": figures,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.replace(path)
    print(json.dumps(figures, indent=2, ensure_ascii=False))
    return path


def anywhere(arguments: Sequence[str]) -> list[str]:
    """Arguments with a word in the place of each absolute path: its option's, or its own last part."""
    named = []
    for before, argument in zip(["", *arguments], arguments, strict=False):
        word = before.removeprefix("--") if before.startswith("--") else Path(argument).name
        named.append(word.upper() if Path(argument).is_absolute() else argument)
    return named


def read_result(name: str) -> dict[str, Any]:
    """What `write_result` wrote."""
    result: dict[str, Any] = json.loads((DOCS / "results" / f"{name}.json").read_text(encoding="utf-8"))
    return result


def machine() -> str:
    """The machine in words: processor, cores, system, Python."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )

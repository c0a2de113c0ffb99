"""How long a gallery takes, whole as it is by default and quick, of both models that ship.

    python -m benchmarks.visualise.galleries --sounds FOLDER
    python -m benchmarks.visualise.galleries --sounds FOLDER --model tl-iminet --form quick     the others stay

Says how busy the machine was. Writes `docs/results/galleries.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.results import DOCS, read_result, write_result
from menura.model.shipped import shipped_models

FORMS = {"quick": ("--quick",), "default": ()}


def main() -> None:
    """Time each, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sounds", type=Path, required=True, help="a folder of recordings to search")
    parser.add_argument("--model", choices=shipped_models(), action="append", help="by default, both")
    parser.add_argument("--form", choices=FORMS, action="append", help="by default, both")
    arguments = parser.parse_args()
    before = read_result("galleries")["figures"] if (DOCS / "results" / "galleries.json").exists() else {}
    figures = {model: dict(before.get(model, {})) for model in shipped_models()}
    for model in arguments.model or shipped_models():
        for form in arguments.form or FORMS:
            figures[model][form] = time_gallery(model, arguments.sounds, FORMS[form])
    command = "python -m benchmarks.visualise.galleries --sounds FOLDER"
    data = f"{arguments.sounds.name} for what excites a neuron"
    write_result("galleries", data=data, seed=0, figures=figures, command=command)


def time_gallery(model: str, sounds: Path, options: tuple[str, ...]) -> dict[str, Any]:
    """The command as a user calls it."""
    menura = [sys.executable, "-c", "import sys; from menura.cli import main; sys.exit(main())"]
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch)
        call = [*menura, "visualise", model, "--out", str(out), "--sounds", str(sounds), *options]
        load, before, started = os.getloadavg()[0], _processor_s(), time.perf_counter()
        subprocess.run(call, check=True, capture_output=True)
        seconds, processor_s = time.perf_counter() - started, _processor_s() - before
        numbers = json.loads((out / "patterns.json").read_text(encoding="utf-8"))
        return {
            "seconds": round(seconds, 1),
            "processor_seconds": round(processor_s, 1),
            "load_before": round(load, 1),
            "megabytes": round((out / "index.html").stat().st_size / 1e6, 1),
            "neurons": sum(len(layer["neurons"]) for layer in numbers["layers"]),
            "of": sum(layer["of"] for layer in numbers["layers"]),
        }


def _processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()

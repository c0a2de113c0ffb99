r"""What it costs to look at every neuron of the paper's network, as it ships, and the paper's findings as numbers.

    menura reproduce figure2 --vocalsketch CORPUS --voxforge SPEECH --urbansound8k ENVIRONMENT --work WORK --out WORK
    menura reproduce figure3 --vocalsketch CORPUS --voxforge SPEECH --urbansound8k ENVIRONMENT --work WORK --out WORK
    menura reproduce findings --vocalsketch CORPUS --voxforge SPEECH --urbansound8k ENVIRONMENT --work WORK --out WORK
    python -m benchmarks.visualise.visualisation --sounds FOLDER --work WORK

Times one neuron, one layer and the whole gallery: leave the machine alone. The figures, and the findings that compare
three networks, are read from WORK. Writes `docs/results/visualisation.json` and `findings.json`, and pictures beside
them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results import DOCS, write_result
from menura.model.shipped import model_home
from menura.network.checkpoint import load_network
from menura.network.iminet import IMINET
from menura.paper.findings import Layers, findings_of_network
from menura.paper.findings_picture import draw_findings
from menura.specs import TL_IMINET
from menura.visualise.ascent import AscentSettings, ascend
from menura.visualise.ground import grounds_of
from menura.visualise.objectives import activation_of, leaky
from menura.visualise.patterns import network_patterns

MODEL = "tl-iminet"


def main() -> None:
    """Time, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sounds", type=Path, required=True, help="a folder of recordings for the gallery")
    parser.add_argument("--work", type=Path, required=True, help="where the figures were reproduced")
    arguments = parser.parse_args()
    network = load_network(model_home(MODEL))
    command = "python -m benchmarks.visualise.visualisation --sounds FOLDER --work WORK"
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "gallery"
        gallery = time_gallery(arguments.sounds, out)
        layers = patterns_of(network, out / "patterns")
    data = f"{MODEL}; {arguments.sounds.name} for what excites a neuron"
    figures = {"gallery": gallery, "layers": describe(network, layers)}
    write_result("visualisation", data=data, seed=0, figures=figures, command=command)
    publish_findings(layers, arguments.work, command)


def publish_findings(layers: Layers, work: Path, command: str) -> None:
    """Measure the findings on the model's layers, and publish them beside those of the three networks."""
    one = findings_of_network(layers, TL_IMINET)
    three = json.loads((work / "findings.json").read_text(encoding="utf-8"))["findings"]
    write_result(
        "findings",
        data=f"{MODEL}; for comparisons, the three networks of the first run of table 1 on the stand-in corpus",
        seed=0,
        figures={"default": [f.to_dict() for f in one], "compared": three},
        command=command,
    )
    draw_findings(one, DOCS / "pictures" / "findings_default.png")
    shutil.copy(work / "findings.png", DOCS / "pictures" / "findings_compared.png")
    for name in ("figure2-imitation.png", "figure2-recording.png", "figure3.png"):
        shutil.copy(work / name, DOCS / "pictures" / name.replace("-", "_"))


def time_gallery(sounds: Path, out: Path) -> dict[str, Any]:
    """The command as a user calls it."""
    menura = Path(sys.executable).with_name("menura")
    call = [str(menura), "visualise", MODEL, "--out", str(out), "--sounds", str(sounds)]
    started = time.perf_counter()
    subprocess.run(call, check=True, capture_output=True)
    seconds = time.perf_counter() - started
    return {"seconds": round(seconds, 1), "megabytes": round((out / "index.html").stat().st_size / 1e6, 1)}


def patterns_of(network: IMINET, work: Path) -> Layers:
    """All layers of a network by name."""
    return {found.layer.name: found for found in network_patterns(network, AscentSettings(), work)}


def describe(network: IMINET, layers: Layers) -> dict[str, Any]:
    """Seconds for one neuron and for all of a layer, and how the ascents ended."""
    frozen = leaky(network)
    described = {}
    for name, found in layers.items():
        grounds = grounds_of(network.spec, found.layer)
        started = time.perf_counter()
        ascend(activation_of(frozen, found.layer), grounds, [0], AscentSettings())
        described[name] = {
            "neurons": found.layer.n_neurons,
            "one_s": round(time.perf_counter() - started, 2),
            "all_s": round(found.seconds, 2),
            "converged": round(float(found.converged.mean()), 3),
            "steps": float(np.median(found.n_steps)),
            "spread": {side: round(float(patterns.std()), 4) for side, patterns in found.patterns.items()},
        }
    return described


if __name__ == "__main__":
    main()

r"""What it costs to look at every neuron of the default model, and the paper's findings as numbers.

    menura reproduce figure2 --vocalsketch CORPUS --voxforge SPEECH --urbansound8k ENVIRONMENT --work WORK --out WORK
    menura reproduce figure3 --vocalsketch CORPUS --voxforge SPEECH --urbansound8k ENVIRONMENT --work WORK --out WORK
    python benchmarks/visualisation.py --sounds FOLDER --work WORK

Times one neuron, one layer and the whole gallery: leave the machine alone. The findings that compare three networks are
read from WORK. Writes `docs/results/visualisation.json` and `findings.json`, and pictures beside them.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from menura.network.checkpoint import load_network
from menura.network.iminet import IMINET
from menura.search.runtime import shipped_model
from menura.specs import TL_IMINET
from menura.training.reproduce import THREE
from menura.visualise.ascent import AscentSettings, ascend
from menura.visualise.findings import Finding, Layers, finding_of_pairs, findings_of_one, findings_of_three
from menura.visualise.findings_picture import draw_findings
from menura.visualise.gallery import front_end_of
from menura.visualise.neurons import SIDES, layers_of
from menura.visualise.objectives import activation_of, leaky
from menura.visualise.patterns import layer_patterns, network_patterns
from results import DOCS, write_result

TIMED = ("imitation conv1", "recording conv3", "imitation conv3", "fc1")
FRAME_S = {side: front_end_of(TL_IMINET, side).hop_s for side in SIDES}


def main() -> None:
    """Time, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sounds", type=Path, required=True, help="a folder of recordings for the gallery")
    parser.add_argument("--work", type=Path, required=True, help="where the figures were reproduced")
    arguments = parser.parse_args()
    network = load_network(Path(str(shipped_model())))
    command = "python benchmarks/visualisation.py --sounds FOLDER --work WORK"
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "gallery"
        timed = {"layers": time_layers(network), "gallery": time_gallery(arguments.sounds, out)}
        layers = patterns_of(network, out / "patterns")
        described = describe(layers)
        data = f"the default model; {arguments.sounds.name} for what excites a neuron"
        write_result("visualisation", data=data, seed=0, figures=timed | {"patterns": described}, command=command)
    one = [finding for side in SIDES for finding in findings_of_one(layers, side, FRAME_S[side])]
    one.append(finding_of_pairs(layers, FRAME_S))
    three = compared(arguments.work)
    write_result(
        "findings",
        data="default model; for comparisons, the three networks of the first run of table 1 on the stand-in corpus",
        seed=0,
        figures={"default": [f.to_dict() for f in one], "compared": [f.to_dict() for f in three]},
        command=command,
    )
    draw_findings(one, DOCS / "pictures" / "findings_default.png")
    draw_findings(three, DOCS / "pictures" / "findings_compared.png")
    for name in ("figure2-imitation.png", "figure2-recording.png", "figure3.png"):
        shutil.copy(arguments.work / name, DOCS / "pictures" / name.replace("-", "_"))


def time_layers(network: IMINET) -> dict[str, Any]:
    """Seconds for one neuron of some layers, and for all of them."""
    frozen = leaky(network)
    seconds = {}
    for layer in layers_of(network.spec):
        if layer.name not in TIMED:
            continue
        shapes = [box.shape for box in layer.boxes.values()]
        started = time.perf_counter()
        ascend(activation_of(frozen, layer), shapes, [0], AscentSettings())
        one = time.perf_counter() - started
        started = time.perf_counter()
        layer_patterns(frozen, layer, AscentSettings())
        every = time.perf_counter() - started
        seconds[layer.name] = {"neurons": layer.n_neurons, "one_s": round(one, 2), "all_s": round(every, 2)}
    return seconds


def time_gallery(sounds: Path, out: Path) -> dict[str, Any]:
    """The command as a user calls it."""
    menura = Path(sys.executable).with_name("menura")
    call = [str(menura), "visualise", "default", "--out", str(out), "--sounds", str(sounds)]
    started = time.perf_counter()
    subprocess.run(call, check=True, capture_output=True)
    seconds = time.perf_counter() - started
    return {"seconds": round(seconds, 1), "megabytes": round((out / "index.html").stat().st_size / 1e6, 1)}


def patterns_of(network: IMINET, work: Path) -> Layers:
    """All layers of a network by name."""
    return {found.layer.name: found for found in network_patterns(network, AscentSettings(), work)}


def describe(layers: Layers) -> dict[str, Any]:
    """How the ascents ended."""
    return {
        name: {
            "converged": round(float(found.converged.mean()), 3),
            "steps": float(torch.tensor(found.n_steps).float().median()),
            "spread": {side: round(float(patterns.std()), 4) for side, patterns in found.patterns.items()},
        }
        for name, found in layers.items()
    }


def compared(work: Path) -> list[Finding]:
    """The findings that compare three networks, and of the last of these, the ones that look at one."""
    layers = [patterns_of(load_network(work / folder), work / "patterns") for folder in THREE.values()]
    found = findings_of_three(*layers)
    for side in SIDES:
        found += findings_of_one(layers[2], side, FRAME_S[side])
    return [*found, finding_of_pairs(layers[1], FRAME_S), finding_of_pairs(layers[2], FRAME_S)]


if __name__ == "__main__":
    main()

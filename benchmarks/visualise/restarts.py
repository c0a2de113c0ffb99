"""What several starts of a neuron find that one does not, in the paper's network as it ships.

    python -m benchmarks.visualise.restarts --work WORK

Ten starts of every convolutional neuron; stopped, it goes on after the last neurons that it had finished. Writes
`docs/results/restarts.json`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.results import write_result
from menura.model.shipped import model_home
from menura.network.checkpoint import load_network
from menura.network.iminet import IMINET
from menura.visualise.breadth import RESTARTS, Breadth
from menura.visualise.climb import AscentSettings
from menura.visualise.neurons import layers_of
from menura.visualise.objectives import activation_of, leaky, slope_of
from menura.visualise.patterns import LayerPatterns, network_patterns

MODEL = "tl-iminet"
STARTS = 10
MORE_STEPS = 60
STEP = 0.02  # of the way to where a linear network would be greatest


def main() -> None:
    """Climb, count, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="where the patterns are kept")
    arguments = parser.parse_args()
    network = load_network(model_home(MODEL))
    frozen = leaky(network)
    asked = [layer for layer in layers_of(network.spec) if layer.is_convolutional]
    breadth = Breadth(restarts=STARTS)
    made = network_patterns(network, AscentSettings(), arguments.work, layers=asked, breadth=breadth)
    layers = {found.layer.name: describe(frozen, found) for found in made}
    command = "python -m benchmarks.visualise.restarts --work WORK"
    data = f"{MODEL}, {STARTS} starts a neuron"
    write_result("restarts", data=data, seed=0, figures={"layers": layers}, command=command)


def describe(frozen: IMINET, found: LayerPatterns) -> dict[str, Any]:
    """How far the best start is above the first and the others, and whether more steps would help."""
    best, first = found.objective, found.reached[:, 0]
    usual = found.reached[:, :RESTARTS].max(axis=1)
    raised = raised_by_more_steps(frozen, found)
    return {
        "neurons": len(best),
        "best_over_2_percent_above_first": int(np.sum(best - first > 0.02 * np.abs(first))),
        f"best_over_2_percent_above_best_of_{RESTARTS}": int(np.sum(best - usual > 0.02 * np.abs(usual))),
        "first": round(float(np.median(first)), 4),
        "median": round(float(np.median(np.median(found.reached, axis=1))), 4),
        "lowest": round(float(np.median(found.reached.min(axis=1))), 4),
        "best": round(float(np.median(best)), 4),
        "alike": [round(float(share), 3) for share in np.percentile(found.alike, [25, 50, 75])],
        "steps": float(np.median(found.n_steps)),
        "converged": int(found.converged.sum()),
        "raised_by_sixty_more_steps": round(float(raised.max()), 5),
    }


def raised_by_more_steps(frozen: IMINET, found: LayerPatterns) -> np.ndarray[Any, np.dtype[np.float64]]:
    """By which share of its objective sixty more steps of plain gradient ascent raise each neuron's best pattern."""
    activation, slope = activation_of(frozen, found.layer), slope_of(frozen, found.layer)
    raised = []
    for place, neuron in enumerate(found.neurons):
        (pattern,) = found.patterns.values()
        at = torch.from_numpy(pattern[place])[None, None]
        reached = []
        for _ in range(MORE_STEPS + 1):
            at = at.detach().requires_grad_()
            summed = activation((at,), torch.tensor([int(neuron)]))
            value = nn.functional.leaky_relu(summed, slope) - AscentSettings.penalty * at.square().sum()
            (gradient,) = torch.autograd.grad(value.sum(), at)
            reached.append(float(value.detach()))
            at = at + STEP / (2 * AscentSettings.penalty) * gradient
        raised.append((max(reached) - reached[0]) / abs(reached[0]))
    return np.array(raised)


if __name__ == "__main__":
    main()

r"""Publish the paper's findings as numbers, and its figures, once the commands have made them.

    menura reproduce findings --model tl-iminet --seeds 3 --work WORK --out MODEL
    python -m benchmarks.visualise.findings --model MODEL

    menura reproduce figure2 --model default --work WORK --out MODEL
    menura reproduce figure3 --model default --work WORK --out MODEL
    menura reproduce findings --model default --seeds 3 --work WORK --out MODEL
    python -m benchmarks.visualise.findings --model MODEL

    menura reproduce figure2 --vocalsketch CORPUS --voxforge SPEECH --urbansound8k ENVIRONMENT --work WORK --out THREE
    menura reproduce figure3 --vocalsketch CORPUS --voxforge SPEECH --urbansound8k ENVIRONMENT --work WORK --out THREE
    menura reproduce findings --vocalsketch CORPUS --voxforge SPEECH --urbansound8k ENVIRONMENT --work WORK --out THREE
    python -m benchmarks.visualise.findings --three THREE

Writes `docs/results/findings.json`, of tl-iminet, `findings_default.json` or `findings_compared.json`, and pictures
beside them.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from benchmarks.results import DOCS, write_result
from menura.paper.networks import THREE

FIGURES_COMPARED = {
    "figure2-imitation.png": "figure2_imitation.png",
    "figure2-recording.png": "figure2_recording.png",
    "figure3.png": "figure3.png",
}
FIGURES_OF_DEFAULT = {
    "figure2-imitation.png": "default_figure2_imitation.png",
    "figure2-recording.png": "default_figure2_recording.png",
    "figure3.png": "default_figure3.png",
}
PUBLISHED: dict[tuple[str, ...], tuple[str, str, dict[str, str]]] = {
    THREE: ("findings_compared", "findings_compared.png", FIGURES_COMPARED),
    ("tl-iminet",): ("findings", "findings_tl_iminet.png", {}),
    ("default",): ("findings_default", "findings_default.png", FIGURES_OF_DEFAULT),
}
"""By the networks that were asked: the result's name, the picture's, and those of the figures."""


def main() -> None:
    """Publish whichever is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="where the findings within a model that ships are")
    parser.add_argument("--three", type=Path, help="where those of the three networks are, with their figures")
    arguments = parser.parse_args()
    if arguments.model:
        publish(arguments.model, "--model MODEL")
    if arguments.three:
        publish(arguments.three, "--three THREE")


def publish(folder: Path, asked: str) -> None:
    """The findings of a folder, with their picture and the figures that are published beside them."""
    found = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    name, picture, figures = PUBLISHED[tuple(found["networks"])]
    of_seeds = {max(1, len(one["by_seed"])) for one in found["findings"]}
    write_result(
        name,
        data=f"{', '.join(found['networks'])}; patterns of {max(of_seeds)} seeds",
        seed=0,
        figures={"findings": found["findings"]},
        command=f"python -m benchmarks.visualise.findings {asked}",
    )
    shutil.copy(folder / "findings.png", DOCS / "pictures" / picture)
    for drawn, shown in figures.items():
        shutil.copy(folder / drawn, DOCS / "pictures" / shown)


if __name__ == "__main__":
    main()

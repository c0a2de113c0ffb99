r"""Publish the paper's findings as numbers, and its figures, once the commands have made them.

    menura reproduce findings --model tl-iminet --seeds 3 --work WORK --out MODEL
    python -m benchmarks.visualise.findings --model MODEL

    menura reproduce figure2 --vocalsketch CORPUS --voxforge SPEECH --urbansound8k ENVIRONMENT --work WORK --out THREE
    menura reproduce figure3 --vocalsketch CORPUS --voxforge SPEECH --urbansound8k ENVIRONMENT --work WORK --out THREE
    menura reproduce findings --vocalsketch CORPUS --voxforge SPEECH --urbansound8k ENVIRONMENT --work WORK --out THREE
    python -m benchmarks.visualise.findings --three THREE

Writes `docs/results/findings.json` or `findings_compared.json`, and pictures beside them.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from benchmarks.results import DOCS, write_result


def main() -> None:
    """Publish whichever is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="where the findings within the model that ships are")
    parser.add_argument("--three", type=Path, help="where those of the three networks are, with their figures")
    arguments = parser.parse_args()
    if arguments.model:
        publish("findings", arguments.model, "findings_default.png", "--model MODEL")
    if arguments.three:
        publish("findings_compared", arguments.three, "findings_compared.png", "--three THREE")
        for name in ("figure2-imitation.png", "figure2-recording.png", "figure3.png"):
            shutil.copy(arguments.three / name, DOCS / "pictures" / name.replace("-", "_"))


def publish(name: str, folder: Path, picture: str, asked: str) -> None:
    """The findings of a folder, with their picture."""
    found = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    of_seeds = {max(1, len(one["by_seed"])) for one in found["findings"]}
    write_result(
        name,
        data=f"{', '.join(found['networks'])}; patterns of {max(of_seeds)} seeds, each the best of its starts",
        seed=0,
        figures={"findings": found["findings"]},
        command=f"python -m benchmarks.visualise.findings {asked}",
    )
    shutil.copy(folder / "findings.png", DOCS / "pictures" / picture)


if __name__ == "__main__":
    main()

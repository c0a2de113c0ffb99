r"""The published form of a reproduction of table 1 on the stand-in corpus, and what a training of it costs.

    menura reproduce table1 --vocalsketch STAND_IN --voxforge SPOKEN --urbansound8k STAND_IN/environment \
        --runs 10 --settings bf16.toml --work WORK
    python benchmarks/stand_in_table1.py --stand-in STAND_IN --work WORK

STAND_IN is what `make_stand_in_corpus.py` made, SPOKEN what `make_spoken_languages.py` made, WORK where the
reproduction was done. Writes `docs/results/table1_stand_in.json` and `fine_tuning_speed.json` (it trains one network
anew in each precision, so leave the machine alone), `docs/pictures/table1_stand_in.png` and
`docs/pictures/fine_tuning.png`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from menura.data.vocalsketch import load_vocalsketch
from menura.network.iminet import IMINET
from menura.network.tied import TiedIMINET
from menura.training.pairwise import FineTuning
from menura.training.table1 import Configuration, run_configuration
from results import DOCS, write_result

COMMAND = (
    "menura reproduce table1 --vocalsketch STAND_IN --voxforge SPOKEN --urbansound8k STAND_IN/environment --runs 10 "
    "--settings bf16.toml --work WORK"
)


def main() -> None:
    """Publish the table, and time one fine-tuning in each precision."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stand-in", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    table = json.loads((arguments.work / "table.json").read_text(encoding="utf-8"))
    settings = json.loads((arguments.work / "experiment.json").read_text(encoding="utf-8"))["settings"]
    write_result(
        "table1_stand_in",
        data=f"stand-in for VocalSketch: real recordings, simulated imitations ({table['corpus']})",
        seed=0,
        figures={"settings": settings, "rows": rounded(table["rows"]), "p_values": table["p_values"]},
        command=COMMAND,
    )
    shutil.copy(arguments.work / "table.png", DOCS / "pictures" / "table1_stand_in.png")
    curve = arguments.work / "run-00" / "TL-IMINET-with-pre-training" / "learning_curve.png"
    shutil.copy(curve, DOCS / "pictures" / "fine_tuning.png")
    write_result(
        "fine_tuning_speed",
        data="one fine-tuning on half of the stand-in corpus: 840 + 840 pairs, 30 epochs of 14 steps",
        seed=0,
        figures=speeds(arguments.stand_in, arguments.work / "inputs"),
        command="python benchmarks/stand_in_table1.py --stand-in STAND_IN --work WORK",
    )


def speeds(stand_in: Path, inputs: Path) -> dict[str, Any]:
    """Minutes of one fine-tuning, and seconds a step, for each network and precision."""
    catalogue = load_vocalsketch(stand_in)
    figures = {}
    for name, build in (("TL-IMINET", IMINET), ("Tied-IMINET", TiedIMINET)):
        for precision in ("fp32", "bf16"):
            settings = FineTuning(precision=precision)  # type: ignore[arg-type]
            n_steps = settings.epochs * -(-len(catalogue.sounds) // 2 * settings.imitations_per_sound * 2 // 128)
            with tempfile.TemporaryDirectory() as scratch:
                (Path(scratch) / "inputs").symlink_to(inputs.resolve())
                started = time.perf_counter()
                run_configuration(Configuration(name, build), catalogue, settings, Path(scratch), 0)
                seconds = time.perf_counter() - started
            figures[f"{name}, {precision}"] = {
                "minutes": round(seconds / 60, 2),
                "seconds_a_step": round(seconds / n_steps, 3),
                "steps": n_steps,
                "threads": torch.get_num_threads(),
            }
    return figures


def rounded(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Numbers to four digits."""

    def short(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, list):
            return [short(item) for item in value]
        return round(value, 4) if isinstance(value, float) else value

    return [{name: short(value) for name, value in row.items()} for row in rows]


if __name__ == "__main__":
    main()

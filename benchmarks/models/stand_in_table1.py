r"""The published form of a reproduction of table 1 on the stand-in corpus, and what a training of it costs.

    menura reproduce table1 --vocalsketch STAND_IN --voxforge SPOKEN --urbansound8k STAND_IN/environment \
        --runs 10 --settings bf16.toml --work WORK
    python -m benchmarks.models.stand_in_table1 --work WORK

STAND_IN is what `corpora/stand_in.py` made, SPOKEN what `corpora/spoken_languages.py` made, WORK where the
reproduction was done. Writes `docs/results/table1_stand_in.json`, `docs/pictures/table1_stand_in.png` and
`fine_tuning.png`, then times training steps for `docs/results/fine_tuning_speed.json`: leave the machine alone.
"""

from __future__ import annotations

import shutil
import statistics
import time
from typing import Any

import torch

from benchmarks.models.reproduced import PICTURES, publish_table, read_table, work_parser
from benchmarks.results import write_result
from menura.memory import keep_freed_memory
from menura.network.iminet import IMINET
from menura.network.tied import TiedIMINET
from menura.training.pairwise import PairwiseTraining
from menura.training.settings import FineTuning

STEPS = 420
COMMAND = (
    "menura reproduce table1 --vocalsketch STAND_IN --voxforge SPOKEN --urbansound8k STAND_IN/environment --runs 10 "
    "--settings bf16.toml --work WORK"
)


def main() -> None:
    """Publish the table, and time one fine-tuning in each precision."""
    work = work_parser(__doc__).parse_args().work
    publish_table(
        "table1_stand_in",
        read_table(work),
        ("settings", "rows", "p_values", "unbeaten_baselines"),
        data="stand-in for VocalSketch: half of its imitations are mosaics of real voices",
        command=COMMAND,
    )
    curves = (work / "run-00").glob("TL-IMINET-with-pre-training-*/learning_curve.png")
    shutil.copy(max(curves, key=lambda curve: curve.stat().st_mtime), PICTURES / "fine_tuning.png")
    write_result(
        "fine_tuning_speed",
        data="random inputs of a fine-tuning's sizes on half of 240 sounds: 840 + 840 pairs, 30 epochs of 14",
        seed=0,
        figures=speeds(),
        command="python -m benchmarks.models.stand_in_table1 --work WORK",
    )


def speeds() -> dict[str, Any]:
    """Seconds a step of 128 pairs in each precision, and what that makes for the 420 steps of a fine-tuning."""
    keep_freed_memory()
    figures = {}
    for name, build in (("TL-IMINET", IMINET), ("Tied-IMINET", TiedIMINET)):
        for precision in ("fp32", "bf16"):
            seconds = seconds_a_step(build(), half_precision=precision == "bf16")
            figures[f"{name}, {precision}"] = {
                "seconds_a_step": round(seconds, 3),
                "minutes": round(seconds * STEPS / 60, 2),
                "threads": torch.get_num_threads(),
            }
    return figures


def seconds_a_step(network: IMINET, *, half_precision: bool) -> float:
    """The median of 20 steps on random inputs, as many distinct clips in each as a batch of the training has."""
    n_imitations, n_recordings = 64, 79
    rng = torch.Generator().manual_seed(0)
    batch = (
        torch.randn(n_imitations, 1, *network.spec.imitation.front_end.shape, generator=rng),
        torch.randn(n_recordings, 1, *network.spec.recording.front_end.shape, generator=rng),
        torch.stack([torch.arange(128) % n_imitations, torch.arange(128) % n_recordings], dim=1),
        (torch.arange(128) < 64).float(),
    )
    module = PairwiseTraining(network.train(), FineTuning())
    optimiser = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
    times = []
    for _ in range(23):
        started = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=half_precision):
            loss = module.loss(batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        times.append(time.perf_counter() - started)
    return statistics.median(times[3:])


if __name__ == "__main__":
    main()

"""Commands for those who train and measure: pre-training on the source tasks, and the paper's table 1."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from menura.errors import TrainingError

reproduce_app = typer.Typer(help="Reproduce what the paper reports; needs the train extra.", no_args_is_help=True)

Work = Annotated[Path, typer.Option(help="For inputs, checkpoints, logs and results.")]


def train_language(
    data: Annotated[Path, typer.Option(help="A corpus in VoxForge's layout.")], work: Work = Path("runs")
) -> None:
    """Pre-train the imitation tower to tell spoken languages apart, 70 % of the speakers against 30 %."""
    _require_training()
    from menura.data.voxforge import load_voxforge
    from menura.specs import TL_IMINET
    from menura.training.source_tasks import PreTraining, pretrain_by_speaker

    accuracy = pretrain_by_speaker(load_voxforge(data), TL_IMINET.imitation, PreTraining(), work, told=print)
    print(f"accuracy on speakers that were not heard in training: {100 * accuracy:.1f} % (published: 69.8 %)")


def train_environment(
    data: Annotated[Path, typer.Option(help="ESC-10, ESC-50 or UrbanSound8K.")], work: Work = Path("runs")
) -> None:
    """Cross-validate the recording tower on environmental sounds, over the corpus's own folds."""
    _require_training()
    import numpy as np

    from menura.data.environment import load_environment
    from menura.specs import TL_IMINET
    from menura.training.source_tasks import PreTraining, cross_validate

    catalogue = load_environment(data)
    accuracies = 100 * np.array(cross_validate(catalogue, TL_IMINET.recording, PreTraining(), work, told=print))
    print(f"{catalogue.name}, {len(accuracies)} folds: {accuracies.mean():.1f} % +- {accuracies.std(ddof=1):.1f}")


@reproduce_app.command()
def table1(  # noqa: PLR0917  # typer makes options of arguments
    vocalsketch: Annotated[Path, typer.Option(help="VocalSketch, or a corpus laid out like it.")],
    voxforge: Annotated[Path | None, typer.Option(help="Speech for pre-training, in VoxForge's layout.")] = None,
    urbansound8k: Annotated[Path | None, typer.Option(help="UrbanSound8K, ESC-50 or ESC-10 for pre-training.")] = None,
    runs: Annotated[int, typer.Option(min=1, help="How many splits; the paper has 10.")] = 10,
    settings: Annotated[Path | None, typer.Option(help="TOML with other settings than the paper's.")] = None,
    work: Work = Path("runs/table1"),
) -> None:
    """Train and rank Tied-IMINET and TL-IMINET without and with pre-training; stopped, it goes on when called again."""
    _require_training()
    from menura.cli.report import print_table1
    from menura.data.environment import load_environment
    from menura.data.vocalsketch import load_vocalsketch
    from menura.data.voxforge import load_voxforge
    from menura.training.reproduce import pretrained_towers, reproduce_table1, write_rows
    from menura.training.settings import load_settings

    fine_tuning = load_settings(settings)
    catalogue = load_vocalsketch(vocalsketch)
    for line in (catalogue.summary, *catalogue.missing):
        print(f"{catalogue.name}: {line}")
    pretrained = None
    if voxforge and urbansound8k:
        pretrained = pretrained_towers(load_voxforge(voxforge), load_environment(urbansound8k), work)
    else:
        print("No pre-training without both --voxforge and --urbansound8k: the table's last row is left out.")
    rows, p_values = reproduce_table1(catalogue, pretrained, fine_tuning, runs=runs, work=work, told=print)
    write_rows(rows, work / "table1.csv")
    (work / "table1.json").write_text(
        json.dumps({"rows": [asdict(row) for row in rows], "p_values": p_values}, indent=2) + "\n", encoding="utf-8"
    )
    print_table1(rows, p_values)
    print(f"Written to {work / 'table1.csv'} and table1.json.")


def _require_training() -> None:
    try:
        import lightning  # noqa: F401
    except ModuleNotFoundError as error:
        raise TrainingError(f'training needs {error.name}: pip install "menura[train]"') from error

"""Commands for those who train and measure: pre-training, the paper's table 1, the evaluation of a model."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from menura.cli.common import bundle_folder, require_training

if TYPE_CHECKING:
    from menura.evaluation.tables import Table

reproduce_app = typer.Typer(help="Reproduce what the paper reports; needs the train extra.", no_args_is_help=True)

Work = Annotated[Path, typer.Option(help="For inputs, checkpoints, logs and results.")]
SettingsFile = Annotated[Path | None, typer.Option("--settings", help="TOML with other settings than the defaults.")]
Model = Annotated[str, typer.Argument(help="A model bundle; `default` is the one that Menura ships.")]


def train_language(
    data: Annotated[Path, typer.Option(help="A corpus in VoxForge's layout.")],
    work: Work = Path("runs"),
    settings: SettingsFile = None,
) -> None:
    """Pre-train the imitation tower to tell spoken languages apart, 70 % of the speakers against 30 %."""
    require_training()
    from menura.corpora.voxforge import load_voxforge
    from menura.inputs.readable import leave_out_unreadable
    from menura.specs import TL_IMINET
    from menura.training.settings import load_settings
    from menura.training.source_tasks import pretrain_by_speaker

    chosen = load_settings(settings).pretraining
    catalogue = leave_out_unreadable(load_voxforge(data), work / "features", print)
    accuracy = pretrain_by_speaker(catalogue, TL_IMINET.imitation, chosen, work, told=print)
    print(f"accuracy on speakers that were not heard in training: {100 * accuracy:.1f} % (published: 69.8 %)")


def train_environment(
    data: Annotated[Path, typer.Option(help="ESC-10, ESC-50 or UrbanSound8K.")],
    work: Work = Path("runs"),
    settings: SettingsFile = None,
) -> None:
    """Cross-validate the recording tower on environmental sounds, over the corpus's own folds."""
    require_training()
    import numpy as np

    from menura.corpora.registry import load_environment
    from menura.inputs.readable import leave_out_unreadable
    from menura.specs import TL_IMINET
    from menura.training.settings import load_settings
    from menura.training.source_tasks import cross_validate

    chosen = load_settings(settings).pretraining
    catalogue = leave_out_unreadable(load_environment(data), work / "features", print)
    accuracies = 100 * np.array(cross_validate(catalogue, TL_IMINET.recording, chosen, work, told=print))
    print(f"{catalogue.name}, {len(accuracies)} folds: {accuracies.mean():.1f} % +- {accuracies.std(ddof=1):.1f}")


@reproduce_app.command()
def table1(  # noqa: PLR0917  # typer makes options of arguments
    vocalsketch: Annotated[Path, typer.Option(help="VocalSketch, or a corpus laid out like it.")],
    voxforge: Annotated[Path | None, typer.Option(help="Speech for pre-training, in VoxForge's layout.")] = None,
    urbansound8k: Annotated[Path | None, typer.Option(help="UrbanSound8K, ESC-50 or ESC-10 for pre-training.")] = None,
    runs: Annotated[int, typer.Option(min=1, help="How many splits; the paper has 10.")] = 10,
    settings: SettingsFile = None,
    work: Work = Path("runs/table1"),
) -> None:
    """Train and rank Tied-IMINET and TL-IMINET without and with pre-training; stopped, it goes on when called again."""
    require_training()
    from menura.corpora.registry import load_environment
    from menura.corpora.vocalsketch import load_vocalsketch
    from menura.corpora.voxforge import load_voxforge
    from menura.inputs.readable import leave_out_unreadable
    from menura.paper.reproduce import pretrained_towers, reproduce_table1, unbeaten_baselines
    from menura.training.settings import load_settings

    chosen = load_settings(settings)
    cache = work / "inputs"
    catalogue = leave_out_unreadable(load_vocalsketch(vocalsketch), cache, print)
    pretrained = None
    if voxforge and urbansound8k:
        speech = leave_out_unreadable(load_voxforge(voxforge), cache, print)
        environment = leave_out_unreadable(load_environment(urbansound8k), cache, print)
        pretrained = pretrained_towers(speech, environment, chosen.pretraining, work)
    else:
        print("No pre-training without both --voxforge and --urbansound8k: the table's last row is left out.")
    table = reproduce_table1(catalogue, pretrained, chosen.fine_tuning, runs=runs, work=work, told=print)
    unbeaten = unbeaten_baselines(table)
    corpus = f"{catalogue.name}: {catalogue.summary}"
    _publish(table, work, {"corpus": corpus, "runs": runs, "unbeaten_baselines": unbeaten})
    for line in unbeaten:
        print(line)


def evaluate(  # noqa: PLR0917  # typer makes options of arguments
    model: Model,
    data: Annotated[Path, typer.Option(help="VocalSketch, VimSketch, QVIM, or a folder with pairs.csv.")],
    against: Annotated[str | None, typer.Option(help="Another model, to test the difference.")] = None,
    runs: Annotated[int, typer.Option(min=1, help="How many splits of a corpus that is ranked by halves.")] = 10,
    out: Annotated[Path, typer.Option(help="Folder for the table as JSON, CSV and a picture.")] = Path("evaluation"),
    work: Work = Path("runs"),
) -> None:
    """Measure how well a model finds the imitated sounds of a corpus; needs the train extra."""
    require_training()
    from menura.corpora.registry import load_imitations
    from menura.evaluation.evaluate import rank_catalogue
    from menura.evaluation.tables import make_table
    from menura.inputs.readable import leave_out_unreadable
    from menura.network.checkpoint import load_network

    networks = {name: load_network(bundle_folder(name)) for name in (model, against) if name is not None}
    catalogue = leave_out_unreadable(load_imitations(data), work / "features", print)
    ranked = {
        name: rank_catalogue(network, catalogue, runs=runs, cache=work / "features")
        for name, network in networks.items()
    }
    table = make_table(ranked, [(model, against)] if against in ranked and against != model else [], {})
    _publish(table, out, {"corpus": f"{catalogue.name}: {catalogue.summary}", "runs": len(ranked[model])})


def _publish(table: Table, folder: Path, about: dict[str, object]) -> None:
    from menura.cli.report import print_table
    from menura.evaluation.table_picture import draw_table
    from menura.evaluation.tables import write_table

    write_table(table, folder, {**about, "date": datetime.now(UTC).date().isoformat()})
    draw_table(table, folder / "table.png")
    print_table(table)
    print(f"Written to {folder}: table.json, table.csv, table.png.")

"""`menura reproduce`: the paper's table 1, the systems before it, its figures 2 and 3, and what it found in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from menura.cli.asked import (
    Asked,
    Corpus,
    OptionalSounds,
    OptionalSpeech,
    SettingsFile,
    Work,
    vocalsketch_of,
)
from menura.cli.common import expand, require_training
from menura.cli.figures import figure2, figure3, findings
from menura.errors import UsageError

reproduce_app = typer.Typer(help="Reproduce what the paper reports; needs the train extra.", no_args_is_help=True)


@reproduce_app.command()
def table1(  # noqa: PLR0917  # typer makes options of arguments
    vocalsketch: Corpus,
    voxforge: OptionalSpeech = None,
    urbansound8k: OptionalSounds = None,
    runs: Annotated[int, typer.Option(min=1, help="How many splits; the paper has 10.")] = 10,
    settings: SettingsFile = None,
    bundles: Annotated[
        Path | None, typer.Option(help="Where the first run's networks go as model bundles.", callback=expand)
    ] = None,
    work: Work = Path("runs/table1"),
) -> None:
    """Train and rank Tied-IMINET and TL-IMINET without and with pre-training; stopped, it goes on when called again."""
    asked = Asked.read(vocalsketch_of(vocalsketch), voxforge, urbansound8k, settings)
    if asked.speech is None or asked.sounds is None:
        print("No pre-training without both --voxforge and --urbansound8k: the table's last row is left out.")
    require_training()
    from menura.cli.evaluate import publish_table
    from menura.evaluation.comparable import why_not_comparable
    from menura.paper.table1 import reproduce_table1, unbeaten_baselines

    decided = asked.remember(runs, work)
    experiment, pretrained = asked.experiment(work)
    table = reproduce_table1(experiment, pretrained, runs=runs, told=print)
    unbeaten = unbeaten_baselines(table)
    not_comparable = why_not_comparable(experiment.catalogue)
    about = {
        "corpus": f"{experiment.catalogue.name}: {experiment.catalogue.summary}",
        **decided,
        "unbeaten_baselines": unbeaten,
        "not_comparable": not_comparable or None,
    }
    publish_table(table, work, about)
    for line in filter(None, (not_comparable, *unbeaten)):
        print(line)
    if bundles is not None:
        from menura.paper.bundles import export_rows

        print(f"Model bundles: {', '.join(map(str, export_rows(experiment, pretrained, bundles)))}")


@reproduce_app.command()
def systems(  # noqa: PLR0917  # typer makes options of arguments
    data: Annotated[
        Path, typer.Option(help="Any corpus of vocal imitations, as for `menura evaluate`.", callback=expand)
    ],
    mn04: Annotated[
        Path | None,
        typer.Option(help="Weights of mn04, from `menura data get mn04`, for the dual encoder.", callback=expand),
    ] = None,
    voxforge: OptionalSpeech = None,
    urbansound8k: OptionalSounds = None,
    runs: Annotated[int, typer.Option(min=1, help="How many splits; the paper has 10.")] = 10,
    settings: SettingsFile = None,
    work: Work = Path("runs/systems"),
) -> None:
    """Measure every system that the paper stands on beside its own; stopped, it goes on when called again."""
    from menura.corpora.registry import load_imitations

    asked = Asked.read(load_imitations(data), voxforge, urbansound8k, settings)
    if mn04 is None:
        print("No dual encoder without --mn04: its row is left out.")
    elif not mn04.is_file():
        raise UsageError(f"{mn04}: no such file; `menura data get mn04` brings it")
    require_training()
    from menura.cli.systems_report import publish_systems
    from menura.paper.systems import fitting, reproduce_systems

    decided = asked.remember(runs, work, mn04)
    experiment, pretrained = asked.experiment(work)
    experiment = replace(experiment, catalogue=fitting(experiment.catalogue))
    compared = reproduce_systems(experiment, pretrained, mn04, asked.settings.dual_encoder, runs=runs, told=print)
    about = {"corpus": f"{experiment.catalogue.name}: {experiment.catalogue.summary}", **decided}
    publish_systems(compared, work, about)


for command in (figure2, figure3, findings):
    reproduce_app.command()(command)

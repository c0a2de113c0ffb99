"""`menura train`: the shipped model, the kinds that it knows, and the two source tasks of the paper (section 3.1)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from menura.cli.common import ModelArgument, expand, expand_model, network_home, require_training
from menura.errors import TrainingError, UsageError

train_app = typer.Typer(
    help='Train a model; needs the train extra: pip install "menura\\[train]".', no_args_is_help=True
)

_DEFAULT = "default"

Work = Annotated[Path, typer.Option(help="For inputs, checkpoints and logs.", callback=expand)]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="TOML with other settings than the defaults.", callback=expand)
]

Begin = Annotated[
    str | None,
    typer.Option(help="A model to begin with; by default the paper's network, from scratch.", callback=expand_model),
]
Mn04 = Annotated[
    Path | None,
    typer.Option(
        help="What a dual encoder begins with; by default where `menura data get` puts it, beside DATA.",
        callback=expand,
    ),
]


@train_app.command()
def default(
    data: Annotated[Path, typer.Option(help="The folder of corpora.", callback=expand)],
    out: Annotated[Path, typer.Option(help="Where the model bundle goes.", callback=expand)],
    work: Work = Path("runs"),
    recipe: Annotated[
        str,
        typer.Option(help="`default`; or the paper's towers, `tl-iminet`: as in the paper, `listwise`: better."),
    ] = _DEFAULT,
    mn04: Annotated[
        Path | None,
        typer.Option(help="What `default` begins with; by default where `menura data get` puts it.", callback=expand),
    ] = None,
) -> None:
    """Train the model that Menura ships, or another; started again after an interruption, it goes on."""
    from menura.corpora.recordings import load_recordings
    from menura.training.recipe import RECIPES

    if recipe not in (_DEFAULT, *RECIPES):
        raise UsageError(f"{recipe}: no such recipe; the names are {', '.join((_DEFAULT, *RECIPES))}")
    load_recordings(data, 0)
    weights = _weights(data, mn04) if recipe == _DEFAULT else None
    require_training()
    from menura.training.default import train_default
    from menura.training.voice_model import train_voice_model
    from menura.training.voice_recipe import VoiceRecipe

    if weights is not None:
        train_voice_model(data, weights, out, work, VoiceRecipe())
    else:
        train_default(data, out, work, RECIPES[recipe])


@train_app.command()
def pairs(  # noqa: PLR0917  # typer makes options of arguments
    data: Annotated[
        Path, typer.Option(help="VocalSketch, VimSketch, a study, or a folder with pairs.csv.", callback=expand)
    ],
    out: Annotated[Path, typer.Option(help="Where the model bundle goes.", callback=expand)],
    begin: Begin = None,
    mn04: Mn04 = None,
    work: Work = Path("runs"),
    settings: SettingsFile = None,
) -> None:
    """Train on people's own imitations: as the paper does, or, where the settings' `system` says so, a dual encoder.

    Started again after an interruption, it goes on.
    """
    from menura.corpora.registry import load_imitations
    from menura.network.stored import DUAL_ENCODER_SYSTEM
    from menura.training.settings import load_settings

    chosen = load_settings(settings)
    is_dual = chosen.system == DUAL_ENCODER_SYSTEM
    if is_dual and begin is not None:
        raise UsageError(f"--begin {begin}: a dual encoder begins with mn04; leave it out")
    home = None if begin is None else network_home(begin)
    listed = load_imitations(data)
    weights = _weights(data.absolute().parent, mn04) if is_dual else None
    require_training()
    from menura.inputs.readable import leave_out_unreadable
    from menura.training.dual_encoder import train_dual_encoder_on_pairs
    from menura.training.fine_tune import train_on_pairs

    catalogue = leave_out_unreadable(listed, work / "features", print)
    if weights is None:
        train_on_pairs(catalogue, home, out, work, chosen.fine_tuning, told=print)
        print(f"The model is in {out}.")
    else:
        train_dual_encoder_on_pairs(catalogue, weights, out, work, chosen.dual_encoder)
        print(f"The dual encoder is in {out}: `menura evaluate` reads it, a search does not.")


@train_app.command()
def kinds(
    model: ModelArgument,
    data: Annotated[Path, typer.Option(help="The folder of corpora.", callback=expand)],
    work: Work = Path("runs"),
    mn04: Annotated[
        Path | None,
        typer.Option(
            help="What the kinds are learnt from; by default where `menura data get` puts it.", callback=expand
        ),
    ] = None,
) -> None:
    """Teach a model the kinds of sounds that `--kind` asks for; scores and indexes stay as they are."""
    network_home(model)
    weights = _weights(data, mn04)
    require_training()
    from menura.training.kinds import add_kinds

    learnt = add_kinds(model, data, weights, work)
    if not learnt:
        raise TrainingError(f"{data}: too little to learn any kind of sound from; get more corpora")
    for kind in learnt:
        measured = f"{100 * kind['precision']:.0f} % right, {100 * kind['recall']:.0f} % found"
        print(f"{kind['name']}: {measured}, of {kind['sounds']:,} sounds")


@train_app.command()
def language(
    data: Annotated[Path, typer.Option(help="A corpus in VoxForge's layout.", callback=expand)],
    work: Work = Path("runs"),
    settings: SettingsFile = None,
) -> None:
    """Pre-train the imitation tower to tell spoken languages apart, 70 % of the speakers against 30 %."""
    from menura.corpora.voxforge import load_voxforge
    from menura.training.settings import load_settings

    chosen = load_settings(settings).pretraining
    listed = load_voxforge(data)
    require_training()
    from menura.inputs.readable import leave_out_unreadable
    from menura.training.pretraining import LANGUAGE, pretrain_by_speaker

    catalogue = leave_out_unreadable(listed, work / "features", print)
    accuracy = pretrain_by_speaker(catalogue, LANGUAGE, chosen, work, told=print)
    print(f"accuracy on speakers that were not heard in training: {100 * accuracy:.1f} % (published: 69.8 %)")


@train_app.command()
def environment(
    data: Annotated[Path, typer.Option(help="ESC-10, ESC-50 or UrbanSound8K.", callback=expand)],
    work: Work = Path("runs"),
    settings: SettingsFile = None,
) -> None:
    """Cross-validate the recording tower on environmental sounds, over the corpus's own folds, without augmentation."""
    from menura.corpora.registry import load_environment
    from menura.training.settings import load_settings

    chosen = load_settings(settings).pretraining
    listed = load_environment(data)
    require_training()
    import numpy as np

    from menura.inputs.readable import leave_out_unreadable
    from menura.training.pretraining import ENVIRONMENT, cross_validate

    catalogue = leave_out_unreadable(listed, work / "features", print)
    accuracies = 100 * np.array(cross_validate(catalogue, ENVIRONMENT, chosen, work, told=print))
    spread = f"{accuracies.mean():.1f} % +- {accuracies.std(ddof=1):.1f}"
    print(f"{catalogue.name}, {len(accuracies)} folds: {spread} (published, on UrbanSound8K: 70.2 %)")


def _weights(data: Path, stated: Path | None) -> Path:
    """mn04's weights, refused at once where they are not."""
    from menura.corpora.mn04 import weights_of

    weights = stated or weights_of(data)
    if not weights.is_file():
        raise UsageError(f"{weights}: no such file; `menura data get mn04 --folder {data}` brings it, or give --mn04")
    return weights

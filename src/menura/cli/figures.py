"""`menura reproduce figure2` and `figure3`: what the paper's figures show, for networks trained as its table 1 says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from menura.cli.common import require_training

if TYPE_CHECKING:
    from menura.paper.figures import Configurations

Corpus = Annotated[Path, typer.Option("--vocalsketch", help="VocalSketch, or a corpus laid out like it.")]
Speech = Annotated[Path, typer.Option("--voxforge", help="Speech for pre-training, in VoxForge's layout.")]
Environment = Annotated[Path, typer.Option("--urbansound8k", help="UrbanSound8K, ESC-50 or ESC-10 for pre-training.")]
SettingsFile = Annotated[Path | None, typer.Option("--settings", help="TOML with other settings than the defaults.")]
Work = Annotated[Path, typer.Option(help="The folder of `reproduce table1`, whose first run is used if it is there.")]
Out = Annotated[Path, typer.Option(help="Folder for the pictures.")]


def figure2(  # noqa: PLR0917  # typer makes options of arguments
    vocalsketch: Corpus,
    voxforge: Speech,
    urbansound8k: Environment,
    settings: SettingsFile = None,
    work: Work = Path("runs/table1"),
    out: Out = Path("figures"),
) -> None:
    """Draw what excites convolutional neurons: both towers, pre-trained only, from scratch, and fine-tuned."""
    require_training()
    from menura.paper.figures import draw_figure2
    from menura.specs import TL_IMINET
    from menura.visualise.neurons import SIDES

    wanted = [f"{side} conv{depth}" for side in SIDES for depth in (1, 2, 3)]
    configurations = _patterns(vocalsketch, voxforge, urbansound8k, settings, work, wanted)
    for side in SIDES:
        file = out / f"figure2-{side}.png"
        draw_figure2(configurations, TL_IMINET, side, file)
        print(f"Written: {file}")


def figure3(  # noqa: PLR0917  # typer makes options of arguments
    vocalsketch: Corpus,
    voxforge: Speech,
    urbansound8k: Environment,
    settings: SettingsFile = None,
    work: Work = Path("runs/table1"),
    out: Out = Path("figures"),
) -> None:
    """Draw the pairs of imitation and recording that excite FC1 neurons, for the same three networks."""
    require_training()
    from menura.paper.figures import draw_figure3
    from menura.specs import TL_IMINET

    configurations = _patterns(vocalsketch, voxforge, urbansound8k, settings, work, ["fc1"])
    draw_figure3(configurations, TL_IMINET, out / "figure3.png")
    print(f"Written: {out / 'figure3.png'}")


def _patterns(  # noqa: PLR0917  # the options of either command, as they come
    vocalsketch: Path,
    voxforge: Path,
    urbansound8k: Path,
    settings: Path | None,
    work: Path,
    wanted: Iterable[str],
) -> Configurations:
    from menura.corpora.registry import load_environment
    from menura.corpora.vocalsketch import load_vocalsketch
    from menura.corpora.voxforge import load_voxforge
    from menura.inputs.readable import leave_out_unreadable
    from menura.paper.reproduce import pretrained_towers, three_networks
    from menura.training.settings import load_settings
    from menura.visualise.ascent import AscentSettings
    from menura.visualise.patterns import network_patterns

    chosen, cache = load_settings(settings), work / "inputs"
    catalogue = leave_out_unreadable(load_vocalsketch(vocalsketch), cache, print)
    speech = leave_out_unreadable(load_voxforge(voxforge), cache, print)
    environment = leave_out_unreadable(load_environment(urbansound8k), cache, print)
    pretrained = pretrained_towers(speech, environment, chosen.pretraining, work)
    networks = three_networks(catalogue, pretrained, chosen.fine_tuning, work, print)
    return {
        name: {
            found.layer.name: found
            for found in network_patterns(network, AscentSettings(), work / "patterns", layers=list(wanted))
        }
        for name, network in networks.items()
    }

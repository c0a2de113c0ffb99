"""`menura reproduce`: the paper's table 1, the systems before it, its figures 2 and 3, and what it found in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from menura.cli.asked import Asked
from menura.cli.common import expand, expand_model, network_home, require_training
from menura.errors import UsageError
from menura.whole import written_whole

if TYPE_CHECKING:
    from menura.corpora.catalogue import Catalogue
    from menura.network.iminet import IMINET
    from menura.paper.findings import Finding
    from menura.specs import NetworkSpec
    from menura.visualise.patterns import LayerPatterns

reproduce_app = typer.Typer(help="Reproduce what the paper reports; needs the train extra.", no_args_is_help=True)

_CORPUS = typer.Option("--vocalsketch", help="VocalSketch, or a corpus laid out like it.", callback=expand)
_SPEECH = typer.Option("--voxforge", help="Speech for pre-training, in VoxForge's layout.", callback=expand)
_SOUNDS = typer.Option("--urbansound8k", help="UrbanSound8K, ESC-50 or ESC-10 for pre-training.", callback=expand)

Corpus = Annotated[Path, _CORPUS]
Speech = Annotated[Path, _SPEECH]
Sounds = Annotated[Path, _SOUNDS]
OptionalCorpus = Annotated[Path | None, _CORPUS]
OptionalSpeech = Annotated[Path | None, _SPEECH]
OptionalSounds = Annotated[Path | None, _SOUNDS]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="TOML with other settings than the defaults.", callback=expand)
]
Work = Annotated[Path, typer.Option(help="For inputs, checkpoints, logs and results.", callback=expand)]
TableWork = Annotated[
    Path,
    typer.Option(help="The folder of `reproduce table1`, whose first run is used if it is there.", callback=expand),
]
Out = Annotated[Path, typer.Option(help="Folder for the pictures.", callback=expand)]


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
    asked = Asked.read(_vocalsketch(vocalsketch), voxforge, urbansound8k, settings)
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


@reproduce_app.command()
def figure2(  # noqa: PLR0917  # typer makes options of arguments
    vocalsketch: Corpus,
    voxforge: Speech,
    urbansound8k: Sounds,
    settings: SettingsFile = None,
    work: TableWork = Path("runs/table1"),
    out: Out = Path("figures"),
) -> None:
    """Draw what excites convolutional neurons: both towers, pre-trained only, from scratch, and fine-tuned."""
    asked = Asked.read(_vocalsketch(vocalsketch), voxforge, urbansound8k, settings)
    require_training()
    from menura.paper.figures import draw_figure2
    from menura.specs import SIDES, TL_IMINET

    wanted = [f"{side} conv{depth}" for side in SIDES for depth in (1, 2, 3)]
    patterns = _patterns(_three_networks(asked, work), work, wanted)
    for side in SIDES:
        file = out / f"figure2-{side}.png"
        draw_figure2(patterns, TL_IMINET, side, file)
        print(f"Written: {file}")


@reproduce_app.command()
def figure3(  # noqa: PLR0917  # typer makes options of arguments
    vocalsketch: Corpus,
    voxforge: Speech,
    urbansound8k: Sounds,
    settings: SettingsFile = None,
    work: TableWork = Path("runs/table1"),
    out: Out = Path("figures"),
) -> None:
    """Draw the pairs of imitation and recording that excite FC1 neurons, for the same three networks."""
    asked = Asked.read(_vocalsketch(vocalsketch), voxforge, urbansound8k, settings)
    require_training()
    from menura.paper.figures import draw_figure3
    from menura.specs import TL_IMINET

    patterns = _patterns(_three_networks(asked, work), work, ["fc1"])
    draw_figure3(patterns, TL_IMINET, out / "figure3.png")
    print(f"Written: {out / 'figure3.png'}")


@reproduce_app.command()
def findings(  # noqa: PLR0917  # typer makes options of arguments
    vocalsketch: OptionalCorpus = None,
    voxforge: OptionalSpeech = None,
    urbansound8k: OptionalSounds = None,
    model: Annotated[
        str | None,
        typer.Option(help="Instead of the corpora: a model, to ask what holds within it.", callback=expand_model),
    ] = None,
    settings: SettingsFile = None,
    seeds: Annotated[
        int, typer.Option(min=1, help="Of how many seeds the patterns are; a finding has to hold with each.")
    ] = 5,
    work: TableWork = Path("runs/table1"),
    out: Annotated[Path, typer.Option(help="Folder for findings.json and findings.png.", callback=expand)] = Path(
        "findings"
    ),
) -> None:
    """Test what the paper found in figures 2 and 3 on every neuron of the same three networks, or of one model."""
    if model is not None and not (vocalsketch or voxforge or urbansound8k):
        _findings_within(model, seeds, work, out)
    elif model is None and vocalsketch and voxforge and urbansound8k:
        asked = Asked.read(_vocalsketch(vocalsketch), voxforge, urbansound8k, settings)
        require_training()
        from menura.paper.findings import findings_of_comparison, over_seeds
        from menura.specs import TL_IMINET

        networks = _three_networks(asked, work)
        by_seed = (_patterns(networks, work, seed=seed) for seed in range(seeds))
        found = [findings_of_comparison(patterns, TL_IMINET) for patterns in by_seed]
        _publish_findings(over_seeds(found), list(networks), out)
    else:
        raise UsageError("give either --model, or all of --vocalsketch, --voxforge and --urbansound8k")


def _findings_within(model: str, seeds: int, work: Path, out: Path) -> None:
    from menura.network.stored import stored_spec

    home = network_home(model)
    _refuse_other_towers(model, stored_spec(home))
    require_training()
    from menura.network.checkpoint import load_network
    from menura.paper.findings import findings_of_network, over_seeds

    network = load_network(home)
    by_seed = (_patterns({model: network}, work, seed=seed)[model] for seed in range(seeds))
    _publish_findings(over_seeds([findings_of_network(layers, network.spec) for layers in by_seed]), [model], out)


def _vocalsketch(folder: Path) -> Catalogue:
    from menura.corpora.vocalsketch import load_vocalsketch

    return load_vocalsketch(folder)


def _three_networks(asked: Asked, work: Path) -> dict[str, IMINET]:
    from menura.paper.networks import three_networks

    experiment, pretrained = asked.experiment(work)
    assert pretrained is not None
    return three_networks(experiment, pretrained, print)


def _patterns(
    networks: Mapping[str, IMINET], work: Path, wanted: Sequence[str] = (), *, seed: int = 0
) -> dict[str, dict[str, LayerPatterns]]:
    """For each network by name, its layers' patterns by name; all layers unless some are wanted."""
    from menura.visualise.climb import AscentSettings
    from menura.visualise.patterns import network_patterns

    settings = AscentSettings(seed=seed)
    return {
        name: {
            found.layer.name: found for found in network_patterns(network, settings, work / "patterns", layers=wanted)
        }
        for name, network in networks.items()
    }


def _refuse_other_towers(model: str, spec: NetworkSpec) -> None:
    from menura.specs import SIDES, ConvTowerSpec

    if not all(isinstance(spec.tower(side), ConvTowerSpec) for side in SIDES):
        raise UsageError(
            f"{model}: the paper's findings are of conv 1 to 3 of its own towers, which this model has not; "
            "ask --model tl-iminet"
        )


def _publish_findings(found: Sequence[Finding], networks: Sequence[str], folder: Path) -> None:
    from menura.paper.findings_picture import draw_findings

    for finding in found:
        verdict = "confirmed    " if finding.confirmed else "not confirmed"
        test = "by interval" if finding.p_value is None else f"p = {finding.p_value:.2g}"
        besides = "; ".join(filter(None, (finding.with_seeds, finding.note)))
        print(f"{verdict}  {test:<12} {finding.claim}{f' ({besides})' * bool(besides)}")
    about = {"networks": networks, "date": datetime.now(UTC).date().isoformat()}
    text = json.dumps({**about, "findings": [finding.to_dict() for finding in found]}, indent=2, ensure_ascii=False)
    with written_whole(folder / "findings.json") as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8")
    draw_findings(found, folder / "findings.png")
    print(f"{sum(finding.confirmed for finding in found)} of {len(found)} confirmed.")
    print(f"Written to {folder}: findings.json, findings.png.")

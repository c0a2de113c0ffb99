"""`menura reproduce figure2`, `figure3` and `findings`: of the paper's three networks, or of one model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from menura.cli.asked import (
    Asked,
    OptionalCorpus,
    OptionalSounds,
    OptionalSpeech,
    SettingsFile,
    TableWork,
    vocalsketch_of,
)
from menura.cli.common import expand, expand_model, network_home, require_training
from menura.errors import UsageError
from menura.whole import written_whole

if TYPE_CHECKING:
    from menura.network.iminet import IMINET
    from menura.paper.finding import Finding
    from menura.specs import NetworkSpec
    from menura.visualise.neurons import Layer
    from menura.visualise.patterns import LayerPatterns

OneModel = Annotated[
    str | None,
    typer.Option("--model", help="Instead of the corpora: a model that is there.", callback=expand_model),
]
Out = Annotated[Path, typer.Option(help="Folder for the pictures.", callback=expand)]


def figure2(  # noqa: PLR0917  # typer makes options of arguments
    vocalsketch: OptionalCorpus = None,
    voxforge: OptionalSpeech = None,
    urbansound8k: OptionalSounds = None,
    model: OneModel = None,
    settings: SettingsFile = None,
    work: TableWork = Path("runs/table1"),
    out: Out = Path("figures"),
) -> None:
    """Draw what excites convolutional neurons: pre-trained only, from scratch, and fine-tuned; or of a model."""
    networks, spec = _networks(model, (vocalsketch, voxforge, urbansound8k), settings, work)
    from menura.paper.counterparts import layers_asked
    from menura.paper.figures import draw_figure2

    asked = layers_asked(spec)
    for side, layers in asked.items():
        patterns = _patterns(networks, spec, layers, work)
        file = out / f"figure2-{side}.png"
        draw_figure2(patterns, spec, side, file)
        print(f"Written: {file}")


def figure3(  # noqa: PLR0917  # typer makes options of arguments
    vocalsketch: OptionalCorpus = None,
    voxforge: OptionalSpeech = None,
    urbansound8k: OptionalSounds = None,
    model: OneModel = None,
    settings: SettingsFile = None,
    work: TableWork = Path("runs/table1"),
    out: Out = Path("figures"),
) -> None:
    """Draw the pairs of imitation and recording that excite FC1 neurons, of the same networks or of a model."""
    networks, spec = _networks(model, (vocalsketch, voxforge, urbansound8k), settings, work)
    from menura.paper.counterparts import pairs_asked
    from menura.paper.figures import draw_figure3

    patterns = _patterns(networks, spec, [pairs_asked(spec)], work)
    draw_figure3(patterns, spec, out / "figure3.png")
    print(f"Written: {out / 'figure3.png'}")


def findings(  # noqa: PLR0917  # typer makes options of arguments
    vocalsketch: OptionalCorpus = None,
    voxforge: OptionalSpeech = None,
    urbansound8k: OptionalSounds = None,
    model: OneModel = None,
    settings: SettingsFile = None,
    seeds: Annotated[
        int, typer.Option(min=1, help="Of how many seeds the patterns are; a finding has to hold with each.")
    ] = 5,
    work: TableWork = Path("runs/table1"),
    out: Annotated[Path, typer.Option(help="Folder for findings.json and findings.png.", callback=expand)] = Path(
        "findings"
    ),
) -> None:
    """Test what the paper found in figures 2 and 3 on the neurons of the same three networks, or of one model."""
    networks, spec = _networks(model, (vocalsketch, voxforge, urbansound8k), settings, work)
    from menura.paper.counterparts import about_layers, layers_asked, pairs_asked
    from menura.paper.finding import over_seeds
    from menura.paper.findings import findings_of_comparison, findings_of_network

    about = [] if model is None else about_layers(spec)
    for line in about:
        print(line)
    asked = [*(layer for layers in layers_asked(spec).values() for layer in layers), pairs_asked(spec)]
    by_seed = (_patterns(networks, spec, asked, work, seed=seed) for seed in range(seeds))
    found = [
        findings_of_comparison(patterns, spec) if model is None else findings_of_network(patterns[model], spec)
        for patterns in by_seed
    ]
    _publish(over_seeds(found), {"networks": list(networks), "about": about}, out)


def _networks(
    model: str | None, corpora: tuple[Path | None, Path | None, Path | None], settings: Path | None, work: Path
) -> tuple[dict[str, IMINET], NetworkSpec]:
    """The paper's three networks, trained unless they are there, or the model; each by its name, and their spec."""
    vocalsketch, voxforge, urbansound8k = corpora
    if model is not None and not any(corpora):
        home = network_home(model)
        require_training()
        from menura.network.checkpoint import load_network

        network = load_network(home)
        return {model: network}, network.spec
    if model is not None or not (vocalsketch and voxforge and urbansound8k):
        raise UsageError("give either --model, or all of --vocalsketch, --voxforge and --urbansound8k")
    asked = Asked.read(vocalsketch_of(vocalsketch), voxforge, urbansound8k, settings)
    require_training()
    from menura.paper.networks import three_networks
    from menura.specs import TL_IMINET

    experiment, pretrained = asked.experiment(work)
    assert pretrained is not None
    return three_networks(experiment, pretrained, print), TL_IMINET


def _patterns(
    networks: Mapping[str, IMINET], spec: NetworkSpec, layers: Sequence[Layer], work: Path, *, seed: int = 0
) -> dict[str, dict[str, LayerPatterns]]:
    """For each network by name, the patterns of some layers by name."""
    from menura.paper.counterparts import breadth_asked
    from menura.visualise.climb import AscentSettings
    from menura.visualise.patterns import network_patterns

    settings, breadth, kept = AscentSettings(seed=seed), breadth_asked(spec), work / "patterns"
    return {
        name: {
            found.layer.name: found
            for found in network_patterns(network, settings, kept, layers=layers, breadth=breadth)
        }
        for name, network in networks.items()
    }


def _publish(found: Sequence[Finding], about: Mapping[str, object], folder: Path) -> None:
    from menura.paper.findings_picture import draw_findings

    for finding in found:
        verdict = "confirmed    " if finding.confirmed else "not confirmed"
        test = "by interval" if finding.p_value is None else f"p = {finding.p_value:.2g}"
        besides = "; ".join(filter(None, (finding.with_seeds, finding.note)))
        print(f"{verdict}  {test:<12} {finding.claim}{f' ({besides})' * bool(besides)}")
    written = {**about, "date": datetime.now(UTC).date().isoformat()}
    text = json.dumps({**written, "findings": [finding.to_dict() for finding in found]}, indent=2, ensure_ascii=False)
    with written_whole(folder / "findings.json") as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8")
    draw_findings(found, folder / "findings.png")
    print(f"{sum(finding.confirmed for finding in found)} of {len(found)} confirmed.")
    print(f"Written to {folder}: findings.json, findings.png.")

"""The rows of table 1 as model bundles, to be searched with, looked at and passed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from menura.evaluation.ranking import Ranked, summarise
from menura.model.heard import Heard
from menura.paper.networks import Experiment, Pretrained, configurations, trained_network
from menura.paper.table1 import run_configuration
from menura.training.export import export_bundle


def export_rows(experiment: Experiment, pretrained: Pretrained | None, folder: Path) -> list[Path]:
    """Write the networks of the table's first run as bundles, trained unless they are there.

    Returns:
        The bundles' folders, named after their rows.
    """
    bundles = []
    for configuration in configurations(pretrained):
        network = trained_network(experiment, configuration, 0)
        home = experiment.home(configuration, 0)
        bundles.append(
            export_bundle(
                network,
                folder / configuration.name.lower().replace(" ", "-"),
                name=configuration.name,
                training={
                    "command": "menura reproduce table1, run 0",
                    "corpus": f"{experiment.catalogue.name}: {experiment.catalogue.summary}; half of it",
                    "settings": asdict(experiment.settings),
                    "starts_from": configuration.starts_from or "random weights",
                    "date": datetime.now(UTC).date().isoformat(),
                },
                scores=_scores(run_configuration(experiment, configuration, 0)),
                heard=Heard.read(home),
            )
        )
    return bundles


def _scores(ranked: Sequence[Ranked]) -> dict[str, object]:
    return {category: summary.to_dict() for category, summary in summarise(ranked, seed=0).items()}

"""`menura evaluate`: how well a model finds the imitated sounds of a corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from menura.cli.common import ModelArgument, expand, expand_model, network_home, require_training

if TYPE_CHECKING:
    from menura.corpora.catalogue import Catalogue
    from menura.evaluation.evaluate import Evaluated
    from menura.evaluation.systems import System
    from menura.evaluation.tables import Table
    from menura.evaluation.unheard import Known


Corpus = Annotated[
    Path,
    typer.Option(
        help="VocalSketch, VimSketch, the Vocal Imitation Set, QVIM, or a folder with pairs.csv.", callback=expand
    ),
]
Against = Annotated[str | None, typer.Option(help="Another model, to test the difference.", callback=expand_model)]
Baselines = Annotated[
    list[str] | None,
    typer.Option(help="A system to stand beside it: mfcc-dtw, 2dft, helen-virtanen or imisound; may be repeated."),
]
Unheard = Annotated[bool, typer.Option("--unheard", help="Leave out what a model has heard before.")]
ProtocolName = Annotated[
    str | None,
    typer.Option(help="paper, whole, qvim, folds or fine; by default that of the corpus's published figures."),
]
Folds = Annotated[Path | None, typer.Option(help="For folds: a folder with fold0/test.csv and so on.", callback=expand)]
Runs = Annotated[int, typer.Option(min=1, help="How many splits of a corpus that is ranked by halves.")]
Out = Annotated[Path, typer.Option(help="Folder for the table, a picture and the raw results.", callback=expand)]
Work = Annotated[Path, typer.Option(help="For inputs.", callback=expand)]


def evaluate(  # noqa: PLR0917  # typer makes options of arguments
    model: ModelArgument,
    data: Corpus,
    against: Against = None,
    baseline: Baselines = None,
    unheard: Unheard = False,
    protocol: ProtocolName = None,
    folds: Folds = None,
    runs: Runs = 10,
    out: Out = Path("evaluation"),
    work: Work = Path("runs"),
) -> None:
    """Measure how well a model finds the imitated sounds of a corpus; needs the train extra."""
    from menura.corpora.registry import load_imitations
    from menura.evaluation.protocols import own_protocol, parts_of

    homes = {name: network_home(name) for name in (model, against) if name is not None}
    listed = load_imitations(data)
    asked = _Asked(homes, protocol or own_protocol(listed), folds, work / "features")
    parts_of(listed, asked.protocol, runs=runs, folds=folds)  # refuses what cannot be ranked so
    require_training()
    from menura.evaluation.raw import write_raw, write_similarities
    from menura.evaluation.systems import find_systems
    from menura.evaluation.tables import make_table

    beside = find_systems(baseline or ())
    catalogue, known = _heard_of(asked, listed, unheard=unheard)
    parts = parts_of(catalogue, asked.protocol, runs=runs, folds=folds)
    methods = _measured(asked, beside, catalogue, parts)
    compared = [(model, other) for other in methods if other != model]
    table = make_table({name: found.runs for name, found in methods.items()}, compared, {})
    publish_table(table, out, asked.about(catalogue, known, len(parts)))
    written = write_raw(methods, catalogue, parts, out)
    if asked.protocol == "qvim":
        written.append(write_similarities(methods[model].scores, catalogue, out))
    print(f"Raw results: {', '.join(written)}.")


@dataclass(frozen=True)
class _Asked:
    """What a call asks for: the models' folders by name, and how the corpus is ranked."""

    homes: dict[str, Path]
    protocol: str
    folds: Path | None
    cache: Path

    def about(self, catalogue: Catalogue, known: Sequence[Known], n_runs: int) -> dict[str, Any]:
        """All that decides the result, for its JSON."""
        from menura.evaluation.provenance import made_with
        from menura.inputs.digest import run_digest
        from menura.network.stored import network_sha256

        return {
            "corpus": f"{catalogue.name}: {catalogue.summary}",
            "content": run_digest(paths=catalogue.paths, cache=self.cache, code=()),
            "left_out": list(catalogue.missing),
            "protocol": self.protocol,
            "folds": str(self.folds) if self.folds else None,
            "runs": n_runs,
            "seeds": {"split": "the number of the run, from 0", "drawn folds": 0, "intervals and tests": 0},
            "models": {name: network_sha256(home) for name, home in self.homes.items()},
            "heard_before": {found.model: found.counts(catalogue) for found in known},
            "made_with": made_with(),
        }


def _heard_of(asked: _Asked, listed: Catalogue, *, unheard: bool) -> tuple[Catalogue, list[Known]]:
    """The catalogue as it is measured, and what of it each model has heard, which is said."""
    from menura.evaluation.unheard import known_of, without_heard
    from menura.inputs.readable import leave_out_unreadable

    catalogue = leave_out_unreadable(listed, asked.cache, print)
    known = [known_of(name, home, catalogue, asked.cache) for name, home in asked.homes.items()]
    for line in filter(None, (found.line(catalogue) for found in known)):
        print(line)
    if unheard:
        catalogue = without_heard(catalogue, known)
        print(f"{catalogue.name}, what they have not heard: {catalogue.summary}")
    return catalogue, known


def _measured(
    asked: _Asked, beside: Sequence[System], catalogue: Catalogue, parts: Sequence[Catalogue]
) -> dict[str, Evaluated]:
    from menura.evaluation.evaluate import evaluate_network, evaluate_system
    from menura.network.stored_dual import load_scorer

    networks = {
        name: evaluate_network(load_scorer(home), catalogue, parts, asked.cache) for name, home in asked.homes.items()
    }
    return networks | {system.name: evaluate_system(system, catalogue, parts, asked.cache) for system in beside}


def publish_table(table: Table, folder: Path, about: dict[str, object]) -> None:
    """Print a table, and keep it with what it is about in a folder."""
    from menura.cli.report import print_table

    print_table(table)
    keep_table(table, folder, about)


def keep_table(table: Table, folder: Path, about: dict[str, object]) -> None:
    """Write a table with what it is about to a folder, draw it there, and say so."""
    from menura.evaluation.table_picture import draw_table
    from menura.evaluation.tables import write_table

    write_table(table, folder, {**about, "date": datetime.now(UTC).date().isoformat()})
    draw_table(table, folder / "table.png")
    print(f"Written to {folder}: table.json, table.csv, table.png.")

"""`menura evaluate`: how well a model finds the imitated sounds of a corpus."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from menura.cli.common import ModelArgument, expand, expand_model, require_training

if TYPE_CHECKING:
    from menura.evaluation.tables import Table


def evaluate(  # noqa: PLR0917  # typer makes options of arguments
    model: ModelArgument,
    data: Annotated[
        Path, typer.Option(help="VocalSketch, VimSketch, QVIM, or a folder with pairs.csv.", callback=expand)
    ],
    against: Annotated[
        str | None, typer.Option(help="Another model, to test the difference.", callback=expand_model)
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(help="A system to stand beside it: mfcc-dtw, 2dft, helen-virtanen or imisound; may be repeated."),
    ] = None,
    runs: Annotated[int, typer.Option(min=1, help="How many splits of a corpus that is ranked by halves.")] = 10,
    out: Annotated[Path, typer.Option(help="Folder for the table as JSON, CSV and a picture.", callback=expand)] = Path(
        "evaluation"
    ),
    work: Annotated[Path, typer.Option(help="For inputs.", callback=expand)] = Path("runs"),
) -> None:
    """Measure how well a model finds the imitated sounds of a corpus; needs the train extra."""
    require_training()
    from menura.corpora.registry import load_imitations
    from menura.evaluation.evaluate import rank_catalogue
    from menura.evaluation.system_scores import rank_system
    from menura.evaluation.systems import find_systems
    from menura.evaluation.tables import make_table
    from menura.inputs.readable import leave_out_unreadable
    from menura.model.shipped import model_home
    from menura.network.checkpoint import load_network

    beside = find_systems(baseline or [])
    networks = {name: load_network(model_home(name)) for name in (model, against) if name is not None}
    catalogue = leave_out_unreadable(load_imitations(data), work / "features", print)
    ranked = {
        name: rank_catalogue(network, catalogue, runs=runs, cache=work / "features")
        for name, network in networks.items()
    }
    splits = runs if catalogue.ranked_within_category else None
    ranked |= {system.name: rank_system(system, catalogue, runs=splits, cache=work / "features") for system in beside}
    table = make_table(ranked, [(model, other) for other in ranked if other != model], {})
    publish_table(table, out, {"corpus": f"{catalogue.name}: {catalogue.summary}", "runs": len(ranked[model])})


def publish_table(table: Table, folder: Path, about: dict[str, object]) -> None:
    """Write a table with what it is about to a folder, draw it there, and print it."""
    from menura.cli.report import print_table
    from menura.evaluation.table_picture import draw_table
    from menura.evaluation.tables import write_table

    write_table(table, folder, {**about, "date": datetime.now(UTC).date().isoformat()})
    draw_table(table, folder / "table.png")
    print_table(table)
    print(f"Written to {folder}: table.json, table.csv, table.png.")

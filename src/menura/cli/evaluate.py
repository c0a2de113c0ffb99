"""`menura evaluate`: how well a model finds the imitated sounds of a corpus."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from menura.cli.common import ModelArgument, expand, expand_model, network_home, require_training

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
    runs: Annotated[int, typer.Option(min=1, help="How many splits of a corpus that is ranked by halves.")] = 10,
    out: Annotated[Path, typer.Option(help="Folder for the table as JSON, CSV and a picture.", callback=expand)] = Path(
        "evaluation"
    ),
    work: Annotated[Path, typer.Option(help="For inputs.", callback=expand)] = Path("runs"),
) -> None:
    """Measure how well a model finds the imitated sounds of a corpus; needs the train extra."""
    from menura.corpora.registry import load_imitations

    homes = {name: network_home(name) for name in (model, against) if name is not None}
    listed = load_imitations(data)
    require_training()
    from menura.evaluation.evaluate import rank_catalogue
    from menura.evaluation.tables import make_table
    from menura.inputs.readable import leave_out_unreadable
    from menura.network.checkpoint import load_network

    networks = {name: load_network(home) for name, home in homes.items()}
    catalogue = leave_out_unreadable(listed, work / "features", print)
    ranked = {
        name: rank_catalogue(network, catalogue, runs=runs, cache=work / "features")
        for name, network in networks.items()
    }
    table = make_table(ranked, [(model, against)] if against in ranked and against != model else [], {})
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

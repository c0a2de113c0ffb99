"""The table of all systems on stdout, and in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from menura.cli.evaluate import keep_table

if TYPE_CHECKING:
    from menura.evaluation.tables import Row
    from menura.paper.systems import Compared


def publish_systems(compared: Compared, folder: Path, about: dict[str, object]) -> None:
    """Print the systems, and keep them with what the table is about in a folder."""
    from menura.paper.systems import NOTE

    print_systems(compared)
    print(f"p: of the difference from {compared.reference}, by sound. {NOTE}")
    keep_table(compared.table, folder, {**about, **compared.about()})


def print_systems(compared: Compared) -> None:
    """A line for each system: MRR by category with its interval below, the test, and what the system costs."""
    rows = compared.table.rows
    categories = list(dict.fromkeys(row.category for row in rows))
    shown = Table("MRR", *categories, "p", "ms a query", "numbers a sound", box=SIMPLE_HEAD, pad_edge=False)
    for name, cost in ((name, _cost_of(compared, name)) for name in dict.fromkeys(row.method for row in rows)):
        of_system = {row.category: row for row in rows if row.method == name}
        p_value = compared.table.p_values.get(f"{compared.reference} against {name}")
        p_cell = "" if p_value is None else f"{p_value:.4f}"
        shown.add_row(Text(name), *(_mrr(of_system[category]) for category in categories), p_cell, *cost)
    first = {row.category: row for row in rows}
    shown.add_row("chance", *(f"{first[c].chance_mrr:.3f} of {first[c].n_candidates}" for c in categories))
    Console(highlight=False).print(shown)


def _mrr(row: Row) -> str:
    low, high = row.interval
    return f"{row.mrr:.3f}\n{low:.3f}-{high:.3f}"


def _cost_of(compared: Compared, name: str) -> tuple[str, str]:
    cost = compared.costs[name]
    return f"{1_000 * cost.seconds_a_query:.1f}", f"{cost.numbers_a_sound:,.0f}"

"""What the commands print on stdout."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from rich.bar import Bar
from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

import menura
from menura.cli.text import clock, count, duration, printable, size
from menura.errors import MenuraError

if TYPE_CHECKING:
    from menura.evaluation.tables import Row
    from menura.evaluation.tables import Table as ResultTable
    from menura.index.changes import Skipped
    from menura.index.info import LibraryInfo
    from menura.index.update import IndexReport
    from menura.model.bundle import Bundle
    from menura.search.library import Hit

SKIPPED_SHOWN = 20


def print_hits_json(query: Path, hits: Sequence[Hit]) -> None:
    """One JSON object: the query, and the results, best first."""
    print(json.dumps({"query": str(query), "results": [asdict(hit) for hit in hits]}, indent=2))


def print_hits(hits: Sequence[Hit], *, top: int | None = None, imitated: str | None = None) -> None:
    """A table of hits, best first.

    Args:
        hits: The hits.
        top: How many of them to show; all by default.
        imitated: The path of the sound that the query imitates: it is marked, and shown whatever its rank.
    """
    if not hits:
        print("No sound has these words in its name or folder.")
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("score", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("name", overflow="fold")
    table.add_column("folder", overflow="fold")
    table.add_column("where", no_wrap=True)
    table.add_column("", no_wrap=True)
    for rank, hit in enumerate(hits, start=1):
        if top is None or rank <= top or hit.path == imitated:
            table.add_row(str(rank), *_hit_cells(hit), "◀ imitated" if hit.path == imitated else "")
    Console(highlight=False).print(table)


def _hit_cells(hit: Hit) -> tuple[RenderableType, ...]:
    path = PurePosixPath(hit.path)
    return (
        f"{hit.score:.3f}",
        Bar(size=1.0, begin=0.0, end=hit.score, width=10, color="cyan"),
        Text(printable(path.name)),  # Text, because brackets in a string would be markup
        Text(printable(str(path.parent)) if path.parent.parts else ""),
        f"{clock(hit.start_s)} - {clock(hit.end_s)}",
    )


def print_index_report(folder: Path, report: IndexReport) -> None:
    """What an indexing did, and the first of the files that it could not read."""
    print(f"{printable(str(folder))}: {_changes_line(report)}.")
    if report.skipped:
        print(f"{count(len(report.skipped), 'file')} could not be read:")
        print_skipped(report.skipped[:SKIPPED_SHOWN])
        if (more := len(report.skipped) - SKIPPED_SHOWN) > 0:
            print(f"... and {more:,} more: see menura info {printable(str(folder))} --skipped")


def print_watch_line(folder: Path, outcome: IndexReport | MenuraError) -> None:
    """What an indexing did while a folder is watched, and when: one line."""
    now = time.strftime("%H:%M:%S")
    if isinstance(outcome, MenuraError):
        line = str(outcome)
    else:
        skipped = f"; {count(len(outcome.skipped), 'file')} could not be read" if outcome.skipped else ""
        line = f"{folder}: {_changes_line(outcome)}{skipped}"
    print(f"{now}  {printable(line)}", flush=True)


def _changes_line(report: IndexReport) -> str:
    sounds = report.added + report.updated + report.moved + report.unchanged
    changes = [
        f"{number:,} {what}"
        for what, number in (
            ("added", report.added),
            ("updated", report.updated),
            ("moved", report.moved),
            ("removed", report.removed),
        )
        if number
    ]
    done = f"{', '.join(changes)} in {duration(report.seconds)}" if changes else "nothing has changed"
    return f"{count(sounds, 'sound')} indexed; {done}"


def print_skipped(skipped: Sequence[Skipped]) -> None:
    """A line for each file: where it is, and why it could not be read."""
    for path, reason in skipped:
        print(f"  {printable(path)}: {printable(reason)}")


def print_library_info(info: LibraryInfo) -> None:
    """What is indexed of a folder, and where the index is."""
    _print_pairs(
        {
            "library": str(info.folder),
            "sounds": f"{info.sounds:,}, {duration(info.seconds)} in all",
            "segments": f"{info.segments:,}",
            "not readable": f"{len(info.skipped):,}",
            "index": f"{size(info.index_bytes)} in {info.home}",
            "complete": "yes" if info.complete else f"no: menura index {info.folder} goes on with it",
            "model": info.model,
        }
    )


def print_model_info(bundle: Bundle) -> None:
    """This Menura, and the card of its model: what it learned from, under which licences, and what it scored."""
    training = bundle.card.get("training", {})
    scores = bundle.card.get("scores", {})
    _print_pairs(
        {
            "menura": f"{menura.__version__}, Python {platform.python_version()}",
            "model": f"{bundle.name}, fingerprint {bundle.fingerprint[:8]}",
            "trained": str(training.get("date", "no date given")),
            "imitations": str(training.get("imitations", "not said")),
            **{f"data {i}": _corpus_line(corpus) for i, corpus in enumerate(training.get("data", []), start=1)},
            **{f"scores {name}": _score_line(score) for name, score in scores.items()},
        }
    )


def print_table(table: ResultTable) -> None:
    """MRR by method and category with its deviation over runs, the other measures and published figures below it."""
    rows = table.rows
    categories = list(dict.fromkeys(row.category for row in rows))
    shown = Table("MRR", *categories, box=SIMPLE_HEAD, pad_edge=False)
    for method in dict.fromkeys(row.method for row in rows):
        of_method = {row.category: row for row in rows if row.method == method}
        shown.add_row(Text(method), *(_mrr(of_method[c]) for c in categories))
        if any(row.published is not None for row in of_method.values()):
            shown.add_row("  published, on VocalSketch", *(_published(of_method[c]) for c in categories))
        shown.add_row("  95 % interval", *("{:.3f} - {:.3f}".format(*of_method[c].interval) for c in categories))
        shown.add_row("  among the first 1, 5, 10", *(_recall(of_method[c]) for c in categories))
        shown.add_row("  nDCG by class", *(f"{of_method[c].ndcg:.3f}" for c in categories))
    first = {row.category: row for row in rows}
    shown.add_row("chance", *(f"{first[c].chance_mrr:.3f} of {first[c].n_candidates}" for c in categories))
    Console(highlight=False).print(shown)
    for names, p_value in table.p_values.items():
        print(f"{names}: p = {p_value:.4f}")


def _mrr(row: Row) -> str:
    return f"{row.mrr:.3f} +- {row.std:.3f}" if row.std else f"{row.mrr:.3f}"


def _recall(row: Row) -> str:
    return ", ".join(f"{100 * share:.0f} %" for share in (row.recall_at_1, row.recall_at_5, row.recall_at_10))


def _published(row: Row) -> str:
    return "" if row.published is None else f"{row.published:.3f}"


def _corpus_line(corpus: Mapping[str, Any]) -> str:
    return ", ".join(str(corpus[key]) for key in ("title", "licence", "source") if key in corpus)


def _score_line(score: object) -> str:
    if isinstance(score, Mapping):
        return ", ".join(f"{name} {value}" for name, value in score.items())
    return str(score)


def _print_pairs(pairs: Mapping[str, str]) -> None:
    width = max(map(len, pairs))
    for name, value in pairs.items():
        print(f"{name:<{width}}  {printable(value)}")

"""What several commands print on stdout."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.bar import Bar
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len, chop_cells
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from menura.audio.notes import note_of
from menura.cli.text import clock, count, duration, printable

if TYPE_CHECKING:
    from menura.audio.kinds import NotRead
    from menura.evaluation.tables import Row
    from menura.evaluation.tables import Table as ResultTable
    from menura.index.changes import Skipped
    from menura.index.notices import Absent
    from menura.index.sound import Music
    from menura.index.update import IndexReport
    from menura.model.steps import Word
    from menura.search.library import Library
    from menura.search.ranking import Hit

_Column = tuple[str, dict[str, Any], Callable[["Hit"], RenderableType]]
"""Its title, how Rich is to draw it, and what it says of a hit."""

SKIPPED_SHOWN = 20
_KINDS_SHOWN = 2
_KINDS_FROM_COLUMNS = 100  # in a narrower terminal they would break the names up
_ALL_FROM_COLUMNS = 140
_NARROWEST_NAME = 16
_BREAK = re.compile(r"[ _-]|(?=\.)")  # after a space, underscore or dash, or before a dot
NOTHING_NEAR = "Nothing here is near; these are only the least far."


def print_hits(
    hits: Sequence[Hit], nearest: Word | None, *, top: int | None = None, imitated: str | None = None
) -> None:
    """A table of hits, best first.

    Args:
        hits: The hits.
        nearest: How near the best of them is, see `nearest_of`.
        top: How many of them to show; all by default.
        imitated: The path of the sound that the query imitates: it or its twin is marked, and shown whatever its rank.
    """
    if not hits:
        print("No sound is what is asked for.")
        return
    if nearest == "loose":
        print(NOTHING_NEAR)
    console = Console(highlight=False)
    columns = _columns(hits, console.width)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for title, options, _ in columns:
        table.add_column(title, **options)
    for rank, hit in enumerate(hits, start=1):
        is_imitated = imitated in (hit.path, *hit.alike)
        if top is None or rank <= top or is_imitated:
            cells = (cell(hit) for _, _, cell in columns[1:-1])
            table.add_row(str(rank), *cells, "◀ imitated" if is_imitated else "")
    console.print(table)


def _columns(hits: Sequence[Hit], width: int) -> list[_Column]:
    """What a table of hits says in a terminal of so many columns: names are kept whole, the rest has the room left."""
    whole, folded = {"no_wrap": True}, {"overflow": "fold"}
    longest = max(cell_len(printable(hit.sound.name) + _alike(hit)) for hit in hits)
    room = min(longest, max(_NARROWEST_NAME, width // 4))
    has_kinds = width >= _KINDS_FROM_COLUMNS and any(hit.kinds for hit in hits)
    has_all = width >= _ALL_FROM_COLUMNS
    music = [hit.sound.music for hit in hits] if has_all else []
    columns: list[tuple[bool, _Column]] = [
        (True, ("", {"justify": "right", **whole}, str)),
        (True, ("score", whole, lambda hit: f"{hit.score:.3f}")),
        (has_all, ("", whole, lambda hit: Bar(size=1.0, begin=0.0, end=hit.score, width=10, color="cyan"))),
        (hits[0].word is not None, ("", whole, lambda hit: hit.word or "")),
        (True, ("name", {"width": room, **folded}, lambda hit: _name(hit, room))),
        (has_kinds, ("kinds", folded, lambda hit: ", ".join(hit.kinds[:_KINDS_SHOWN]))),
        (any(map(any, music)), ("pitch, tempo", whole, lambda hit: _music_line(hit.sound.music))),
        (True, ("folder", folded, lambda hit: Text(printable(hit.sound.folder)))),
        (True, ("where", whole, lambda hit: f"{clock(hit.start_s)} - {clock(hit.end_s)}")),
        (True, ("", whole, str)),
    ]
    return [column for is_said, column in columns if is_said]


def _name(hit: Hit, width: int) -> Text:
    lines = _in_lines(printable(hit.sound.name), width)
    fits = cell_len(lines[-1] + _alike(hit)) <= width
    return Text("\n".join(lines) + (_alike(hit) if fits else "\n" + _alike(hit).lstrip()))  # Text: no markup


def _alike(hit: Hit) -> str:
    return f"  +{len(hit.alike):,} alike" if hit.alike else ""


def _in_lines(name: str, width: int) -> list[str]:
    """A name in lines of so many columns at most, which end between its words where there is such a place."""
    lines = []
    while cell_len(name) > width:
        most = len(chop_cells(name, width)[0])
        at = max((found.end() for found in _BREAK.finditer(name) if 0 < found.end() <= most), default=most)
        lines.append(name[:at].rstrip(" "))
        name = name[at:]
    return [*lines, name]


def _music_line(music: Music) -> str:
    """What is sure of a sound's pitch and tempo: "F#3", "120 bpm", or both."""
    pitch = [] if music.pitch_hz is None else [note_of(music.pitch_hz)]
    return ", ".join([*pitch, *([] if music.tempo_bpm is None else [f"{music.tempo_bpm:.0f} bpm"])])


def print_index_report(folder: Path, library: Library, report: IndexReport) -> None:
    """What an indexing did, and the first of the files that it could not read; `folder` is what the user called it."""
    print_report(str(folder), report, library.identity.command("info", "--skipped"))


def print_report(name: str, report: IndexReport, more_by: str) -> None:
    """The same of a library called so; the command `more_by` tells all files that could not be read."""
    print(f"{printable(name)}: {changes_line(report)}.")
    print_notices(report.absent, report.not_read)
    if report.skipped:
        print(f"{count(len(report.skipped), 'file')} could not be read:")
        print_skipped(report.skipped[:SKIPPED_SHOWN])
        if (more := len(report.skipped) - SKIPPED_SHOWN) > 0:
            print(f"... and {more:,} more: see {printable(more_by)}")


def print_notices(absent: Sequence[Absent], not_read: Sequence[NotRead]) -> None:
    """A line for each folder that is absent, and for each kind of files that are not read."""
    from menura.index.notices import in_words

    for what, reason in in_words(absent, not_read):
        print(f"{printable(what)}: {printable(reason)}")


def changes_line(report: IndexReport) -> str:
    """What an indexing did: "3 sounds indexed; 1 added, 1 removed in 0.2 s"."""
    sounds = report.added + report.updated + report.moved + report.unchanged
    changes = [
        f"{number:,} {what}"
        for what, number in (
            ("added", report.added),
            ("updated", report.updated),
            ("moved", report.moved),
            ("removed", report.removed),
            ("measured", max(0, report.measured - report.added - report.updated)),  # what was there before
        )
        if number
    ]
    done = f"{', '.join(changes)} in {duration(report.seconds)}" if changes else "nothing has changed"
    return f"{count(sounds, 'sound')} indexed; {done}"


def print_skipped(skipped: Sequence[Skipped]) -> None:
    """A line for each file: where it is, and why it could not be read."""
    for path, reason in skipped:
        print(f"  {printable(path)}: {printable(reason)}")


def print_table(table: ResultTable) -> None:
    """MRR by method and category with its deviation over runs, the other measures and published figures below it."""
    rows = table.rows
    categories = list(dict.fromkeys(row.category for row in rows))
    shown = Table("MRR", *categories, box=SIMPLE_HEAD, pad_edge=False)
    for method in dict.fromkeys(row.method for row in rows):
        of_method = {row.category: row for row in rows if row.method == method}
        shown.add_row(Text(method), *(_mrr(of_method[c]) for c in categories))
        if any(row.published is not None for row in of_method.values()):
            shown.add_row("  published, on VocalSketch", *(_or_nothing(of_method[c].published) for c in categories))
        shown.add_row("  95 % interval", *("{:.3f} - {:.3f}".format(*of_method[c].interval) for c in categories))
        shown.add_row("  among the first 1, 5, 10", *(_recall(of_method[c]) for c in categories))
        if any(row.class_mrr is not None for row in of_method.values()):
            shown.add_row("  class-wise MRR", *(_or_nothing(of_method[c].class_mrr) for c in categories))
        shown.add_row("  nDCG by class", *(f"{of_method[c].ndcg:.3f}" for c in categories))
    first = {row.category: row for row in rows}
    shown.add_row("chance", *(f"{first[c].chance_mrr:.3f} of {first[c].n_candidates}" for c in categories))
    Console(highlight=False).print(shown)
    for test in table.differences:
        where = "" if test.category == "all" else f", {test.category}"
        line = f"{test.one} against {test.other}{where}: {test.mrr:+.3f}, p = {test.p_value:.4f}"
        print(f"{line}, corrected for {len(table.differences)} tests {test.corrected:.4f}")


def _mrr(row: Row) -> str:
    return f"{row.mrr:.3f} +- {row.std:.3f}" if row.std else f"{row.mrr:.3f}"


def _recall(row: Row) -> str:
    shares = (row.recall_at_1, row.recall_at_5, row.recall_at_10)
    return ", ".join("-" if share is None else f"{100 * share:.0f} %" for share in shares)


def _or_nothing(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"

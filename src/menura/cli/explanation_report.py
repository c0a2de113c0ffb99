"""What `menura explain` prints, and its progress."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from menura.cli.text import clock, printable
from menura.explain.explanation import Evidence, Explanation
from menura.explain.front import explain
from menura.explain.regions import Region, lowering_regions, raising_regions


def explain_with_progress(query: Path, sound: Path, model: Path | None) -> Explanation:
    """Explains behind a bar on stderr, where somebody is looking, that tells the time left."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Explaining", total=None)
        return explain(query, sound, model, lambda done, planned: bar.update(task, completed=done, total=planned))


def print_explanation_json(query: Path, sound: Path, explanation: Explanation) -> None:
    """One JSON object: the score, where in the sound it is, and for each side the regions that raised or lowered it."""
    window = explanation.recording.clip
    answer = {
        "query": str(query),
        "sound": str(sound),
        "score": explanation.score,
        "start_s": window.start_s,
        "end_s": window.end_s,
        "method": explanation.method,
        "sides": {
            name: {
                "score_if_silent": explanation.score_without(side),
                "raised": [asdict(region) for region in raising_regions(side)],
                "lowered": [asdict(region) for region in lowering_regions(side)],
            }
            for name, side in (("query", explanation.query), ("sound", explanation.recording))
        },
    }
    print(json.dumps(answer, indent=2))


def print_explanation(query: Path, sound: Path, explanation: Explanation) -> None:
    """The score, where in the sound it is, and a table of the regions that raised or lowered it, for each side."""
    window = explanation.recording.clip
    where = f"{clock(window.start_s)} - {clock(window.end_s)}"
    print(f"{printable(query.name)} and {printable(sound.name)}: score {explanation.score:.3f}, best at {where}.")
    print(f"By {explanation.method}; % is the share of all that raised or lowered the score on a side.")
    for path, side in ((query, explanation.query), (sound, explanation.recording)):
        print(
            f"\n{printable(path.name)}: with silence instead, the score would be {explanation.score_without(side):.3f}"
        )
        Console(highlight=False).print(_table(side))


def _table(side: Evidence) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("the score was", no_wrap=True)
    table.add_column("%", justify="right", no_wrap=True)
    table.add_column("seconds", no_wrap=True)
    table.add_column("Hz", no_wrap=True)
    table.add_column("", no_wrap=True)
    for effect, regions in (("raised by", raising_regions(side)), ("lowered by", lowering_regions(side))):
        for region in regions:
            table.add_row(effect, *_cells(region))
    if not table.row_count:
        table.add_row("changed by nothing", "", "", "", "")
    return table


def _cells(region: Region) -> tuple[str | Text, ...]:
    return (
        f"{100 * region.share:.0f}",
        f"{region.start_s:.1f} - {region.end_s:.1f}",
        f"{_round(region.low_hz):,} - {_round(region.high_hz):,}",
        "(silence)" if region.quiet else "",
    )


def _round(hz: float) -> int:
    """To two figures, which is as well as a band is known: 1,797 Hz is 1,800."""
    return int(float(f"{hz:.2g}"))

"""All that decides a table, kept beside it, and what of it has changed since the last call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from menura.corpora.catalogue import Catalogue
from menura.corpora.classes import ClassCatalogue
from menura.evaluation.provenance import made_with
from menura.inputs.digest import run_digest
from menura.training.settings import Settings
from menura.whole import written_whole

FILE = "experiment.json"
_MADE_WITH = "made_with"


def all_that_decides(
    settings: Settings, corpora: Mapping[str, Catalogue | ClassCatalogue | None], runs: int, cache: Path
) -> dict[str, Any]:
    """Settings, corpora with a digest of their content, seeds and versions, as JSON values."""
    return {
        "settings": {name: table for name, table in asdict(settings).items() if name != "system"},  # all are trained
        "corpora": {
            name: None
            if corpus is None
            else {
                "name": corpus.name,
                "summary": corpus.summary,
                "content": run_digest(paths=corpus.paths, cache=cache, code=()),
            }
            for name, corpus in corpora.items()
        },
        "runs": runs,
        "seeds": {
            "run": "its number, from 0: split, imitations, pairs, initial weights, batches",
            "pretraining": "settings.pretraining.seed plus the number of the run",
        },
        _MADE_WITH: made_with(),
    }


def remember(decided: Mapping[str, Any], folder: Path, told: Callable[[str], None]) -> None:
    """Write what decides to `experiment.json` of a folder, having told what differs from what was there."""
    file = folder / FILE
    try:
        before = dict(_leaves(json.loads(file.read_text(encoding="utf-8"))))
    except (OSError, ValueError):
        before = {}
    now = dict(_leaves(decided))
    changed = [
        f"{name} {before.get(name)!r} -> {now.get(name)!r}"
        for name in sorted(before.keys() | now.keys())
        if before and before.get(name) != now.get(name) and not name.startswith(f"{_MADE_WITH}.")
    ]
    if changed:
        told(f"changed since the last call in {folder}: {', '.join(changed)}; what was made before is left alone")
    with written_whole(file) as unfinished:
        unfinished.write_text(json.dumps(decided, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield above + name, value

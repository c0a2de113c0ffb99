"""Writes the tables of the docs from the files in `docs/results/`, so that no figure stands anywhere by hand.

    python -m benchmarks.tables            rewrite them
    python -m benchmarks.tables --check    fail if one is out of date

A table stands between `<!-- table: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.tables import ear, kinds, models, music, robustness, search, study, teach, visualise, voices

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    ROOT / "README.md",
    ROOT / "docs" / "model.md",
    ROOT / "docs" / "tl-iminet.md",
    ROOT / "docs" / "research.md",
    ROOT / "docs" / "systems.md",
    ROOT / "docs" / "ear.md",
    ROOT / "docs" / "simulator.md",
    ROOT / "docs" / "adapt.md",
    ROOT / "docs" / "teach.md",
    ROOT / "docs" / "visualise.md",
    ROOT / "docs" / "scan.md",
    ROOT / "docs" / "filling.md",
    ROOT / "docs" / "serve.md",
    ROOT / "docs" / "map.md",
    ROOT / "docs" / "kinds.md",
    ROOT / "docs" / "music.md",
    ROOT / "docs" / "robustness.md",
    ROOT / "docs" / "study.md",
)


def main() -> None:
    """Rewrite or check every document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        filled = fill(text)
        if filled != text:
            stale.append(document.relative_to(ROOT).as_posix())
            if not check:
                document.write_text(filled, encoding="utf-8")
    if check and stale:
        sys.exit(f"out of date: {', '.join(stale)}; run python -m benchmarks.tables")


def fill(text: str) -> str:
    """The text with every table made anew."""
    return re.sub(
        r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)",
        lambda found: found[1] + TABLES[found[2]]() + found[3],
        text,
        flags=re.DOTALL,
    )


TABLES: dict[str, Callable[[], str]] = {
    "study": study.study,
    "held_out": models.held_out,
    "training_data": models.training_data,
    "training_data_tl_iminet": models.training_data_tl_iminet,
    "real_voices": voices.real_voices,
    "unheard_way": voices.unheard_way,
    "score_words": voices.score_words,
    "voice_recipes": voices.voice_recipes,
    "window_correction": voices.window_correction,
    "kinds": voices.kinds,
    "likely_kinds": kinds.likely_kinds,
    "kinds_held_out": kinds.kinds_held_out,
    "kinds_cost": kinds.kinds_cost,
    "pitches": music.pitches,
    "tempos": music.tempos,
    "neither_note_nor_loop": music.neither_note_nor_loop,
    "music_filling": music.music_filling,
    "compared": models.compared,
    "circumstances": ear.circumstances,
    "circumstances_of_recordings": ear.circumstances_of_recordings,
    "indexing": search.indexing,
    "page": search.page,
    "map": search.library_map,
    "loudness": search.loudness,
    "pretraining": models.pretraining,
    "table1_stand_in": models.table1_stand_in,
    "systems": models.systems,
    "systems_mosaics": models.systems_mosaics,
    "systems_yardstick": models.systems_yardstick,
    "beside_2dft": models.beside_2dft,
    "fine_tuning_speed": models.fine_tuning_speed,
    "recipes": models.recipes,
    "adaptation": models.adaptation,
    "simulation": models.simulation,
    "galleries": visualise.galleries,
    "restarts": visualise.restarts,
    "sonification": visualise.sonification,
    "findings_tl_iminet": visualise.findings_tl_iminet,
    "findings_default": visualise.findings_default,
    "findings_compared": visualise.findings_compared,
    "scan": search.scan,
    "block_bounds": search.block_bounds,
    "filling_rates": search.filling_rates,
    "filling_stages": search.filling_stages,
    "filling_growth": search.filling_growth,
    "index_size": search.index_size,
    "latency": search.latency,
    "feedback": search.feedback,
    "several_takes": search.several_takes,
    "taught": teach.taught,
    "own_takes": teach.own_takes,
    "serving": search.serving,
    "fuzzing": robustness.fuzzing,
    "watching": robustness.watching,
    "killing": robustness.killing,
    "hardships": robustness.hardships,
}

if __name__ == "__main__":
    main()

"""The tables of the pitch and tempo of sounds."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.results import read_result
from benchmarks.tables.markdown import provenance, table

_WAYS = ("without", "names alone", "with")


def pitches() -> str:
    """How often the pitch that is said of a note is right."""
    return _said("pitch", "a pitch is said of", "right but for the octave", "wrong by the name, and YIN hears the same")


def tempos() -> str:
    """How often the tempo that is said of a loop is right."""
    return _said("tempo", "a tempo is said of", "right but for half and double")


def neither_note_nor_loop() -> str:
    """How much of what is neither is said to be one."""
    result = read_result("music")
    rows = [
        (name, f"{found['sounds']:,}", *(f"{found[what] / found['sounds']:.0%}" for what in ("a pitch", "a tempo")))
        for name, found in result["figures"]["neither"].items()
    ]
    return table(("recordings", "number", "a pitch is said of", "a tempo is said of"), rows) + provenance(result)


def music_filling() -> str:
    """What measuring costs where an index is filled."""
    result = read_result("music_filling")
    rows = [
        (
            name,
            f"{found['sounds']:,.0f}",
            *(f"{found[f'{way}: ms']:.1f} ms" for way in _WAYS),
            *(f"{found[f'{way}: sounds a second']:,.0f}" for way in _WAYS),
        )
        for name, found in result["figures"].items()
    ]
    measured = (f"{what}, {way}" for what in ("processor time a sound", "sounds a second") for way in _WAYS)
    return table(("library", "sounds", *measured), rows) + provenance(result)


def _said(what: str, title: str, *more: str) -> str:
    result = read_result("music")
    rows = [
        (
            name,
            f"{found['sounds']:,}",
            _share(found, "said", "sounds"),
            *(_share(found, of, "said") for of in ("right", *more)),
        )
        for name, found in result["figures"][what].items()
    ]
    return table(("", "sounds", title, "right", *more), rows) + provenance(result)


def _share(found: Mapping[str, int], part: str, whole: str) -> str:
    return f"{found[part] / found[whole]:.0%}" if found[whole] else ""

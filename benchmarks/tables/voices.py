"""The tables of how well models find by real voices."""

from __future__ import annotations

from typing import Any

from benchmarks.results import read_result
from benchmarks.tables.markdown import provenance, table

_TITLES = {"default": "**Menura's default model**", "tl-iminet": "the paper's network"}
_SETS = ("simulated people", "mosaics of real people")
_WHOLE = "corpora held out whole"


def real_voices() -> str:
    """MRR of every method by who imitates."""
    result = read_result("real_voices")
    figures = result["figures"]
    older = figures["yardstick"]
    rows = []
    for name, of_yardstick in older["methods"].items():
        of_sets = figures["methods"].get(name, {})
        cells = [_mrr(of_sets[who][which]) if of_sets else "" for who in _SETS for which in ("all", _WHOLE)]
        rows.append((_TITLES.get(name, name), _mrr(of_yardstick), *cells))
    chance = f"{figures['chance']['mrr']:.3f}"
    rows.append(("chance", f"{older['chance_mrr']:.3f}", chance, "", chance, ""))
    n = f"{figures['candidates']:,}"
    head = (
        "MRR, with its 95 % interval",
        f"older mosaics ({older['candidates']})",
        f"simulated people ({n})",
        "of corpora held out whole",
        f"mosaics of real people ({n})",
        "of corpora held out whole",
    )
    return table(head, rows) + provenance(result)


def unheard_way() -> str:
    """What a way of imitating that no training heard costs, and what it costs once its middle is known."""
    result = read_result("unheard_way")
    ways = result["figures"]["ways"]
    known = [name for name in next(iter(ways.values())) if name.startswith("moved")]
    rows = [
        (name, f"{found['apart']:.2f}", f"{found['as they are']:.3f}", *(f"{found[how]:.3f}" for how in known))
        for name, found in ways.items()
    ]
    head = ("imitated by", "middle apart (standard deviations)", "MRR", *(f"MRR, {how}" for how in known))
    return table(head, rows) + provenance(result)


def kinds() -> str:
    """The share of the first ten that is of the right kind."""
    result = read_result("real_voices")
    figures = result["figures"]
    methods = figures["methods"]
    rows = []
    for part in ("drums", "mouth noises"):
        for kind, counted in next(iter(methods.values()))[part].items():
            shares = (f"{100 * of[part][kind]['share']:.0f} %" for of in methods.values())
            title = f"{kind}, from a mosaic" if part == "drums" else kind
            rows.append((title, f"{counted['takes']}", *shares, f"{100 * figures['chance'][kind]:.1f} %"))
    head = ("of the right kind among the first ten", "takes", *(_TITLES.get(name, name) for name in methods), "chance")
    return table(head, rows) + provenance(result)


def score_words() -> str:
    """How often the first hit is the very sound, by its word and the size of the library."""
    result = read_result("real_voices")
    of_sets = result["figures"]["methods"]["default"]
    rows = []
    for who in _SETS:
        for found in of_sets[who]["words"]:
            cells = [_share_right(found[word]) for word in ("close", "likely", "loose")]
            rows.append((who, f"{found['sounds']:,}", f"{100 * found['right']:.0f} %", *cells))
    head = ("imitated by", "sounds", "right at the first place", "close", "likely", "loose")
    return table(head, rows) + provenance(result)


def voice_recipes() -> str:
    """What each part of the default recipe is worth."""
    result = read_result("voice_recipes")
    rows = [
        (name, *(f"{mrr[kind]:.3f}" for kind in ("simulated", "mosaic", "own")))
        for name, mrr in result["figures"]["recipes"].items()
    ]
    head = (
        f"MRR after {result['figures']['steps']:,} steps of stage one",
        "simulated people",
        "mosaics of real people",
        "the recordings themselves",
    )
    return table(head, rows) + provenance(result)


def window_correction() -> str:
    """MRR by how much of its chance is taken off the best of many windows."""
    result = read_result("window_correction")
    sets = result["figures"]["sets"]
    corrections = list(next(iter(sets.values()))["mrr"])
    rows = [
        (name, f"{of['candidates']:,}", f"{of['of many windows']:,}", *(f"{of['mrr'][one]:.3f}" for one in corrections))
        for name, of in sets.items()
    ]
    head = ("MRR, by what is taken off a log", "recordings", "of many windows", *corrections)
    return table(head, rows) + provenance(result)


def _share_right(found: dict[str, Any]) -> str:
    if found["right"] is None:
        return ""
    return f"{100 * found['right']:.0f} % of {100 * found['of takes']:.0f} %"


def _mrr(scores: dict[str, Any]) -> str:
    low, high = scores["interval"]
    return f"{scores['mrr']:.3f} ({low:.3f} - {high:.3f})"

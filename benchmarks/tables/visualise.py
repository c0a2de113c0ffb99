"""The tables of what the network has learned."""

from __future__ import annotations

from benchmarks.results import read_result
from benchmarks.tables.markdown import provenance, table


def visualisation() -> str:
    """What it costs to look at neurons."""
    result = read_result("visualisation")
    figures = result["figures"]
    rows = [
        (
            name,
            f"{scores['neurons']}",
            f"{scores['one_s']:.2f} s",
            f"{scores['all_s']:.1f} s",
            f"{scores['steps']:.0f}",
            f"{100 * scores['converged']:.0f} %",
        )
        for name, scores in figures["layers"].items()
    ]
    gallery = figures["gallery"]
    rows.append(("**whole gallery**", "", "", f"{gallery['seconds']:.0f} s", "", f"{gallery['megabytes']:.0f} MB"))
    return table(("layer", "neurons", "one", "all", "steps, median", "converged"), rows) + provenance(result)


def sonification() -> str:
    """What comes back of a spectrogram that was made audible."""
    result = read_result("sonification")
    rows = [
        (
            f"{scores['clips']} {side}s",
            f"{scores['error_db'][1]:.1f} dB ({scores['error_db'][0]:.1f} - {scores['error_db'][2]:.1f})",
            f"{scores['correlation'][1]:.3f}",
            f"{scores['feature_cosine'][1]:.3f}",
            f"{100 * scores['own_clip_is_nearest']:.0f} %",
            f"{scores['seconds_a_clip']:.1f}",
        )
        for side, scores in result["figures"].items()
    ]
    head = (
        "real clips",
        "error, median (quartiles)",
        "correlation of inputs",
        "cosine of features",
        "own clip nearest",
        "seconds a clip",
    )
    return table(head, rows) + provenance(result)


def findings_default() -> str:
    """The paper's findings, in the default model."""
    return _findings("default")


def findings_compared() -> str:
    """The paper's findings, in the three networks that it compares."""
    return _findings("compared")


def _findings(which: str) -> str:
    result = read_result("findings")
    rows = []
    for finding in result["figures"][which]:
        medians = ", ".join(f"{name} {group['quartiles'][1]:.3g}" for name, group in finding["groups"].items())
        p_value = "" if finding["p_value"] is None else f"{finding['p_value']:.2g}"
        verdict = "**yes**" if finding["confirmed"] else "no"
        rows.append((finding["claim"], f"{finding['measure']}: {medians}", p_value, finding["note"], verdict))
    return table(("claim", "medians", "p", "besides", "confirmed"), rows) + provenance(result)

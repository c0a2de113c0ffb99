"""The tables of what the network has learned."""

from __future__ import annotations

from benchmarks.results import read_result
from benchmarks.tables.markdown import provenance, table


def galleries() -> str:
    """How long a gallery takes."""
    result = read_result("galleries")
    rows = [
        (
            f"`{model}`",
            form,
            f"{found['neurons']} of {found['of']}",
            f"{found['seconds']:.0f} s",
            f"{found['processor_seconds']:.0f} s",
            f"{found['load_before']:.1f}",
            f"{found['megabytes']:.0f} MB",
        )
        for model, forms in result["figures"].items()
        for form, found in forms.items()
    ]
    head = ("model", "form", "neurons", "time", "processor time", "load before", "page")
    return table(head, rows) + provenance(result)


def restarts() -> str:
    """What several starts find that one does not."""
    result = read_result("restarts")
    rows = [
        (
            name,
            f"{found['neurons']}",
            f"{found['best_over_2_percent_above_first']}",
            f"{found['best_over_2_percent_above_best_of_5']}",
            f"{found['best']:.3g}, {found['median']:.3g}, {found['lowest']:.3g}",
            f"{found['alike'][1]:.2f} ({found['alike'][0]:.2f} - {found['alike'][2]:.2f})",
            f"{found['converged']}",
            f"{100 * found['raised_by_sixty_more_steps']:.2f} %",
        )
        for name, found in result["figures"]["layers"].items()
    ]
    head = (
        "layer",
        "neurons",
        "best of ten over 2 % above the first",
        "above the best of five",
        "objective: best, median, lowest",
        "correlation of two starts' patterns, aligned: median (quartiles)",
        "converged",
        "raised by 60 more steps, at most",
    )
    return table(head, rows) + provenance(result)


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


def findings_tl_iminet() -> str:
    """The paper's findings, in its network as it ships."""
    return _findings("findings")


def findings_default() -> str:
    """The paper's findings, in the default model."""
    return _findings("findings_default")


def findings_compared() -> str:
    """The paper's findings, in the three networks that it compares."""
    return _findings("findings_compared")


def _findings(name: str) -> str:
    result = read_result(name)
    rows = []
    for finding in result["figures"]["findings"]:
        medians = ", ".join(f"{name} {group['quartiles'][1]:.3g}" for name, group in finding["groups"].items())
        p_value = "" if finding["p_value"] is None else f"{finding['p_value']:.2g}"
        verdict = "**yes**" if finding["confirmed"] else "no"
        if by_seed := finding.get("by_seed"):
            verdict += f", with {sum(one['confirmed'] for one in by_seed)} of {len(by_seed)} seeds"
        rows.append((finding["claim"], f"{finding['measure']}: {medians}", p_value, finding["note"], verdict))
    return table(("claim", "medians", "p", "besides", "confirmed"), rows) + provenance(result)

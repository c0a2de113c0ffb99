"""Writes the tables of the docs from the files in `docs/results/`, so that no figure stands anywhere by hand.

    python benchmarks/tables.py            rewrite them
    python benchmarks/tables.py --check    fail if one is out of date

A table stands between `<!-- table: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

from results import read_result

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    ROOT / "README.md",
    ROOT / "docs" / "model.md",
    ROOT / "docs" / "research.md",
    ROOT / "docs" / "simulator.md",
    ROOT / "docs" / "adapt.md",
    ROOT / "docs" / "visualise.md",
    ROOT / "docs" / "scan.md",
    ROOT / "docs" / "filling.md",
    ROOT / "docs" / "serve.md",
    ROOT / "docs" / "robustness.md",
)
CORPUS_NAMES = {"all": "**all**", "esc10": "ESC-10", "sonic-pi": "Sonic Pi", "philharmonia": "Philharmonia"}


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
        sys.exit(f"out of date: {', '.join(stale)}; run python benchmarks/tables.py")


def fill(text: str) -> str:
    """The text with every table made anew."""
    return re.sub(
        r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)",
        lambda found: found[1] + TABLES[found[2]]() + found[3],
        text,
        flags=re.DOTALL,
    )


def held_out() -> str:
    """The default model on recordings that it never saw."""
    result = read_result("default_model")
    rows = [
        (
            CORPUS_NAMES.get(corpus, corpus.capitalize()),
            f"{scores['imitations']:,}",
            f"{scores['mrr']:.3f}",
            f"{scores['chance_mrr']:.3f}",
            f"{100 * scores['hit_at_1']:.0f} %",
            f"{100 * scores['hit_at_10']:.0f} %",
            f"{scores['median_rank']:.0f} of {scores['candidates']}",
        )
        for corpus, scores in result["figures"].items()
    ]
    head = ("recordings", "imitations", "MRR", "chance", "first", "in the first ten", "median rank")
    return table(head, rows) + provenance(result)


def compared() -> str:
    """The default model beside the baselines, on all held-out recordings."""
    model, baselines = read_result("default_model"), read_result("held_out_baselines")
    methods = {"**Menura's default model**": model["figures"]["all"], **baselines["figures"]}
    rows = [
        (
            method,
            f"{scores['mrr']:.3f}",
            f"{100 * scores['hit_at_1']:.0f} %",
            f"{100 * scores['hit_at_10']:.0f} %",
            f"{scores['median_rank']:.0f} of {scores['candidates']}",
        )
        for method, scores in methods.items()
    ]
    n = model["figures"]["all"]["candidates"]
    rows.append(
        ("chance", f"{model['figures']['all']['chance_mrr']:.3f}", f"{100 / n:.1f} %", f"{1_000 / n:.1f} %", "")
    )
    return table(("method", "MRR", "first", "in the first ten", "median rank"), rows) + provenance(baselines)


def indexing() -> str:
    """Indexing and searching real folders."""
    result = read_result("indexing")
    rows = [
        (
            folder,
            f"{scores['sounds']:,}",
            f"{scores['sounds_per_s']:.0f}",
            f"{scores['index_bytes'] / scores['segments']:.0f}",
            f"{scores['search_from_the_shell_s']:.2f} s",
            f"{scores['search_warm_ms']:.0f} ms",
        )
        for folder, scores in result["figures"].items()
    ]
    head = ("folder", "sounds", "indexed a second", "bytes a window", "search, whole command", "search, in Python")
    return table(head, rows) + provenance(result)


def pretraining() -> str:
    """Accuracy on the source tasks."""
    result = read_result("pretraining")
    esc10, spoken = result["figures"]["esc10"], result["figures"]["synthetic_languages"]
    folds = ", ".join(f"{100 * fold:.1f}" for fold in esc10["accuracy_by_fold"])
    rows = [
        ("ESC-10, 5 folds", f"{100 * esc10['mean']:.1f} % ± {100 * esc10['std']:.1f}", folds),
        (
            "7 languages, **synthetic speech**",
            f"{100 * spoken['accuracy']:.1f} %",
            f"{spoken['test_clips']:,} clips of {spoken['test_speakers']} unheard voices",
        ),
    ]
    return table(("source task", "accuracy", "by fold, or tested on"), rows) + provenance(result)


def table1_stand_in() -> str:
    """Table 1 on the stand-in corpus."""
    result = read_result("table1_stand_in")
    rows, categories = result["figures"]["rows"], ("AI", "CS", "ED", "SS")
    lines = []
    for method in dict.fromkeys(row["method"] for row in rows):
        of_method = {row["category"]: row for row in rows if row["method"] == method}
        cells = (of_method[category] for category in categories)
        lines.append((method, *(f"{cell['mrr']:.3f} ± {cell['std']:.3f}" for cell in cells)))
    first = {row["category"]: row for row in rows}
    lines.append(("chance", *(f"{first[category]['chance_mrr']:.3f}" for category in categories)))
    tests = "; ".join(f"{names}: p = {value:.4f}" for names, value in result["figures"]["p_values"].items())
    unbeaten = ". ".join(result["figures"]["unbeaten_baselines"]) + "."
    heads = (f"{category} ({first[category]['n_candidates']})" for category in categories)
    return table(("MRR on the **stand-in corpus**", *heads), lines) + f"\n{tests}\n\n{unbeaten}\n" + provenance(result)


def fine_tuning_speed() -> str:
    """What a fine-tuning costs."""
    result = read_result("fine_tuning_speed")
    rows = [
        (name, f"{scores['seconds_a_step']:.2f} s", f"{scores['minutes']:.1f} min")
        for name, scores in result["figures"].items()
    ]
    return table(("network, precision", "a step of 128 pairs", "420 of them, one fine-tuning"), rows) + provenance(
        result
    )


def simulation() -> str:
    """How fast imitations are simulated."""
    result = read_result("simulation")
    rows = [
        (
            CORPUS_NAMES.get(folder, folder.capitalize()),
            f"{rates['imitations']:,} of {rates['recordings']}",
            f"{rates['made_s_per_s']:.0f} s",
            f"{rates['made_s_per_s_one_each']:.0f} s",
            f"{rates['heard_s_per_s']:.0f} s",
        )
        for folder, rates in result["figures"]["folders"].items()
    ]
    head = ("recordings", "imitations", "made a second, ten of each", "made a second, one of each", "heard a second")
    taken = ", ".join(f"{name} {100 * share:.0f} %" for name, share in result["figures"]["strategies"].items())
    return table(head, rows) + f"\nStrategies taken: {taken}.\n" + provenance(result)


def yardstick() -> str:
    """Everything on imitations by real voices."""
    result = read_result("yardstick")
    figures = result["figures"]
    rows = [
        (
            f"**{method}**" if method.startswith("Menura") else method,
            f"{scores['mrr']:.3f}",
            "{:.3f} - {:.3f}".format(*scores["interval"]),
            f"{100 * scores['hit_at_1']:.1f} %",
            f"{100 * scores['hit_at_10']:.0f} %",
            f"{scores['ndcg']:.3f}",
        )
        for method, scores in figures["rows"].items()
    ]
    n = figures["candidates"]
    rows.append(("chance", f"{figures['chance_mrr']:.3f}", "", f"{100 / n:.1f} %", f"{1_000 / n:.0f} %", ""))
    head = (f"real voices, {n} candidates", "MRR", "95 % interval", "first", "in the first ten", "class nDCG")
    tests = "; ".join(f"{names}: p = {value:.4f}" for names, value in figures["p_values"].items())
    return table(head, rows) + f"\n{tests}\n" + provenance(result)


def recipes() -> str:
    """Recipes for training, on the same data and for equally many steps."""
    result = read_result("recipes")
    rows = [
        (
            name,
            f"{scores['validation']['mrr']:.3f}",
            f"{scores['yardstick']['mrr']:.3f}",
            f"{100 * scores['yardstick']['hit_at_10']:.0f} %",
            f"{scores['simulated']['mrr']:.3f}",
            f"{100 * scores['simulated']['hit_at_10']:.0f} %",
        )
        for name, scores in result["figures"]["recipes"].items()
    ]
    head = (
        f"recipe, {result['figures']['steps']} steps",
        "validation, real voices: MRR",
        "yardstick: MRR",
        "in the first ten",
        "simulated people: MRR",
        "in the first ten",
    )
    return table(head, rows) + provenance(result)


def adaptation() -> str:
    """What adaptations gained and took."""
    result = read_result("adaptation")
    head = (
        "library",
        "sounds",
        "chance",
        "learned sounds: before",
        "after",
        "unseen sounds: before",
        "after",
        "p",
        "kept",
        "minutes",
    )
    rows = []
    for name, done in result["figures"].items():
        if name == "recipe":
            continue
        before, after = done["before"], done["after"]
        mrrs = (before["learned"], after["learned"], before["unseen"], after["unseen"])
        rows.append(
            (
                name,
                f"{done['n_sounds'] - done['n_held_out']} + {done['n_held_out']}",
                f"{done['chance']:.3f}",
                *(f"{mrr:.3f}" for mrr in mrrs),
                f"{done['p_value']:.3f}",
                "yes" if done["kept"] else "no",
                f"{done['minutes']:.1f}",
            )
        )
    return table(head, rows) + provenance(result)


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


def scan() -> str:
    """Milliseconds a query over libraries of several sizes."""
    result = read_result("scan")
    figures = result["figures"]
    sizes = list(figures["ms"])
    per_sound = figures["ms_a_sound"].items()
    rows = [(name, *(f"{ms * int(size):,.0f}" for size in sizes)) for name, ms in per_sound]
    for name in figures["ms"][sizes[0]]:
        found = (figures["ms"][size].get(name) for size in sizes)
        title = f"**{name}**" if name.startswith("Menura") else name
        rows.append((title, *("" if ms is None else f"{ms:,.2f}" for ms in found)))
    head = ("ms a query", *(f"{int(size):,} windows" for size in sizes))
    ((size, mixed),) = figures["ms_mixtures"].items()
    mixtures = f"\nOver {int(size):,} mixtures of real windows: {mixed['Menura, codes']:.2f} ms with codes.\n"
    return table(head, rows) + mixtures + provenance(result)


def block_bounds() -> str:
    """What is left to read where blocks can be skipped."""
    result = read_result("block_bounds")
    rows = [
        (f"{library['rows']:,} {name}", size, *(f"{100 * share:.0f} %" for share in shares.values()))
        for name, library in result["figures"].items()
        for size, shares in library["left_to_read"].items()
    ]
    head = ("rows", "in a block", "left to read, as stored", "sorted by likeness", "boxes, of the rows' size")
    return table(head, rows) + provenance(result)


def filling_rates() -> str:
    """How fast an index fills, in whole commands."""
    result = read_result("filling")
    measured = result["figures"]["rates"] | result["figures"]["long"]
    rows = [
        (
            {"minute": "one wav of a minute", "hour": "one wav of an hour"}.get(name, name),
            f"{figures['sounds']:,}",
            f"{figures['windows']:,}",
            f"{figures['seconds']:.1f} s",
            f"{figures['sounds_per_s']:.0f}" if figures["sounds"] > 1 else "",
            f"{figures['windows_per_s']:.0f}",
            f"{1_000 * figures['cpu_seconds'] / figures['windows']:,.1f} ms",
            f"{figures['peak_mb']} MB",
        )
        for name, figures in measured.items()
    ]
    head = (
        "sounds",
        "number",
        "windows",
        "whole command",
        "sounds a second",
        "windows a second",
        "processor time a window",
        "memory",
    )
    return table(head, rows) + provenance(result)


def filling_stages() -> str:
    """Where the time of an indexing goes."""
    result = read_result("filling")
    stages = result["figures"]["stages_ms"]
    names = list(stages)
    rows = [(stage, *(f"{stages[name][stage]:.2f}" for name in names)) for stage in stages[names[0]]]
    return table(("ms a sound, one thread", *names), rows) + provenance(result)


def filling_growth() -> str:
    """What grows with a library, and what does not."""
    result = read_result("filling_growth")
    rows = [
        (
            f"{figures['sounds']:,}",
            f"{figures['cpu_ms_a_sound']:.1f} ms",
            f"{figures['peak_mb']} MB",
            f"{figures['peak_with_helpers_mb']} MB",
            f"{figures['bytes_a_window']:.0f}",
            f"{figures['database_bytes_a_sound']:.0f}",
        )
        for figures in result["figures"].values()
    ]
    head = ("sounds", "processor time a sound", "memory", "with its helpers", "bytes a window", "in the database")
    return table(head, rows) + provenance(result)


def latency() -> str:
    """What a query costs, stage by stage."""
    result = read_result("latency")
    sizes = result["figures"]["ms"]
    stages = list(next(iter(sizes.values())))
    rows = [
        (f"**{stage}**" if stage == "whole" else stage, *(f"{figures[stage]:.2f}" for figures in sizes.values()))
        for stage in stages
    ]
    head = ("ms a query", *(f"{int(size):,} windows" for size in sizes))
    seconds = result["figures"]["shell_s"]
    shell = f"\nFrom the shell, over 10,000 sounds: {seconds['search']:.2f} s for the whole command.\n"
    return table(head, rows) + shell + provenance(result)


def feedback() -> str:
    """How well a class is ranked, by nDCG, before and after somebody has judged a sound or two."""
    result = read_result("feedback")
    rows = []
    for name, figures in result["figures"]["held_out"].items():
        if isinstance(figures, dict):
            low, high = figures["gain_interval_95"]
            gain = f"{figures['ndcg_after'] - figures['ndcg_before']:+.3f} ({low:+.3f} to {high:+.3f})"
            better = f"{100 * figures['better']:.0f} %"
            before, after = (f"{figures[f'ndcg_{when}']:.3f}" for when in ("before", "after"))
            rows.append((name, f"{figures['queries']}", before, after, gain, better, f"{figures['ms']:.0f}"))
    head = ("said", "searches", "nDCG before", "after", "gain (95 %)", "better", "ms to move the query")
    return table(head, rows) + provenance(result)


def fuzzing() -> str:
    """What became of damaged files."""
    result = read_result("fuzzing")
    figures = result["figures"]
    rows = [
        (kind, f"{sum(what.values()):,}", *(f"{what.get(name, 0):,}" for name in ("indexed", "skipped", "gone")))
        for kind, what in figures["kinds"].items()
    ]
    rows.append(
        ("**all**", f"{figures['files']:,}", *(f"{_in_all(figures, n):,}" for n in ("indexed", "skipped", "gone")))
    )
    faults = "; ".join(f"{kind}: {number}" for kind, number in figures["faults"].items()) or "none"
    besides = (
        f"\nFaults: {faults}. {figures['searches']:,} searches; most memory that a process held: "
        f"{figures['highest_memory_mb']} MB.\n"
    )
    return table(("what was done to them", "files", "indexed", "skipped", "gone"), rows) + besides + provenance(result)


def _in_all(figures: dict[str, dict[str, dict[str, int]]], what: str) -> int:
    return sum(found.get(what, 0) for found in figures["kinds"].values())


def killing() -> str:
    """What was survived of kills."""
    result = read_result("killing")
    rows = [
        (
            kind,
            f"{counts['kills']}",
            f"{counts['whole after the kill']}",
            f"{counts['ended as if never killed']}",
            "yes" if counts["folder unchanged"] else "**no**",
            f"{counts['seconds_undisturbed']:.1f} s",
        )
        for kind, counts in result["figures"]["kills"].items()
    ]
    head = ("work", "kills", "whole after it", "ended as if never killed", "folder unchanged", "undisturbed it takes")
    return table(head, rows) + provenance(result)


def hardships() -> str:
    """What was survived of full and read-only disks, company and other formats."""
    result = read_result("killing")
    rows = [
        (name, "; ".join(f"{what}: {_answer(found)}" for what, found in counts.items()))
        for name, counts in result["figures"]["hardships"].items()
    ]
    return table(("hardship", "what came of it"), rows) + provenance(result)


def _answer(found: object) -> str:
    if isinstance(found, bool):
        return "yes" if found else "**no**"
    return str(found)


def page() -> str:
    """How soon the page answers, and what it weighs."""
    result = read_result("page")
    figures = result["figures"]
    rows = []
    for sounds in sorted(int(key) for key in figures if key.isdecimal()):
        found = figures[str(sounds)]
        columns = (found[name] for name in ("recording_to_result_ms", "key_to_sound_ms"))
        rows.append((f"{sounds:,}", *(f"{ms['median']:.0f} ms ({ms['worst']:.0f})" for ms in columns)))
    weight = figures["weight_kb"]
    text = table(("sounds", "recording to result, median (worst)", "key to sound"), rows)
    return f"{text}\nThe page weighs {weight['raw']:.0f} kB, {weight['gzip']:.0f} kB compressed.\n{provenance(result)}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) + ("---:",) * (len(head) - 1), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def provenance(result: dict[str, str]) -> str:
    """Where the figures come from, in one line under the table."""
    return f"\n<sub>{result['date']}, {result['machine']}: `{result['command']}`</sub>\n"


TABLES: dict[str, Callable[[], str]] = {
    "held_out": held_out,
    "compared": compared,
    "indexing": indexing,
    "page": page,
    "pretraining": pretraining,
    "table1_stand_in": table1_stand_in,
    "fine_tuning_speed": fine_tuning_speed,
    "yardstick": yardstick,
    "recipes": recipes,
    "adaptation": adaptation,
    "simulation": simulation,
    "visualisation": visualisation,
    "sonification": sonification,
    "findings_default": findings_default,
    "findings_compared": findings_compared,
    "scan": scan,
    "block_bounds": block_bounds,
    "filling_rates": filling_rates,
    "filling_stages": filling_stages,
    "filling_growth": filling_growth,
    "latency": latency,
    "feedback": feedback,
    "fuzzing": fuzzing,
    "killing": killing,
    "hardships": hardships,
}

if __name__ == "__main__":
    main()

"""The tables of training and evaluation."""

from __future__ import annotations

import json
import re

from benchmarks.results import read_result
from benchmarks.tables.markdown import provenance, table
from menura.model.shipped import model_home

CORPUS_NAMES = {"all": "**all**", "esc10": "ESC-10", "sonic-pi": "Sonic Pi", "philharmonia": "Philharmonia"}


def held_out() -> str:
    """The paper's network on recordings that it never saw."""
    result = read_result("default_model")
    rows = [
        (
            CORPUS_NAMES.get(corpus, corpus.capitalize()),
            f"{scores['imitations']:,}",
            f"{scores['mrr']:.3f}",
            f"{scores['chance_mrr']:.3f}",
            f"{100 * scores['recall_at_1']:.0f} %",
            f"{100 * scores['recall_at_10']:.0f} %",
            f"{scores['median_rank']:.0f} of {scores['candidates']}",
        )
        for corpus, scores in result["figures"].items()
    ]
    head = ("recordings", "imitations", "MRR", "chance", "first", "in the first ten", "median rank")
    return table(head, rows) + provenance(result)


def training_data() -> str:
    """What the default model was trained on."""
    return _data_of("default")


def training_data_tl_iminet() -> str:
    """What the paper's network, as it ships, was trained on."""
    return _data_of("tl-iminet")


def _data_of(model: str) -> str:
    card = json.loads((model_home(model) / "model.json").read_text(encoding="utf-8"))
    rows = [
        (
            corpus["title"] + (f", {len(corpus['speakers'])} speakers" if "speakers" in corpus else ""),
            corpus["licence"],
            re.sub(r"^https?://(www\.)?", "", corpus["source"]),
        )
        for corpus in card["training"]["data"]
    ]
    return table(("corpus", "licence", "source"), rows).replace("---:", "---")  # no figures, which stand to the right


def compared() -> str:
    """The paper's network beside the baselines, on all held-out recordings."""
    model, baselines = read_result("default_model"), read_result("held_out_baselines")
    methods = {"**the paper's network**": model["figures"]["all"], **baselines["figures"]}
    rows = [
        (
            method,
            f"{scores['mrr']:.3f}",
            f"{100 * scores['recall_at_1']:.0f} %",
            f"{100 * scores['recall_at_10']:.0f} %",
            f"{scores['median_rank']:.0f} of {scores['candidates']}",
        )
        for method, scores in methods.items()
    ]
    n = model["figures"]["all"]["candidates"]
    rows.append(
        ("chance", f"{model['figures']['all']['chance_mrr']:.3f}", f"{100 / n:.1f} %", f"{1_000 / n:.1f} %", "")
    )
    return table(("method", "MRR", "first", "in the first ten", "median rank"), rows) + provenance(baselines)


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


def systems() -> str:
    """All systems on the stand-in corpus."""
    return _all_systems("systems", "the **stand-in corpus**")


def systems_mosaics() -> str:
    """All systems on the halves of the yardstick."""
    return _all_systems("systems_mosaics", "the **mosaics**")


def _all_systems(name: str, corpus: str) -> str:
    result = read_result(name)
    figures = result["figures"]
    p_values = {test["other"]: test["p_value"] for test in figures["tests"] if test["category"] == "all"}
    first = {row["category"]: row for row in figures["rows"]}
    # The mean of several categories, which there is too, has no candidates of its own.
    categories = [category for category in first if category != "all"] or ["all"]
    lines = []
    for method, cost in figures["costs"].items():
        of_method = {row["category"]: row for row in figures["rows"] if row["method"] == method}
        mrr = (f"{of_method[category]['mrr']:.3f}" for category in categories)
        p_value = f"{p_values[method]:.4f}" if method in p_values else ""
        called = f"**{method}**" if method == figures["reference"] else method.replace(" *", " \\*")
        cells = (f"{1_000 * cost['seconds_a_query']:.0f}", f"{cost['numbers_a_sound']:,.0f}")
        lines.append((called, *mrr, p_value, *cells))
    lines.append(("chance", *(f"{first[category]['chance_mrr']:.3f}" for category in categories), "", "", ""))
    heads = (f"{category} ({first[category]['n_candidates']})" for category in categories)
    note = figures["note"].replace("*", "\\*")
    return (
        table((f"MRR on {corpus}", *heads, "p", "ms a query", "numbers a sound"), lines)
        + f"\n{note}\n"
        + provenance(result)
    )


def systems_yardstick() -> str:
    """The networks that ship beside the systems that learn nothing, on the whole yardstick."""
    result = read_result("systems_yardstick")
    rows, tests = result["figures"]["rows"], {test["other"]: test for test in result["figures"]["tests"]}
    lines = [
        (
            f"**{row['method']}**" if row["method"] not in tests else row["method"],
            f"{row['mrr']:.3f}",
            f"{row['interval'][0]:.3f}-{row['interval'][1]:.3f}",
            f"{100 * row['recall_at_10']:.0f} %",
            f"{tests[row['method']]['corrected']:.4f}" if row["method"] in tests else "",
        )
        for row in rows
    ]
    lines.append(("chance", f"{rows[0]['chance_mrr']:.3f}", "", f"{1_000 / rows[0]['n_candidates']:.0f} %", ""))
    head = (f"of {rows[0]['n_candidates']}", "MRR", "95 %", "in the first ten", "p, of all tests of the table")
    return table(head, lines) + provenance(result)


def beside_2dft() -> str:
    """How much further up TL-IMINET puts the right sound than 2DFT does, by category, on either stand-in corpus."""
    categories = ("AI", "CS", "ED", "SS")
    of_all, of_table1 = read_result("systems"), read_result("table1_stand_in")
    ours, rows = of_all["figures"]["reference"], []
    for result in (of_all, of_table1):
        mrr = {(row["method"], row["category"]): row["mrr"] for row in result["figures"]["rows"]}
        apart = (mrr[ours, category] - mrr["2DFT", category] for category in categories)
        rows.append((_corpus_of(result), *(f"{difference:+.3f}" for difference in apart)))
    tests = {test["category"]: test for test in of_all["figures"]["tests"] if test["other"] == "2DFT"}
    rows.insert(1, ("each sound counted once", *(f"{tests[category]['mrr']:+.3f}" for category in categories)))
    rows.insert(2, ("p", *(f"{tests[category]['p_value']:.4f}" for category in categories)))
    rows.insert(3, ("p, of all tests of the table", *(f"{tests[c]['corrected']:.3f}" for c in categories)))
    return table((f"MRR of {ours}, less that of 2DFT", *categories), rows) + provenance(of_all)


def _corpus_of(result: dict[str, str]) -> str:
    return result["data"].partition(": ")[2].partition(" (")[0]


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


def recipes() -> str:
    """Recipes for training, on the same data and for equally many steps."""
    result = read_result("recipes")
    rows = [
        (
            name,
            f"{scores['validation']['mrr']:.3f}",
            f"{scores['yardstick']['mrr']:.3f}",
            f"{100 * scores['yardstick']['recall_at_10']:.0f} %",
            f"{scores['simulated']['mrr']:.3f}",
            f"{100 * scores['simulated']['recall_at_10']:.0f} %",
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
        "MRR before",
        "after",
        "learned: before",
        "after",
        "unseen: before",
        "after",
        "p",
        "kept",
        "minutes",
    )
    rows = []
    for name, done in result["figures"].items():
        if name == "recipe":
            continue
        mrrs = [done[when][sounds] for sounds in ("library", "learned", "unseen") for when in ("before", "after")]
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

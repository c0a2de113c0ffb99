"""The picture of the learning curves: MRR among sounds never heard by updates, a panel for each category."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from benchmarks.results import DOCS, read_result

NEW, BASELINE = "sounds never heard", "2DFT"


def draw_learning_curves() -> None:
    """Draw `docs/pictures/learning_curves.png` from `docs/results/learning_curves.json`."""
    amounts = read_result("learning_curves")["figures"]["amounts"]
    groups = list(amounts[0]["mrr"][NEW][BASELINE])
    figure = Figure(figsize=(1.0 + 2.6 * len(groups), 4.2), layout="constrained")
    panels = figure.subplots(1, len(groups), sharey=True, squeeze=False)[0]
    for axes, group in zip(panels, groups, strict=True):
        for amount in sorted(amounts, key=lambda one: one["pairs"]):
            updates, mrr = curve_of(amount, group)
            axes.plot(updates, mrr, marker=".", label=in_words(amount))
        axes.axhline(amounts[0]["mrr"][NEW][BASELINE][group], color="0.4", linestyle="--", label=BASELINE)
        axes.set_title(group, fontsize="medium")
        axes.set_xscale("log", base=2)
        axes.set_xticks(updates, [f"{count:,}" for count in updates], fontsize="small")
        axes.set_xlabel("updates")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("MRR")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize="small")
    figure.savefig(DOCS / "pictures" / "learning_curves.png", dpi=130)


def curve_of(amount: dict[str, Any], group: str) -> tuple[list[int], list[float]]:
    """After how many updates, and the MRR then."""
    stages = {name: of_group[group] for name, of_group in amount["mrr"][NEW].items() if name != BASELINE}
    return [int(name.split()[0]) for name in stages], list(stages.values())


def in_words(amount: dict[str, Any]) -> str:
    """How much was learned from."""
    return f"{amount['sounds']} sounds, {amount['imitations_of_each']} of each"

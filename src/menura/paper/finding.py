"""A finding of the paper's as numbers, and its verdict over several seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True)
class Finding:
    """One claim, and what the neurons say.

    Attributes:
        claim: What the paper found, in a sentence.
        measure: What was measured, with its unit.
        groups: The values of each group of neurons that is compared, by the group's name.
        p_value: Of the claimed difference being an accident; None where an interval decides.
        confirmed: Whether the claim holds.
        note: What else the numbers say.
        by_seed: The same finding on the patterns of each seed, if there were several; groups and note are the first's,
            and p is the largest of all.
    """

    claim: str
    measure: str
    groups: dict[str, list[float]]
    p_value: float | None
    confirmed: bool
    note: str = field(default="")
    by_seed: tuple[Finding, ...] = ()

    @property
    def with_seeds(self) -> str:
        """With how many seeds it was confirmed, in words; nothing if there was one."""
        n_confirmed = sum(one.confirmed for one in self.by_seed)
        return f"with {n_confirmed} of {len(self.by_seed)} seeds" if self.by_seed else ""

    def to_dict(self) -> dict[str, object]:
        """Quartiles of each group instead of every value, as plain JSON values."""
        quartiles = {
            name: {
                "n": len(values),
                "quartiles": [round(float(q), 4) for q in np.percentile(values, [25, 50, 75])],
            }
            for name, values in self.groups.items()
        }
        return {
            "claim": self.claim,
            "measure": self.measure,
            "groups": quartiles,
            "p_value": _rounded(self.p_value),
            "confirmed": self.confirmed,
            "note": self.note,
            "by_seed": [
                {"p_value": _rounded(one.p_value), "confirmed": one.confirmed, "note": one.note} for one in self.by_seed
            ],
        }


def over_seeds(found: Sequence[Sequence[Finding]]) -> list[Finding]:
    """The findings of several seeds as one list: each holds if it does with every seed.

    Args:
        found: For each seed, the same findings in the same order.
    """
    if len(found) == 1:
        return list(found[0])
    return [
        replace(
            by_seed[0],
            p_value=None if by_seed[0].p_value is None else max(one.p_value or 0.0 for one in by_seed),
            confirmed=all(one.confirmed for one in by_seed),
            by_seed=by_seed,
        )
        for by_seed in zip(*found, strict=True)
    ]


def _rounded(p_value: float | None) -> float | None:
    return None if p_value is None else float(f"{p_value:.3g}")

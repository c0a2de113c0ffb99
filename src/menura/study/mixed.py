"""Mixed-effects estimates of the difference between two systems, by statsmodels.

People and sounds are both samples, of all people and of all sounds, and what holds of these shall hold of others: both
are random effects, crossed (Baayen, Davidson and Bates 2008), and so is how much each of them takes to the one system
rather than to the other (Barr et al. 2013). Where both systems heard the same takes, that is a model of the differences
within takes: their mean, and deviations of each person and each sound from it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec


@dataclass(frozen=True)
class Estimate:
    """A difference, the second system less the first: its estimate, 95 % interval and p."""

    difference: float
    low: float
    high: float
    p_value: float


def paired_difference(values: NDArray[np.float64], people: Sequence[str], sounds: Sequence[str]) -> Estimate | None:
    """The mean of (n,) differences within takes; None where it cannot be estimated."""
    design = np.ones((len(values), 1))
    return _fitted(values, design, 0, {"person": (people, None), "sound": (sounds, None)})


def grouped_difference(
    values: NDArray[np.float64], second: NDArray[np.bool_], people: Sequence[str], sounds: Sequence[str]
) -> Estimate | None:
    """The difference between (n,) values of the second system and the others; None where it cannot be estimated."""
    side = np.where(second, 0.5, -0.5)
    design = np.column_stack([np.ones(len(values)), side])
    effects: _Effects = {
        "person": (people, None),
        "sound": (sounds, None),
        "person and system": (people, side),
        "sound and system": (sounds, side),
    }
    return _fitted(values, design, 1, effects)


_Effects = dict[str, tuple[Sequence[str], NDArray[np.float64] | None]]


def _fitted(
    values: NDArray[np.float64], design: NDArray[np.float64], column: int, effects: _Effects
) -> Estimate | None:
    """One coefficient, by restricted maximum likelihood; its interval is by t on the lesser of people and sounds."""
    levels = [len(set(names)) for names, _ in effects.values()]
    if min(levels) < 3 or np.ptp(values) == 0:
        return None
    columns = {name: pd.get_dummies(pd.Series(list(names)), dtype=float) for name, (names, _) in effects.items()}
    matrices = {
        name: columns[name].to_numpy() * (1.0 if by is None else by[:, None]) for name, (_, by) in effects.items()
    }
    components = VCSpec(
        list(matrices),
        [[list(map(str, columns[name].columns))] for name in matrices],
        [[one] for one in matrices.values()],
    )
    scale = float(np.std(values))
    model = MixedLM(values / scale, design, groups=np.zeros(len(values)), exog_vc=components)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of variances at their bound, 0, which is an answer
        try:
            found = model.fit(reml=True, method=["lbfgs", "powell"])
            error = float(found.bse_fe[column])
        except (np.linalg.LinAlgError, ValueError):
            return None
    if not np.isfinite(error) or error <= 0:
        return None
    estimate = float(found.fe_params[column])
    freedom = min(levels) - 1
    reach = float(stats.t.ppf(0.975, freedom)) * error
    p_value = 2 * float(stats.t.sf(abs(estimate) / error, freedom))
    return Estimate(scale * estimate, scale * (estimate - reach), scale * (estimate + reach), p_value)

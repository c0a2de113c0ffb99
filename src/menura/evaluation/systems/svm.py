"""The classifier of the supervised systems: a support vector machine that says which sound an imitation means.

The kernel and its width are choices of ours, the same for both systems: radial basis functions of standardised
features, of the width that scikit-learn derives from their number, C = 10. Of n classes every two are told apart by a
machine of their own; a class's score is how many of these it wins, ties broken by how clearly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from menura.errors import DataError

C = 10.0


@dataclass(frozen=True)
class SupportVectors:
    """A trained machine; see `train`."""

    machine: Pipeline

    @property
    def n_numbers(self) -> int:
        """Those of the support vectors and of the weights that they have in the machines."""
        fitted: SVC = self.machine[-1]
        return int(fitted.support_vectors_.size + fitted.dual_coef_.size)

    def decide(self, queries: NDArray[np.floating]) -> NDArray[np.float64]:
        """(q, classes), higher for the likelier class, of (q, d) queries."""
        decisions: NDArray[np.float64] = self.machine.decision_function(queries)
        if decisions.ndim == 1:  # of two classes scikit-learn says how much it is the second
            return np.stack([-decisions, decisions], axis=1)
        return decisions


def train(examples: NDArray[np.float32], classes: NDArray[np.intp]) -> SupportVectors:
    """Teach a machine what the classes are like.

    Args:
        examples: (n, d) vectors.
        classes: (n,) the class of each, numbers from 0, each of which occurs.

    Raises:
        DataError: There is one class only.
    """
    if classes.max() < 1:
        raise DataError("one sound only to tell apart from others; give a corpus with two at least in every category")
    machine = make_pipeline(StandardScaler(), SVC(C=C, kernel="rbf", gamma="scale", decision_function_shape="ovr"))
    return SupportVectors(machine.fit(examples, classes))

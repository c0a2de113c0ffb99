"""SAE + SVM (Zhang and Duan, MLSP 2015): learned features, and a machine that recognises which sound is meant.

The paper: "we first proposed a supervised system using a Stacked Auto-Encoder (SAE) for automatic feature learning and
an SVM for imitation classification". The features are those of `auto_encoder`, learned without labels from the training
half; a sound's class is the sound itself, as in VocalSketch, whose 240 recordings are of as many concepts; the machine
hears imitations alone, and what it never heard an imitation of it can never find: "the major limitation of supervised
systems", in the paper's words, which is what led to IMISOUND.

Choices of ours: an imitation is the mean of its patches' features, and their standard deviation; the machine is `svm`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from menura.evaluation.systems.auto_encoder import describe, encode, learn
from menura.evaluation.systems.svm import train
from menura.evaluation.systems.system import Learned, SupervisedSystem


def mean_and_spread(descriptor: NDArray[np.float32], learned: Learned) -> NDArray[np.float32]:
    """(2 x N_FEATURES,): mean over the patches, then standard deviation."""
    features = encode(descriptor, learned)
    both: NDArray[np.float32] = np.concatenate([features.mean(axis=0), features.std(axis=0)])
    return both


SYSTEMS = (SupervisedSystem(name="SAE + SVM", describe=describe, learn=learn, keep=mean_and_spread, train=train),)

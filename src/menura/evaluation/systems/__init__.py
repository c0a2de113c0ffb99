"""The systems that the paper stands on, each in a file that says where it is from and what of it is a choice of ours.

| file | system | learns from |
|---|---|---|
| `mfcc_dtw` | MFCCs, aligned by dynamic time warping | nothing |
| `two_dft` | 2-D Fourier transform of a constant-Q spectrogram | nothing |
| `feature_distributions` | Gaussian mixtures of MFCCs (Helén and Virtanen 2010) | nothing |
| `imisound` | stacked auto-encoder and distances (Zhang and Duan 2016) | sounds |
| `sae_svm` | the same features, an SVM (Zhang and Duan 2015) | sounds, and imitations with what they mean |
| `timbre_svm` | timbre descriptors, an SVM (Blancas and Janer 2014) | imitations with what they mean |

What every system is made of is in `system`. The networks, Tied-IMINET, IMINET, TL-IMINET and the dual encoder, are in
`menura.network`, and trained by what is above this room. These use librosa, scikit-learn and, where they learn, torch,
which `pip install 'menura[train]'` brings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from menura.errors import UsageError
from menura.evaluation.systems import feature_distributions, imisound, mfcc_dtw, sae_svm, timbre_svm, two_dft
from menura.evaluation.systems.system import Describe, Descriptor, Hearing, Learned, SupervisedSystem, System

FAMILIES: Mapping[str, tuple[System, ...]] = MappingProxyType(
    {
        "mfcc-dtw": mfcc_dtw.SYSTEMS,
        "2dft": two_dft.SYSTEMS,
        "helen-virtanen": feature_distributions.SYSTEMS,
        "imisound": imisound.SYSTEMS,
    }
)
"""The systems that need no labels, by what a command line calls them."""

SUPERVISED: tuple[SupervisedSystem, ...] = (*sae_svm.SYSTEMS, *timbre_svm.SYSTEMS)
"""Those that find only what they have heard imitations of."""

BASELINES: Mapping[str, System] = MappingProxyType(
    {system.name: system for system in (*mfcc_dtw.SYSTEMS, *two_dft.SYSTEMS)}
)
"""The systems that stand beside the networks of the paper's table 1, by their names there."""


def find_systems(families: Sequence[str]) -> list[System]:
    """The systems of some families, by what a command line calls these, each once.

    Raises:
        UsageError: There is no such family.
    """
    for name in families:
        if name not in FAMILIES:
            raise UsageError(f"{name}: no such system; the names are {', '.join(FAMILIES)}")
    return [system for name in dict.fromkeys(families) for system in FAMILIES[name]]


__all__ = [
    "BASELINES",
    "FAMILIES",
    "SUPERVISED",
    "Describe",
    "Descriptor",
    "Hearing",
    "Learned",
    "SupervisedSystem",
    "System",
    "find_systems",
]

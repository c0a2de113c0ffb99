"""The people whose spectra come with Menura: those who were recorded for some free speech synthesizers.

`benchmarks/corpora/people.py` measures them. The file holds smoothed magnitudes alone, as logarithms in half precision,
whose error is below a tenth of a dB. Who the people are and the licences of their voices are in its metadata.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from menura.simulate.curves import as_curve
from menura.simulate.voices import RealVoices
from menura.whole import written_whole

FILE = "people.safetensors"


def load_people() -> RealVoices:
    """The spectra of the people who come with Menura."""
    with resources.as_file(resources.files("menura.simulate") / FILE) as file, safe_open(file, framework="np") as held:
        logarithms = (held.get_tensor(kind).astype(np.float64) for kind in ("voiced", "unvoiced"))
        return RealVoices(*(as_curve(np.exp(spectra)) for spectra in logarithms))


def people_licences() -> dict[str, str]:
    """The licence of each person's voice, by the name that the synthesizer has for it."""
    with resources.as_file(resources.files("menura.simulate") / FILE) as file, safe_open(file, framework="np") as held:
        licences: dict[str, str] = json.loads((held.metadata() or {})["licences"])
    return licences


def save_people(voices: RealVoices, licences: dict[str, str], file: Path) -> None:
    """Write people's spectra and the licences of their voices, as `load_people` reads them."""
    assert len(licences) == len(voices.voiced)
    logarithms = {
        kind: np.log(np.maximum(spectra, 1e-30)).astype(np.float16)
        for kind, spectra in (("voiced", voices.voiced), ("unvoiced", voices.unvoiced))
    }
    with written_whole(file) as unfinished:
        save_file(logarithms, unfinished, metadata={"licences": json.dumps(licences)})

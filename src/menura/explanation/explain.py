"""The front door of explanations: two files in, why they match out, with whichever method is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from menura.explanation.evidence import Explanation
from menura.explanation.match import find_match
from menura.explanation.occlusion import explain_by_occlusion
from menura.model.bundle import Bundle
from menura.model.shipped import model_home
from menura.progress import Progress


def explain(
    query: str | Path,
    sound: str | Path,
    model: str | Path | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Explain why a sound matches a query, or does not: which parts of both raised the score.

    By integrated gradients where torch and captum are installed, which the train extra brings; by occlusion otherwise.

    Args:
        query: A recording of the imitation, heard as a search hears it.
        sound: The recording to compare; of a long one, the window that matches best is explained.
        model: The model, by what names it to `Bundle.load`; the default model by default.
        progress: Called with the steps done and planned of integrated gradients; occlusion takes about a second.

    Raises:
        UsageError: There is no such file.
        AudioError: One of them cannot be read as sound, or is silent.
        ModelError: The model is missing or damaged.
    """
    bundle = Bundle.load(model)
    match = find_match(Path(query), Path(sound), bundle)
    if find_spec("torch") is None or find_spec("captum") is None:
        return explain_by_occlusion(match, bundle)
    from menura.explanation.gradients import explain_by_gradients  # noqa: PLC0415
    from menura.network.checkpoint import load_network  # noqa: PLC0415  # the base install has no torch

    return explain_by_gradients(match, load_network(model_home(model)), progress)

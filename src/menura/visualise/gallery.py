"""One self-contained page with every neuron of a network: its pattern, its sound, and what excites it most."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import menura.visualise
from menura.audio.features import band_of, log_mel, network_input
from menura.inputs.digest import run_digest
from menura.network.iminet import IMINET
from menura.specs import SIDES, FrontEndSpec, NetworkSpec, Side
from menura.visualise.axes import in_words, marks_hz
from menura.visualise.box import Box, whole_box
from menura.visualise.exemplars import Exemplar, strongest
from menura.visualise.kept import arrays_digest, kept_json, weights_digest
from menura.visualise.media import picture_uri, sound_uri
from menura.visualise.patterns import ARRAYS, LayerPatterns
from menura.visualise.sonify import full_height, pattern_decibels, sonify
from menura.whole import written_whole

PAGE = "index.html"
NUMBERS = "patterns.json"
N_EXEMPLARS = 3
SEED = 0


@dataclass(frozen=True)
class Clip:
    """A recording or an imitation that a neuron may be excited by: its name, and (n,) samples at its tower's rate."""

    name: str
    samples: NDArray[np.float32]


def write_gallery(
    network: IMINET,
    layers: Iterable[LayerPatterns],
    clips: Mapping[Side, Sequence[Clip]],
    out: Path,
    *,
    work: Path,
    name: str,
    about: str,
    decided: Mapping[str, Any],
) -> Path:
    """Write the page and the numbers, whole or not at all; layers are kept as they are ready, for a second call.

    Args:
        network: The network that the patterns are of.
        layers: Its patterns, as `network_patterns` gives them.
        clips: Recordings and imitations to search for what excites each neuron; there may be none.
        out: The folder that the page goes to.
        work: A folder for the layers that are ready, as `.json` files.
        name: What the model is called.
        about: A sentence about the model and the clips.
        decided: What else decides the patterns, for `patterns.json`, which holds what each ascent came to.

    Returns:
        The page's path.
    """
    spec = network.spec
    plain = network.folded()
    inputs = {side: _inputs(clips[side], spec.tower(side).front_end) for side in SIDES}
    key = run_digest(
        weights_digest(plain), arrays_digest(inputs.items()), paths=(), cache=work, code=(menura.visualise,)
    )
    described = [_kept_layer(plain, found, inputs, work, key) for found in layers]
    used = _only_used(described, clips, spec)
    data = {
        "model": name,
        "about": about,
        "layers": described,
        "clips": used,
        "axes": {side: _axes(spec.tower(side).front_end, whole_box(spec.tower(side).front_end)) for side in SIDES},
        "size": f"{sum(len(layer['neurons']) for layer in described)} neurons, "
        + ", ".join(f"{len(used[side])} {side}s" for side in SIDES),
    }
    template = (resources.files("menura.visualise") / "gallery.html").read_text(encoding="utf-8")
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")  # no end of the script
    numbers = {"model": name, **decided, "layers": [_numbers(layer) for layer in described]}
    with written_whole(out / NUMBERS) as unfinished:
        unfinished.write_text(json.dumps(numbers, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    page = out / PAGE
    with written_whole(page) as unfinished:
        unfinished.write_text(template.replace("/*DATA*/", text), encoding="utf-8")
    return page


def _kept_layer(
    network: IMINET, found: LayerPatterns, inputs: Mapping[Side, NDArray[np.float32]], work: Path, key: str
) -> dict[str, Any]:
    """What the page has of a layer, from `work` if it was made of the same patterns and clips."""
    reached = [(name, getattr(found, name)) for name in ARRAYS]
    digest = arrays_digest([*reached, *found.patterns.items()])
    file = work / f"{found.layer.name.replace(' ', '-')}-{key}-{digest}.json"
    return kept_json(file, lambda: _layer(network, found, inputs))


def _layer(network: IMINET, found: LayerPatterns, inputs: Mapping[Side, NDArray[np.float32]]) -> dict[str, Any]:
    layer, spec = found.layer, network.spec
    media = {
        side: _media(patterns, spec.tower(side).front_end, side, layer.boxes[side])
        for side, patterns in found.patterns.items()
    }
    exemplars = strongest(network, layer, inputs, N_EXEMPLARS)
    return {
        "name": layer.name,
        "whole": all(box.is_all_of(spec.tower(side).front_end) for side, box in layer.boxes.items()),
        "pairs": layer.kind == "fc2",
        "axes": {side: _axes(spec.tower(side).front_end, box) for side, box in layer.boxes.items()},
        "of": layer.n_neurons,
        "neurons": [
            {
                "neuron": int(neuron),
                "sides": {side: shown[place] for side, shown in media.items()},
                **reached_of(found, place),
                "exemplars": {
                    side: [_exemplar(one, spec.tower(side).front_end) for one in best]
                    for side, best in exemplars[neuron].items()
                },
            }
            for place, neuron in enumerate(found.neurons)
        ],
    }


def reached_of(found: LayerPatterns, place: int) -> dict[str, Any]:
    """What the ascents of a neuron came to: the best, the median and the lowest objective, and how alike they are."""
    reached = found.reached[place]
    return {
        "objective": round(float(reached.max()), 4),
        "median": round(float(np.median(reached)), 4),
        "lowest": round(float(reached.min()), 4),
        "starts": len(reached),
        "alike": round(float(found.alike[place]), 3),
        "steps": int(found.n_steps[place]),
        "converged": bool(found.converged[place]),
    }


def _numbers(layer: Mapping[str, Any]) -> dict[str, Any]:
    """A layer without its pictures, sounds and clips."""
    neurons = [
        {key: value for key, value in neuron.items() if key not in ("sides", "exemplars")}
        for neuron in layer["neurons"]
    ]
    return {"name": layer["name"], "of": layer["of"], "neurons": neurons}


def _media(patterns: NDArray[np.float32], spec: FrontEndSpec, side: Side, box: Box) -> list[dict[str, str]]:
    """Each pattern as a picture and as a sound; what a neuron does not hear is silent."""
    decibels = pattern_decibels(patterns, side, spec)
    sounds = sonify(full_height(decibels, box.first_mel, spec), spec, seed=SEED)
    return [
        {"picture": picture_uri(one, float(np.percentile(one, 0.5))), "sound": sound_uri(sound, spec.sample_rate_hz)}
        for one, sound in zip(decibels, sounds, strict=True)
    ]


def _exemplar(found: Exemplar, spec: FrontEndSpec) -> dict[str, Any]:
    described: dict[str, Any] = {"clip": found.clip, "activation": round(found.activation, 4)}
    box = found.box
    if not box.is_all_of(spec):
        described |= {
            "from": round(box.first_frame * spec.hop_s, 3),
            "to": round((box.first_frame + box.n_frames) * spec.hop_s, 3),
            "box": [
                round(share, 4)
                for share in (
                    box.first_frame / spec.n_frames,
                    box.first_mel / spec.n_mels,
                    box.n_frames / spec.n_frames,
                    box.n_mels / spec.n_mels,
                )
            ],
        }
    return described


def _axes(spec: FrontEndSpec, box: Box) -> dict[str, Any]:
    """Marks in Hz and seconds, each with its place from 0 to 1 on the picture, and how long it lasts."""
    lasts_s = box.n_frames * spec.hop_s
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if lasts_s / step < 7)
    seconds = np.arange(0, lasts_s, step)
    hz = marks_hz(spec, box.first_mel, box.n_mels)
    return {
        "hz": [[round((band_of(f, spec) + 0.5 - box.first_mel) / box.n_mels, 4), in_words(f)] for f in hz],
        "s": [[round(float(s / lasts_s), 4), f"{s:.3g}"] for s in seconds],
        "lasts": lasts_s,
    }


def _only_used(layers: list[dict[str, Any]], clips: Mapping[Side, Sequence[Clip]], spec: NetworkSpec) -> dict[str, Any]:
    """The clips that some neuron refers to, each once; the neurons then refer to their places among these."""
    used: dict[str, Any] = {}
    for side in SIDES:
        found = [one for layer in layers for neuron in layer["neurons"] for one in neuron["exemplars"].get(side, [])]
        wanted = sorted({one["clip"] for one in found})
        for one in found:
            one["clip"] = wanted.index(one["clip"])
        front_end = spec.tower(side).front_end
        used[side] = [_clip(clips[side][index], front_end) for index in wanted]
    return used


def _clip(clip: Clip, spec: FrontEndSpec) -> dict[str, str]:
    shown = log_mel(clip.samples, spec)
    sound = sound_uri(clip.samples[: spec.n_samples], spec.sample_rate_hz)
    return {"name": clip.name, "picture": picture_uri(shown, -spec.dynamic_range_db), "sound": sound}


def _inputs(clips: Sequence[Clip], spec: FrontEndSpec) -> NDArray[np.float32]:
    return np.stack([network_input(clip.samples, spec) for clip in clips] or [np.empty(spec.shape, np.float32)])[
        : len(clips)
    ]

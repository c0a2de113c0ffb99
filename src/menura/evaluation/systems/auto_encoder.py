"""A stacked auto-encoder on patches of constant-Q spectrograms: the features of IMISOUND and of SAE + SVM.

The paper calls it "a Stacked Auto-Encoder (SAE) for automatic feature learning". An auto-encoder is a layer that is
taught to give back what it was given through fewer neurons than that has numbers; a second one learns from the neurons
of the first. What the last layer says of a patch is its feature vector. Nobody tells it what a sound is.

The articles on it (Zhang and Duan 2015, 2016) were not at hand. That patches of a constant-Q spectrogram go in is what
they are known for; the rest are choices of ours: the spectrogram of `constant_q`; patches of 20 frames (0.64 s) every
10; of those, the ones in which anything is heard; sigmoid layers of 500 and 100 neurons; each learned by itself to give
back its input (mean squared error, Adam at 1e-3, 15 passes in batches of 256), with a decoder of its own weights, then
all four layers together for as long; learned from the recordings and the imitations of the training half alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from menura.evaluation.systems.constant_q import N_BINS, constant_q_levels
from menura.evaluation.systems.system import Learned

PATCH_FRAMES = 20
PATCH_HOP_FRAMES = 10
LAYERS = (500, 100)
LEARNING_RATE = 1e-3
BATCH_SIZE = 256
EPOCHS = 15

N_INPUTS = N_BINS * PATCH_FRAMES
N_FEATURES = LAYERS[-1]


def describe(samples: NDArray[np.floating], sample_rate_hz: float) -> NDArray[np.float32]:
    """What is heard of a sound: (frames, N_BINS) levels from 0 to 1, `PATCH_FRAMES` at least, without silent ends.

    Args:
        samples: (n,) mono, n >= 1, finite; the first 4 s count.
        sample_rate_hz: Its rate.
    """
    levels = constant_q_levels(samples, sample_rate_hz).T
    heard = np.flatnonzero(levels.any(axis=1))
    if len(heard):
        levels = levels[heard[0] : heard[-1] + 1]
    padded: NDArray[np.float32] = np.pad(levels, ((0, max(0, PATCH_FRAMES - len(levels))), (0, 0))).astype(np.float32)
    return padded


def learn(descriptors: Sequence[NDArray[np.float32]], seed: int) -> Learned:
    """The layers of the encoder, and how far each feature spreads over all patches.

    Args:
        descriptors: From `describe`, of the sounds to learn from; one at least.
        seed: Of the first weights and of the order of the patches.

    Returns:
        `weight1` (500, N_INPUTS), `bias1`, `weight2` (100, 500), `bias2`, and `variance` (100,).
    """
    inputs = torch.from_numpy(np.concatenate([patches(descriptor) for descriptor in descriptors]))
    torch_rng = torch.Generator().manual_seed(seed)
    encoders, decoders, given = list[nn.Linear](), list[nn.Linear](), inputs
    for n_neurons in LAYERS:
        encoder, decoder = _layer(given.shape[1], n_neurons, torch_rng), _layer(n_neurons, given.shape[1], torch_rng)
        _teach([encoder], [decoder], given, torch_rng)
        encoders.append(encoder)
        decoders.insert(0, decoder)
        with torch.no_grad():
            given = torch.sigmoid(encoder(given))
    _teach(encoders, decoders, inputs, torch_rng)
    learned = {
        f"{what}{number}": value.detach().numpy()
        for number, encoder in enumerate(encoders, start=1)
        for what, value in (("weight", encoder.weight), ("bias", encoder.bias))
    }
    features = _encoded(inputs.numpy(), learned)
    return learned | {"variance": features.var(axis=0)}


def encode(descriptor: NDArray[np.float32], learned: Learned) -> NDArray[np.float32]:
    """(patches, N_FEATURES) in (0, 1), of a descriptor."""
    return _encoded(patches(descriptor), learned)


def patches(descriptor: NDArray[np.float32]) -> NDArray[np.float32]:
    """(patches, N_INPUTS) of a descriptor, those in which anything is heard; one at least."""
    starts = np.arange(0, len(descriptor) - PATCH_FRAMES + 1, PATCH_HOP_FRAMES)
    cut = np.stack([descriptor[start : start + PATCH_FRAMES].ravel() for start in starts])
    heard = cut.any(axis=1)
    kept: NDArray[np.float32] = cut[heard] if heard.any() else cut[:1]
    return kept


def _encoded(inputs: NDArray[np.float32], learned: Learned) -> NDArray[np.float32]:
    outputs = inputs
    for number in range(1, len(LAYERS) + 1):
        outputs = 1 / (1 + np.exp(-(outputs @ learned[f"weight{number}"].T + learned[f"bias{number}"])))
    return outputs.astype(np.float32)


def _layer(n_inputs: int, n_outputs: int, rng: torch.Generator) -> nn.Linear:
    layer = nn.Linear(n_inputs, n_outputs)
    nn.init.xavier_uniform_(layer.weight, generator=rng)
    nn.init.zeros_(layer.bias)
    return layer


def _teach(encoders: Sequence[nn.Linear], decoders: Sequence[nn.Linear], inputs: Tensor, rng: torch.Generator) -> None:
    """Have the layers, one after another, give back their inputs, which are in 0..1."""
    layers = [*encoders, *decoders]
    optimiser = torch.optim.Adam([value for layer in layers for value in layer.parameters()], lr=LEARNING_RATE)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(inputs), generator=rng).split(BATCH_SIZE):
            outputs = batch = inputs[rows]
            for layer in layers:
                outputs = torch.sigmoid(layer(outputs))
            loss = nn.functional.mse_loss(outputs, batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

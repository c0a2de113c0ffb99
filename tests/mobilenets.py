"""mn04 as it was published, with any weights."""

import torch


def published_names(network):
    """A network's tensors under the names that mn04 was published with."""
    tensors = {"classifier.5.bias": torch.zeros(527)}
    for number, layer in enumerate(network.children()):
        whole = number in (0, 16)
        for place, step in enumerate([layer] if whole else layer.children()):
            prefix = f"features.{number}" if whole else f"features.{number}.block.{place}"
            squeeze = hasattr(step, "reduce")
            parts = ("conc_se_layers.0.fc1", "conc_se_layers.0.fc2") if squeeze else ("0", "1")
            for part, module in zip(parts, step.children(), strict=False):
                tensors |= {f"{prefix}.{part}.{name}": tensor for name, tensor in module.state_dict().items()}
    return {name: tensor.clone() for name, tensor in tensors.items()}

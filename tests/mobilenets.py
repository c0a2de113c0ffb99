"""mn04 as it was published, with any weights, and networks whose towers it is."""

import torch
from torch import nn

from menura.network.iminet import IMINET
from menura.network.mobilenet import MobileNet
from menura.specs import MobileNetTowerSpec, NetworkSpec, PoolSpec, mn04_front_end

TOWER = MobileNetTowerSpec(mn04_front_end(0.6, loudest=1.8), (PoolSpec(2), PoolSpec(6, "spread")), n_neurons=5)
SPEC = NetworkSpec(TOWER, TOWER, n_hidden=4)


def random_iminet(spec=SPEC):
    """A network of two different towers with random weights."""
    torch.manual_seed(0)
    network = IMINET(spec, batch_norm=True)
    for seed, tower in enumerate((network.imitation_tower, network.recording_tower)):
        tower.net = random_network(seed)
    return network.eval()


def random_network(seed=0):
    """mn04 with random weights, and running statistics other than 0 and 1."""
    torch.manual_seed(seed)
    network = MobileNet(batch_norm=True)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.5
            nn.init.uniform_(module.weight, 0.5, 2)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    with torch.no_grad():
        network.train()(random_input(4, 60))
    return network.eval()


def random_input(n=2, n_frames=60):
    return torch.randn(n, 1, 128, n_frames, generator=torch.Generator().manual_seed(1))


def published_names(network):
    """A network's tensors under the names that mn04 was published with."""
    tensors = {
        f"classifier.{place}.{name}": tensor
        for place, sizes in ((2, (384, 512)), (5, (512, 527)))
        for name, tensor in torch.nn.Linear(*sizes).state_dict().items()
    }
    for number, layer in enumerate(network.children()):
        whole = number in (0, 16)
        for place, step in enumerate([layer] if whole else layer.children()):
            prefix = f"features.{number}" if whole else f"features.{number}.block.{place}"
            squeeze = hasattr(step, "reduce")
            parts = ("conc_se_layers.0.fc1", "conc_se_layers.0.fc2") if squeeze else ("0", "1")
            for part, module in zip(parts, step.children(), strict=False):
                tensors |= {f"{prefix}.{part}.{name}": tensor for name, tensor in module.state_dict().items()}
    return {name: tensor.clone() for name, tensor in tensors.items()}

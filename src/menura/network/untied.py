"""IMINET with untied towers: what Tied-IMINET would be if its towers did not share their weights.

The paper says of TL-IMINET: "different from IMINET, the two towers for feature extraction do not share the same
structure". So IMINET's do, and it comes in two kinds: with one set of weights (`tied`), or two, each tower learning its
side. As there, the structure is TL-IMINET's recording tower with its front end on both sides. It differs from TL-IMINET
without pre-training in the imitation tower alone, which there hears 4 s up to 5 kHz in 39 bands, and here 3 s up to
22 kHz in 128.
"""

from __future__ import annotations

from menura.network.iminet import IMINET
from menura.network.tied import TIED_IMINET


def untied_iminet() -> IMINET:
    """The network with random weights."""
    return IMINET(TIED_IMINET)

"""Tied-IMINET, the baseline of the paper's table 1: one tower hears both sides.

The paper names it and does not describe it, so these are our choices: the tower is TL-IMINET's recording tower, with
its front end on both sides (an imitation is heard like a recording, 3 s from 0 to 22 kHz), its weights are shared, and
FC1 and FC2 are as in TL-IMINET.
"""

from __future__ import annotations

from menura.network.iminet import IMINET
from menura.specs import TL_IMINET, NetworkSpec

TIED_IMINET = NetworkSpec(imitation=TL_IMINET.recording, recording=TL_IMINET.recording, n_hidden=TL_IMINET.n_hidden)


class TiedIMINET(IMINET):
    """An `IMINET` whose towers are one and the same.

    `folded`, and so a saved network, holds the tower twice: search treats it like any other.
    """

    def __init__(self, spec: NetworkSpec = TIED_IMINET, *, batch_norm: bool = False) -> None:
        if spec.imitation != spec.recording:
            raise ValueError("tied towers need the same sizes on both sides")
        super().__init__(spec, batch_norm=batch_norm)
        self.imitation_tower = self.recording_tower

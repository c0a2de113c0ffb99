"""What takes of a sound usually are to a model: the query that is to be expected, by the projection of its recording.

    u(p) = U p + t

It was fitted, by ridge regression, on takes of the recordings that the model learned from, by all its people. What one
person's takes of known sounds have in common beside what is usual of these sounds is that person's own way of
imitating, and it costs a few takes to know (`menura.personal.apart`). No score depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

USUAL_FILE = "usual.safetensors"


@dataclass(frozen=True, eq=False)
class Usual:
    """The map from a sound to the usual query.

    Attributes:
        weight: U, (h, h).
        bias: t, (h,).
    """

    weight: NDArray[np.float32] = field(repr=False)
    bias: NDArray[np.float32] = field(repr=False)

    @classmethod
    def read(cls, content: bytes, width: int) -> Usual:
        """What a bundle has.

        Args:
            content: The file.
            width: h, the numbers in a projection.

        Raises:
            ValueError: It cannot be read, or is of another size.
        """
        try:
            tensors = load(content)
        except SafetensorError as error:
            raise ValueError(f"not a safetensors file ({error})") from error
        for name, shape in {"weight": (width, width), "bias": (width,)}.items():
            tensor = tensors.get(name)
            if tensor is None or (*tensor.shape, str(tensor.dtype)) != (*shape, "float16"):
                raise ValueError(f"{name} is not {(*shape, 'float16')}")
            if not np.isfinite(tensor).all():
                raise ValueError(f"{name} holds NaN or infinity")
        return cls(tensors["weight"].astype(np.float32), tensors["bias"].astype(np.float32))

    def to_bytes(self) -> bytes:
        """As a bundle has it: in half precision, whose error is far below what two takes differ by."""
        tensors = {"weight": self.weight, "bias": self.bias}
        # safetensors writes the memory of an array as it lies, and would turn one around that is transposed.
        return save({name: np.ascontiguousarray(tensor, np.float16) for name, tensor in tensors.items()})

    def queries(self, projections: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, h) the usual query for each of (n, h) projections, of the first window of a sound."""
        # Not by `@`: callers are worker threads, which would fight over the threads of the BLAS library.
        expected: NDArray[np.float32] = np.einsum("np,qp->nq", projections, self.weight) + self.bias
        return expected

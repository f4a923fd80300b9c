"""The trim mass T (specification, "Drift") as NumPy has it, for every contender that is handed it."""

import numpy as np
from numpy.typing import NDArray


def trim_mass(weights: NDArray[np.uint16], trim: int) -> NDArray[np.int64]:
    """T of each row of ``weights`` [..., K]: ``trim`` 65536ths of their sum, and at least what a third of the heads weigh."""
    ascending = np.sort(weights.astype(np.int64), axis=-1)
    neighbours = ascending.shape[-1]
    third = -(-trim * ascending.sum(axis=-1) // 65_536)
    return np.maximum(third, ascending[..., neighbours - neighbours // 3 :].sum(axis=-1))

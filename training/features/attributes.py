"""Demographics and other numbers of the store as known at the cutoff, and of the product."""

import numpy as np
from numpy.typing import NDArray

from training.features.scene import Columns, Scene

SKEWED = 20.0


def attribute_columns(scene: Scene) -> Columns:
    """Return them; large positive numbers (populations, incomes) as logs."""
    attributes, columns = scene.panel.attributes, {}
    if attributes is not None:
        for name, values in zip(attributes.names, attributes.values, strict=True):
            columns[f"store_{name}"] = scene.of_store(_tame(values))[:, scene.origins.cutoff]
    pack = scene.panel.products["pack_size"].to_numpy(dtype=np.float32)[scene.panel.product]
    if np.isfinite(pack).any():
        columns["pack_size"] = np.log1p(pack)[:, None]
    return columns


def _tame(values: NDArray[np.floating]) -> NDArray[np.floating]:
    known = values[np.isfinite(values)]
    return np.log1p(values) if known.size and known.min() >= 0 and known.max() > SKEWED else values

"""Holidays and special events of the target week, the week before and the week after, by kind and by scope."""

import numpy as np

from training.features.scene import Columns, Scene


def event_columns(scene: Scene) -> Columns:
    """Return the share of days with such an event in the week, and of the weeks on both sides.

    Events are known in advance. A target in the panel's last week takes the week after for eventless. Nothing where
    the client has no events.
    """
    events = scene.panel.events
    if events is None:
        return {}
    target = scene.origins.target
    after = np.minimum(target + 1, len(scene.panel.weeks) - 1)
    columns = {}
    for key, shares in events.shares.items():
        by_series = scene.of_store(shares)
        columns[f"event_{key}_during"] = by_series[:, target]
        columns[f"event_{key}_before"] = np.where(after > target, by_series[:, after], 0.0)
        columns[f"event_{key}_after"] = np.where(target > 0, by_series[:, target - 1], 0.0)
    return columns

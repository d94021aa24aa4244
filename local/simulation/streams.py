"""Random numbers: an own stream for each part of the company, so that one part's draws never move another's."""

import zlib

import numpy as np


def stream(seed: int, *labels: str | int) -> np.random.Generator:
    """Return the generator that belongs to these labels.

    Parameters
    ----------
    seed : int
        The company's seed, >= 0.
    *labels : str or int
        What the draws are for, such as ``"weather", "75201"``.
    """
    text = "/".join(str(label) for label in labels)
    return np.random.default_rng([seed, zlib.crc32(text.encode())])

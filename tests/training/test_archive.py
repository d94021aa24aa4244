"""A panel goes into a folder and comes back as it was, in the same bytes every time."""

from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd

from training.archive import load_panel, save_panel


def same(a: object, b: object) -> bool:
    if is_dataclass(a):
        return type(a) is type(b) and all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if isinstance(a, pd.DataFrame):
        pd.testing.assert_frame_equal(a, b)
        return True
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return a == b


def test_a_panel_comes_back_as_it_was(panel, tmp_path):
    save_panel(panel, tmp_path / "panel")
    assert same(panel, load_panel(tmp_path / "panel"))


def test_the_same_panel_gives_the_same_bytes(panel, tmp_path):
    for name in ("one", "other"):
        save_panel(panel, tmp_path / name)
    files = sorted(p.name for p in (tmp_path / "one").iterdir())
    assert all((tmp_path / "one" / f).read_bytes() == (tmp_path / "other" / f).read_bytes() for f in files)

"""Closeness of arrays: as strict as `pytest.approx`, without its time for each element."""

from __future__ import annotations

from typing import Any

import numpy as np


def assert_close(
    values: Any, expected: Any, *, rel: float = 0.0, abs_: float = 0.0, nan_ok: bool = False, name: object = ""
) -> None:
    """Assert that each value differs from the expected one by one of the tolerances at most."""
    ours, theirs = np.asarray(values, np.float64), np.asarray(expected, np.float64)
    assert ours.shape == theirs.shape, name
    is_finite = np.isfinite(ours) & np.isfinite(theirs)
    finite, expected_finite = np.where(is_finite, ours, 0.0), np.where(is_finite, theirs, 0.0)
    is_near = np.abs(finite - expected_finite) <= np.maximum(rel * np.abs(expected_finite), abs_)
    is_close = (is_finite & is_near) | (ours == theirs) | (nan_ok & np.isnan(ours) & np.isnan(theirs))
    assert is_close.all(), f"{name}: {ours[~is_close][:5]}, not {theirs[~is_close][:5]}"

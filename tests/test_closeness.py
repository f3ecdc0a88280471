"""Closeness of arrays: the same verdict as that of `pytest.approx`."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from tests.closeness import assert_close

NUMBERS = [0.0, 1e-9, 1.0, 1.0 + 0.9e-9, 1.0 + 1.1e-9, -1.0, 1e9, 1e9 + 0.9, 1e9 + 1.1, math.inf, -math.inf, math.nan]


def are_close(values: object, expected: object, rel: float, abs_: float, *, nan_ok: bool) -> bool:
    try:
        assert_close(values, expected, rel=rel, abs_=abs_, nan_ok=nan_ok)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("nan_ok", [False, True])
@pytest.mark.parametrize(("rel", "abs_"), [(1e-9, 1e-9), (0.0, 1e-9), (1e-9, 0.0), (0.0, 0.0)])
def test_the_verdict_is_that_of_pytest(rel: float, abs_: float, nan_ok: bool) -> None:
    for value, expected in product(NUMBERS, repeat=2):
        close = value == pytest.approx(expected, rel=rel, abs=abs_, nan_ok=nan_ok)
        assert are_close([0.0, value], [0.0, expected], rel, abs_, nan_ok=nan_ok) == close, (value, expected)


def test_arrays_of_different_lengths_are_not_close() -> None:
    with pytest.raises(AssertionError, match="load"):
        assert_close(np.zeros(2), np.zeros(3), abs_=1.0, name="load")

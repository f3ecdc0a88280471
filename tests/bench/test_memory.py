"""Memory of an engine: every array of its state is copied whole, whatever its length."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bench import memory

ARRAYS: list[NDArray[Any]] = [np.zeros(2), np.zeros(1_000), np.zeros(7)]


def run_all(copy: Callable[[int], Any], numbers: Iterable[int]) -> Iterable[Any]:
    return map(copy, numbers)


@pytest.mark.parametrize("parts", [1, 3])
def test_every_array_is_copied_whole(parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = {len(array): 0 for array in ARRAYS}

    def count(target: NDArray[Any], source: NDArray[Any]) -> None:
        owner = target if target.base is None else target.base
        copied[len(owner)] += len(source)

    monkeypatch.setattr(np, "copyto", count)
    memory.time_copy(ARRAYS, run_all, parts=parts)
    assert copied == {len(array): memory.COPY_ROUNDS * len(array) for array in ARRAYS}

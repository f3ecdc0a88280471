"""Series of a file: its rows with times and values, in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans, Floats
from ev2gym_dashboard.service.datasets.series_file.times import Minutes

ROW_ARRAYS = ("minutes", "is_valid", "measured", "is_empty", "elapsed_min")


@dataclass(frozen=True)
class Series:
    """Rows of a file in the order of time; all (n,).

    Parameters
    ----------
    numbers : numbers of their lines
    minutes : times, as in `Times`, UTC once `zone` is applied
    is_valid : whether a row has a valid time
    measured : values, NaN where a row has none
    is_empty : whether a row says that it has no value
    elapsed_min : time since midnight of a row that counts the steps of its day; -1 where the clock counts [min]
    """

    numbers: Sequence[int]
    minutes: Minutes
    is_valid: Booleans
    measured: Floats
    is_empty: Booleans
    elapsed_min: Minutes
    is_typical: bool

    def name_row(self, index: int) -> str:
        """Return the name of a row in issues."""
        return f"row {self.numbers[index]}"

    def select(self, rows: slice | Booleans) -> Series:
        """Return the series of some rows, or of all in another order."""
        numbers = np.asarray(self.numbers)[rows].tolist()
        arrays = {name: getattr(self, name)[rows] for name in ROW_ARRAYS}
        return replace(self, numbers=numbers, **arrays)

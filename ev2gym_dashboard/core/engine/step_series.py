"""Step series: columns that grow by steps, in typed arrays."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats

FIRST_CAPACITY = 32


class StepSeries(Mapping[str, NDArray[Any]]):
    """Columns of a run by name, each (steps,): read-only, and not longer when the run goes on.

    Parameters
    ----------
    places : block and row of each column, in the order of the rows that are appended
    blocks : values by type, (columns, capacity), so that a column is contiguous
    length : steps so far
    """

    def __init__(self, places: Mapping[str, tuple[int, int]], blocks: list[NDArray[Any]], length: int = 0) -> None:
        self._places, self._blocks, self._length = places, blocks, length
        owners = np.array([block for block, _ in places.values()])
        self._columns_by_block = [np.flatnonzero(owners == block) for block in range(len(blocks))]

    @classmethod
    def make_empty(cls, names: Collection[str], counts: Collection[str]) -> StepSeries:
        """Return series without steps; ``counts`` are whole numbers below 2**31, for which 4 bytes suffice."""
        rows = {True: 0, False: 0}
        places = {}
        for name in names:
            places[name] = int(is_count := name in counts), rows[is_count]
            rows[is_count] += 1
        return cls(places, [np.empty((rows[False], 0)), np.empty((rows[True], 0), np.int32)])

    def __getitem__(self, name: str) -> NDArray[Any]:
        block, row = self._places[name]
        values = self._blocks[block][row, : self._length]
        # Forks share these values.
        values.flags.writeable = False
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    @property
    def nbytes(self) -> int:
        """Memory of the columns, with the room for further steps [B]."""
        return sum(block.nbytes for block in self._blocks)

    def reserve(self, n_steps: int) -> None:
        """Make room for further steps, so that appending them copies nothing."""
        capacity = self._blocks[0].shape[1]
        if (needed := self._length + n_steps) <= capacity:
            return
        # At least twice as much, so that the cost of a step does not rise with the length of the run.
        capacity = max(needed, 2 * capacity, FIRST_CAPACITY)
        for k, block in enumerate(self._blocks):
            self._blocks[k] = np.empty((len(block), capacity), block.dtype)
            self._blocks[k][:, : self._length] = block[:, : self._length]

    def extend(self, rows: Floats) -> None:
        """Append steps, (steps, columns), in the order of the names."""
        self.reserve(len(rows))
        end = self._length + len(rows)
        for block, columns in zip(self._blocks, self._columns_by_block, strict=True):
            block[:, self._length : end] = rows[:, columns].T
        self._length = end

    def fork(self) -> StepSeries:
        """Return series that continue from here independently; both share the steps so far until the fork grows."""
        # Without the room behind the last step: this one fills it, the fork copies what it needs.
        return StepSeries(self._places, [block[:, : self._length] for block in self._blocks], self._length)

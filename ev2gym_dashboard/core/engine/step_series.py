"""Step series: columns that grow by steps, in typed arrays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats

FIRST_CAPACITY = 32
Derive = Callable[[Mapping[str, NDArray[Any]]], NDArray[Any]]
"""Function that returns a column, (steps,), from others."""


class StepSeries(Mapping[str, NDArray[Any]]):
    """Columns of a run by name, each (steps,): read-only, and not longer when the run goes on.

    Parameters
    ----------
    places : block and row of each column, in the order of the rows that are appended; None of a derived one
    blocks : values by type, (columns, capacity), so that a column is contiguous
    derived : columns that follow from others, and take no memory
    length : steps so far
    seals : names of its first blocks of steps, under which they are stored outside; steps never change, and forks share
        those so far
    """

    def __init__(
        self,
        places: Mapping[str, tuple[int, int] | None],
        blocks: list[NDArray[Any]],
        derived: Mapping[str, Derive],
        length: int = 0,
        seals: tuple[str, ...] = (),
    ) -> None:
        self._places, self._blocks, self._derived, self._length = places, blocks, derived, length
        self.seals = seals
        owners = np.array([-1 if place is None else place[0] for place in places.values()])
        self._columns_by_block = [np.flatnonzero(owners == block) for block in range(len(blocks))]

    @classmethod
    def make_empty(
        cls, names: Collection[str], counts: Collection[str], derived: Mapping[str, Derive] | None = None
    ) -> StepSeries:
        """Return series without steps; ``counts`` are whole numbers below 2**31, for which 4 bytes suffice."""
        derived, rows = derived or {}, {True: 0, False: 0}
        places: dict[str, tuple[int, int] | None] = dict.fromkeys(names)
        for name in (name for name in names if name not in derived):
            places[name] = int(is_count := name in counts), rows[is_count]
            rows[is_count] += 1
        return cls(places, [np.empty((rows[False], 0)), np.empty((rows[True], 0), np.int32)], derived)

    def __getitem__(self, name: str) -> NDArray[Any]:
        place = self._places[name]
        values = self._derived[name](self) if place is None else self._blocks[place[0]][place[1], : self._length]
        # Forks share these values.
        values.flags.writeable = False
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    @property
    def n_steps(self) -> int:
        return self._length

    @property
    def kept(self) -> dict[str, NDArray[Any]]:
        """The columns that are not derived, each (steps,)."""
        return {name: self[name] for name, place in self._places.items() if place is not None}

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

    def extend_columns(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Append steps by column, each (steps,); derived columns are not needed."""
        places = {name: place for name, place in self._places.items() if place is not None}
        n_steps = len(columns[next(iter(places))])
        self.reserve(n_steps)
        for name, (block, row) in places.items():
            self._blocks[block][row, self._length : self._length + n_steps] = columns[name]
        self._length += n_steps

    def truncate(self, n_steps: int) -> None:
        """Drop the steps from one on; those that follow take their place."""
        self._length = min(self._length, n_steps)

    def select(self, first: int, end: int) -> StepSeries:
        """Return the series of the steps from one to another."""
        blocks = [block[:, first : min(end, self._length)] for block in self._blocks]
        return StepSeries(self._places, blocks, self._derived, blocks[0].shape[1])

    def fork(self) -> StepSeries:
        """Return series that continue from here independently; both share the steps so far until the fork grows."""
        # Without the room behind the last step: this one fills it, the fork copies what it needs.
        blocks = [block[:, : self._length] for block in self._blocks]
        return StepSeries(self._places, blocks, self._derived, self._length, self.seals)

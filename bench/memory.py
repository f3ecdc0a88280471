"""What an engine keeps in memory, and how long its state takes to copy."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import FunctionType, GeneratorType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.engine.engine import MapBlocks

Array = NDArray[Any]
COPY_ROUNDS = 5


def count_kept_bytes(thing: object) -> int:
    """Return the bytes of all arrays that can be reached; what two of them share counts once."""
    return sum(array.nbytes for array in collect_arrays(thing))


def collect_arrays(thing: object) -> list[Array]:
    """Return the arrays that own the memory that can be reached."""
    found: dict[int, Array] = {}
    seen: set[int] = set()
    todo = [thing]
    while todo:
        part = todo.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, np.ndarray):
            owner = _find_owner(part)
            found[id(owner)] = owner
        todo += _list_children(part)
    return list(found.values())


def time_copy(arrays: list[Array], map_parts: MapBlocks, *, parts: int) -> float:
    """Return the shortest time of some in which all arrays of a fleet are copied, in so many parts."""
    copies = [np.ones_like(array) for array in arrays]
    edges = np.linspace(0, len(arrays[0]), parts + 1).astype(int)

    def copy(part: int) -> Array:
        rows = slice(edges[part], edges[part + 1])
        for array, into in zip(arrays, copies, strict=True):
            np.copyto(into[rows], array[rows])
        return copies[0]

    def timed() -> float:
        before = time.perf_counter()
        list(map_parts(copy, range(parts)))
        return time.perf_counter() - before

    return min(timed() for _ in range(COPY_ROUNDS))


def _find_owner(array: Array) -> Array:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _list_children(thing: object) -> Iterator[object]:
    """Give what a thing holds; the draws of the days to come are the variables of a generator."""
    if isinstance(thing, dict):
        yield from thing.values()
    elif isinstance(thing, (list, tuple)):
        yield from thing
    elif is_dataclass(thing):
        yield from (getattr(thing, field.name) for field in fields(thing))
    elif isinstance(thing, GeneratorType) and thing.gi_frame:
        yield from thing.gi_frame.f_locals.values()
    elif isinstance(thing, FunctionType):
        yield from (cell.cell_contents for cell in thing.__closure__ or ())

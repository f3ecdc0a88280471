"""Memory of an engine, and the time to copy its state."""

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


def count_kept_bytes(root: object) -> int:
    """Count the bytes of all arrays reachable from an object; shared memory counts once."""
    return sum(array.nbytes for array in collect_arrays(root))


def collect_arrays(root: object) -> list[Array]:
    """Collect the arrays that own the memory reachable from an object."""
    owners: dict[int, Array] = {}
    visited: set[int] = set()
    pending = [root]
    while pending:
        node = pending.pop()
        if id(node) in visited:
            continue
        visited.add(id(node))
        if isinstance(node, np.ndarray):
            owner = _find_owner(node)
            owners[id(owner)] = owner
        pending += _list_children(node)
    return list(owners.values())


def time_copy(arrays: list[Array], map_parts: MapBlocks, *, parts: int) -> float:
    """Return the shortest time of several rounds to copy all arrays of a fleet, in ``parts`` parts."""
    copies = [np.ones_like(array) for array in arrays]

    def copy(part: int) -> Array:
        for array, target in zip(arrays, copies, strict=True):
            # Of each array: some have a row per vehicle, others one per model.
            rows = slice(len(array) * part // parts, len(array) * (part + 1) // parts)
            np.copyto(target[rows], array[rows])
        return copies[0]

    def time_round() -> float:
        start_s = time.perf_counter()
        list(map_parts(copy, range(parts)))
        return time.perf_counter() - start_s

    return min(time_round() for _ in range(COPY_ROUNDS))


def _find_owner(array: Array) -> Array:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _list_children(node: object) -> Iterator[object]:
    """Yield the objects that an object holds."""
    if isinstance(node, dict):
        yield from node.values()
    elif isinstance(node, (list, tuple)):
        yield from node
    elif is_dataclass(node):
        yield from (getattr(node, field.name) for field in fields(node))
    # The draws of the coming days are local variables of a generator, or a closure.
    elif isinstance(node, GeneratorType) and node.gi_frame:
        yield from (node.gi_yieldfrom, *node.gi_frame.f_locals.values())
    elif isinstance(node, FunctionType):
        yield from (cell.cell_contents for cell in node.__closure__ or ())

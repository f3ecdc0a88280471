"""How blocks are stepped: by Numba where the extra ``fast`` is installed, else by NumPy; large fleets side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.engine.engine import MapBlocks
from ev2gym_dashboard.core.engine.kernel import Kernel
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL

KERNEL_VARIABLE = "EV2GYM_DASHBOARD_KERNEL"
MIN_THREADED_FLEET = 200_000
"""Vehicles from which threads gain more than they cost, with Numba; those of NumPy wait for each other."""


@cache
def choose_kernel() -> Kernel:
    """Return the step of a block that this process uses; ``EV2GYM_DASHBOARD_KERNEL=numpy`` does without Numba."""
    if os.environ.get(KERNEL_VARIABLE) == "numpy" or find_spec("numba") is None:
        return NUMPY_KERNEL
    from ev2gym_dashboard.core.engine import step_numba  # noqa: PLC0415 (numba takes a second to import)

    return step_numba.NUMBA_KERNEL


def get_kernel_name() -> str:
    """Return what steps the blocks, for people."""
    return "NumPy" if choose_kernel() is NUMPY_KERNEL else "Numba"


def choose_block_map(fleet_size: int) -> MapBlocks:
    """Return how the blocks of a fleet are gone through."""
    side_by_side = choose_kernel() is not NUMPY_KERNEL and fleet_size >= MIN_THREADED_FLEET
    return map_in_threads if side_by_side else map


def map_in_threads(step: Callable[[int], Floats], firsts: Iterable[int]) -> Iterable[Floats]:
    """Go through blocks side by side, a thread per core."""
    return _get_thread_pool().map(step, firsts)


@cache
def _get_thread_pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="blocks")

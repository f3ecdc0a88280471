"""Backend of the engine: Numba or NumPy, in one thread or in several."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.engine.engine import MapBlocks
from ev2gym_dashboard.core.engine.kernel import Kernel
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.service.runtime.environment import read_kernel_name
from ev2gym_dashboard.service.runtime.kernel_cache import choose_kernel_cache
from ev2gym_dashboard.service.runtime.quick_imports import pause_collector

MIN_THREADED_FLEET = 200_000
"""Fleet size from which several threads are faster than one."""

_import_lock = Lock()


@cache
def choose_kernel() -> Kernel:
    """Return Numba's kernel, or NumPy's under ``EV2GYM_DASHBOARD_KERNEL=numpy`` or ``NUMBA_DISABLE_JIT=1``.

    Raises
    ------
    ValidationError
        If the variable names another kernel.
    """
    if read_kernel_name() == "numpy":
        return NUMPY_KERNEL
    # Two threads that import different parts of Numba at once find it half made.
    with _import_lock, pause_collector():
        from numba import config  # noqa: PLC0415 (numba takes a second to import)

        # By hand as well: Numba may have read its variables already.
        config.CACHE_DIR = choose_kernel_cache()  # type: ignore[attr-defined]  # made when it is imported
        if config.DISABLE_JIT:  # type: ignore[attr-defined]  # made when it is imported
            return NUMPY_KERNEL
        from ev2gym_dashboard.compiled import kernel  # noqa: PLC0415 (numba takes a second to import)

        return kernel.COMPILED_KERNEL


def get_kernel_name() -> str:
    """Return the name of the kernel of this process."""
    return "NumPy" if choose_kernel() is NUMPY_KERNEL else "Numba"


def choose_block_map(fleet_size: int) -> MapBlocks:
    """Return the function that maps the kernel over the blocks of a fleet."""
    # Numba's kernel releases the GIL, NumPy's many small operations hold it: their threads would wait for each other.
    is_threaded = choose_kernel() is not NUMPY_KERNEL and fleet_size >= MIN_THREADED_FLEET
    return map_in_threads if is_threaded else map


def map_in_threads(step: Callable[[int], Floats], firsts: Iterable[int]) -> Iterable[Floats]:
    """Map a step over blocks in parallel, in a thread per core."""
    return _get_thread_pool().map(step, firsts)


@cache
def _get_thread_pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="blocks")

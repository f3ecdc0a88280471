"""Threads: the runs of a call in chunks, a thread each."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise


@cache
def count_threads() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _get_thread_pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count_threads(), thread_name_prefix="runs")


def sum_chunks(function: Callable[[int, int], int], n_items: int, n_chunks: int) -> int:
    """Return the sum of a function of the first and the end of each chunk; it must not hold the lock of Python."""
    *others, last = pairwise(n_items * k // n_chunks for k in range(n_chunks + 1))
    futures = [_get_thread_pool().submit(function, *chunk) for chunk in others]
    # The last one here: this thread would wait for it all the same.
    return function(*last) + sum(future.result() for future in futures)

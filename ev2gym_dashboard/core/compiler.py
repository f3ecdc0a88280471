"""Compiler of the kernels: Numba, whose machine code is kept on the disk where a folder for it can be written."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

from numba import config, njit

LOGGER = logging.getLogger(__name__)


def compile_kernel(function: Callable[..., Any]) -> Any:
    """Compile a function when it is first called; threads run it side by side, as it holds no lock."""
    return _keep_on_disk(njit(nogil=True)(function))


def compile_inner_kernel(function: Callable[..., Any]) -> Any:
    """Compile a function that kernels call often, and that only reads and writes their arrays.

    It makes neither arrays nor slices, and returns numbers. References to its arrays are not counted: for each array
    that costs as much as many steps of the work.
    """
    # Numba compiles such functions of its own with this option, which its annotations leave out.
    return _keep_on_disk(njit(nogil=True, _nrt=False)(function))  # type: ignore[call-overload]


def inline_kernel(function: Callable[..., Any]) -> Any:
    """Compile a function into those that call it."""
    return _keep_on_disk(njit(nogil=True, inline="always")(function))


def _keep_on_disk(dispatcher: Any) -> Any:
    if config.DISABLE_JIT:  # type: ignore[attr-defined]  # made when it is imported
        return dispatcher
    try:
        dispatcher.enable_caching()
    except RuntimeError:
        _tell_once()
    return dispatcher


@cache
def _tell_once() -> None:
    LOGGER.warning("no folder for compiled kernels can be written: they are compiled again in every process")

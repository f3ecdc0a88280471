"""Kernel: the functions of a step that NumPy and Numba both implement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats, Kinds, Rows
from ev2gym_dashboard.core.control.step import ComputeBlockDemand, StepBlock
from ev2gym_dashboard.core.engine.transitions_numpy import Departures, TransitionContext


@dataclass(frozen=True)
class Kernel:
    """Implementation of the step and of the transitions; see `step_numpy` and `transitions_numpy`."""

    step_block: StepBlock
    compute_block_demand: ComputeBlockDemand
    apply_departures: Callable[[TransitionContext, Rows, NDArray[np.intp]], Departures]
    apply_arrivals: Callable[[TransitionContext, Rows, NDArray[np.float32], Rows], Floats]
    apply_plug_ins: Callable[[TransitionContext, Rows, Rows, Kinds], tuple[float, float]]

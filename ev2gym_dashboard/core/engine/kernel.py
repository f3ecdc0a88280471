"""Kernel: the functions of a step that NumPy and Numba both implement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import CodeOffsets, Floats, Kinds, Rows, Steps
from ev2gym_dashboard.core.control.step import ComputeBlockDemand, Control, StepBlock
from ev2gym_dashboard.core.engine.transitions_numpy import Departures, TransitionContext


@dataclass(frozen=True)
class Kernel:
    """Implementation of the step and of the transitions; see `step_numpy` and `transitions_numpy`.

    ``run_steps`` runs up to a number of an engine's steps in one call, and returns how many; 0 where it cannot.
    ``warm_up`` applies the transitions of engines up to a step, and returns for each when its vehicles have plugged in
    last; None where it cannot.
    """

    step_block: StepBlock
    compute_block_demand: ComputeBlockDemand
    apply_departures: Callable[[TransitionContext, Rows, NDArray[np.intp]], Departures]
    apply_arrivals: Callable[[TransitionContext, Rows, NDArray[np.float32], Rows], Floats]
    apply_plug_ins: Callable[[TransitionContext, Rows, Rows, Kinds, CodeOffsets], tuple[float, float]]
    run_steps: Callable[[Any, Control, int], int] | None = None
    warm_up: Callable[[list[Any], int], list[Steps] | None] | None = None

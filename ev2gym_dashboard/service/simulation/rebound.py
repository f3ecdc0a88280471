"""Rebound: the load that returns after V2G, above that of the run without V2G."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.service.simulation.simulation import Simulation

PowerSeries = Sequence[float] | Floats
REBOUND_WINDOW_H = 6.0
"""Hours after the end of V2G in which the load is followed."""


@dataclass(frozen=True)
class Rebound:
    """The largest rebound of a run [kW], and the step of its highest load; no step without a rebound."""

    rebound_kw: float = 0.0
    step: int | None = None


def find_rebound(
    v2g_kw: PowerSeries, net_load_kw: PowerSeries, without_v2g_kw: PowerSeries, *, timestep_h: float
) -> Rebound:
    """Return the largest rebound of a run.

    Parameters
    ----------
    v2g_kw, net_load_kw : V2G and net load of the run, each (steps,) [kW]
    without_v2g_kw : net load of the same run without V2G, (steps,) [kW]
    timestep_h : length of a step [h]

    Notes
    -----
    V2G ends at each step with V2G whose next one is without. The rebound of an end is the highest net load in the 6 h
    after it, less the highest one in the same hours without V2G. The hours of the last end may be cut by the end of the
    run. Of several ends the largest rebound counts; a negative one is none.
    """
    load_kw, other_kw = np.asarray(net_load_kw, dtype=np.float64), np.asarray(without_v2g_kw, dtype=np.float64)
    n_steps = count_window_steps(timestep_h)
    return _find_rebound_after(list_v2g_ends(np.asarray(v2g_kw)), load_kw, other_kw, n_steps=n_steps)


def list_v2g_ends(v2g_kw: Floats) -> NDArray[np.intp]:
    """Return the first step without V2G after each step with V2G."""
    is_giving = v2g_kw > 0.0
    return 1 + np.flatnonzero(is_giving[:-1] & ~is_giving[1:])


def count_window_steps(timestep_h: float) -> int:
    """Return the number of steps in which the load is followed."""
    return max(round(REBOUND_WINDOW_H / timestep_h), 1)


def _find_rebound_after(starts: NDArray[np.intp], load_kw: Floats, other_kw: Floats, *, n_steps: int) -> Rebound:
    if not starts.size:
        return Rebound()
    rebounds_kw = _find_highest(load_kw, n_steps)[starts] - _find_highest(other_kw, n_steps)[starts]
    largest = int(rebounds_kw.argmax())
    if rebounds_kw[largest] <= 0.0:
        return Rebound()
    start = int(starts[largest])
    return Rebound(float(rebounds_kw[largest]), start + int(load_kw[start : start + n_steps].argmax()))


def find_rebound_of_run(run: Simulation, without_v2g: Simulation) -> Rebound:
    """Return the largest rebound of a run against the same run without V2G."""
    v2g_kw, load_kw, other_kw = run.series("v2g_kw"), run.series("net_load_kw"), without_v2g.series("net_load_kw")
    n_steps = count_window_steps(run.scenario.timestep_h)

    def find(first: int, end: int) -> Rebound:
        before, after = max(first - 1, 0), end + n_steps
        starts = list_v2g_ends(v2g_kw[before:end])
        found = _find_rebound_after(starts, load_kw[before:after], other_kw[before:after], n_steps=n_steps)
        return found if found.step is None else Rebound(found.rebound_kw, before + found.step)

    # The hours after an end in a block reach into the next one.
    return run.fold("rebound", find, _choose_larger, final_step=run.step - n_steps)


def _choose_larger(first: Rebound, later: Rebound) -> Rebound:
    return later if later.rebound_kw > first.rebound_kw else first


def _find_highest(load_kw: Floats, n_steps: int) -> Floats:
    """Return the highest load of the next ``n_steps`` steps from each step on, (steps,)."""
    padded = np.concatenate([load_kw, np.full(n_steps - 1, -np.inf)])
    highest: Floats = np.lib.stride_tricks.sliding_window_view(padded, n_steps).max(axis=1)
    return highest

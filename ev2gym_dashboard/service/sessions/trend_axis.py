"""Trend axis: the steps that a live chart shows, exact where they are few, by their minimum and maximum otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.service.simulation.downsampling import choose_bucket_steps, compute_bucket_ranges
from ev2gym_dashboard.service.simulation.simulation import Simulation

WINDOWS_H: dict[str, float] = {"day": 24, "week": 168, "all": 0}
"""Length of each window of the charts [h]; 0 for the whole run."""
WHOLE_RUN = "all"


@dataclass(frozen=True)
class TrendAxis:
    """The steps of a window of a run, and the buckets that are drawn of them.

    Parameters
    ----------
    first_step, end_step : first step of the window, and the step after its last one
    bucket_steps : steps of a bucket; of a longer one than a step, the minimum and the maximum are drawn
    window_steps : length of the window, which a short run does not fill yet; 0 for the whole run
    """

    first_step: int
    end_step: int
    bucket_steps: int
    window_steps: int = 0

    @property
    def is_envelope(self) -> bool:
        return self.bucket_steps > 1

    @property
    def point_steps(self) -> int:
        """Steps from a drawn point to the next one: both points of a bucket share its time."""
        # A bucket has a power of 2 of steps.
        return max(self.bucket_steps // 2, 1)

    @property
    def n_points(self) -> int:
        return len(self.starts) * (2 if self.is_envelope else 1)

    @property
    def starts(self) -> NDArray[np.intp]:
        """Start of each bucket within the window, (buckets,)."""
        return np.arange(0, self.end_step - self.first_step, self.bucket_steps)

    def draw(self, values: Floats) -> list[float]:
        """Return the points of a series of the whole run, (steps,): its values, or minimum and maximum per bucket."""
        return self.draw_window(values[self.first_step : self.end_step])

    def draw_window(self, values: Floats) -> list[float]:
        """Return the points of the steps of the window, (steps,)."""
        window = np.asarray(values, dtype=np.float64)
        points: list[float] = (compute_bucket_ranges(window, self.starts) if self.is_envelope else window).tolist()
        return points

    def draw_postes(self, simulation: Simulation) -> list[str]:
        """Return the time-of-use period at the time of each point."""
        postes = simulation.series("poste")[self.first_step : self.end_step]
        # The last bucket may end before its second point.
        places = np.minimum(np.arange(self.n_points) * self.point_steps, max(len(postes) - 1, 0))
        return [POSTES[int(poste)] for poste in postes[places]]


def make_trend_axis(simulation: Simulation, window: str = WHOLE_RUN) -> TrendAxis:
    """Return the axis of a window, a key of `WINDOWS_H`, up to the current step of a run."""
    step, window_steps = simulation.step, round(WINDOWS_H[window] * 60 / simulation.scenario.timestep_min)
    n_steps = min(step, window_steps or step)
    point_steps = choose_bucket_steps(window_steps or step)
    # Two points per bucket, so that an envelope has no more of them than an exact series.
    bucket_steps = 2 * point_steps if point_steps > 1 else 1
    # Whole buckets since the start of the run: they keep their steps while the window moves on.
    first_step = (step - n_steps) // bucket_steps * bucket_steps
    return TrendAxis(first_step, step, bucket_steps, window_steps)

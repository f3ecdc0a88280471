"""Connection that a run would need: the same run without a limit, from the first step that the limit may cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.engine.recorder import Recorder
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.strategies import STRATEGIES

RESTART_STEPS = 24
"""Steps between two copies of a run that its connection has not cut; at the first cut they are run again."""
LIMIT_TOLERANCE_KW = 1e-3


@dataclass
class UnlimitedRun:
    """A run without the limit of its connection; its site cap stays.

    Until the limit cuts the run, both are the same, so that no further simulation is stepped.

    Parameters
    ----------
    simulation : the run without limit; until ``active``, a copy of the run before its last steps
    first_step : step from which on ``simulation`` is a run of its own, with records from there on, or of all steps
        under a strategy that plans
    active : whether the limit has cut the run
    dropped_peak_kw : largest net load, in either direction, of the steps whose records are dropped [kW]
    """

    simulation: Simulation
    first_step: int
    active: bool = False
    dropped_peak_kw: float = 0.0

    @classmethod
    def start(cls, run: Simulation) -> UnlimitedRun:
        """Return the counterfactual of a run that its connection has not cut so far."""
        return cls(_copy_unlimited(run), run.step)

    def set(self, run: Simulation, *, overrides: Sequence[Mapping[str, Any]] = ()) -> None:
        """Take over the settings of the run, and what the user decides for vehicles; an event reduces no limit here."""
        # A copy that is made anew has the decisions of the run.
        own = overrides if self.active else ()
        if not self.active:
            # The steps before the change have the former settings.
            self._renew(run)
        elif STRATEGIES[run.strategy].plans:
            self._complete_records(run)
        self.simulation.set(strategy=run.strategy, v2g=run.v2g, params=dict(run.params), overrides=own)

    def follow(self, run: Simulation) -> None:
        """Advance to the step of the run."""
        if self.needs_steps(run):
            self.simulation.advance(run.step - self.simulation.step)

    def needs_steps(self, run: Simulation) -> bool:
        """Return whether the limit has cut the run, so that `simulation` is to be advanced to its step."""
        self.active = self.active or _is_cut(run, self.first_step)
        if not self.active and run.step - self.first_step >= RESTART_STEPS:
            self._renew(run)
        return self.active

    def compute_needed_kva(self, run: Simulation) -> float:
        """Return the apparent power that the run would have needed so far, in either direction [kVA].

        ``run`` may also be at a past step, in which its limit may not have cut it yet.
        """
        load_kw = run.series("net_load_kw")
        if not self.active or (run.step < self.simulation.step and not _is_cut(run, self.first_step)):
            return _find_peak_kw(load_kw) / run.scenario.power_factor
        peaks_kw = _find_peak_kw(load_kw[: self.first_step]), self._find_peak_kw(run.step)
        return max(peaks_kw) / run.scenario.power_factor

    def drop_records(self) -> None:
        """Keep of the steps so far their peak alone; nothing is dropped that a plan of the strategy reads."""
        if self.active and not STRATEGIES[self.simulation.strategy].plans:
            self.dropped_peak_kw = self._find_peak_kw(self.simulation.step)
            self.simulation.engine.records = Recorder()

    def _find_peak_kw(self, end_step: int) -> float:
        load_kw = self.simulation.series("net_load_kw")
        first_recorded = self.simulation.step - len(load_kw)
        return max(self.dropped_peak_kw, _find_peak_kw(load_kw[: end_step - first_recorded]))

    def _complete_records(self, run: Simulation) -> None:
        """Put the steps before its first record in front: until then, it was the run itself."""
        engine = self.simulation.engine
        columns, first = engine.records.series, engine.step - len(engine.records.series["net_load_kw"])
        complete = {name: np.concatenate([_select_steps(run, name, 0, first), columns[name]]) for name in columns}
        engine.records = Recorder.restore(complete, engine.records.last)

    def _renew(self, run: Simulation) -> None:
        self.simulation, self.first_step = _copy_unlimited(run), run.step


class UnsteppedRun(UnlimitedRun):
    """Stand-in for the run without a limit, of which no step is computed."""

    def set(self, run: Simulation, *, overrides: Sequence[Mapping[str, Any]] = ()) -> None:
        """Do nothing."""

    def needs_steps(self, _run: Simulation) -> bool:
        """Return False."""
        return False


def _find_peak_kw(load_kw: Floats) -> float:
    """Return the largest load in either direction, 0 without steps [kW]."""
    return max(float(load_kw.max(initial=0.0)), -float(load_kw.min(initial=0.0)))


def _copy_unlimited(run: Simulation) -> Simulation:
    # A plan reads the peak that the run has reached.
    copy = run.fork(1)[0] if STRATEGIES[run.strategy].plans else run.fork_without_records()
    copy.lift_limit()
    return copy


def _is_cut(run: Simulation, first_step: int) -> bool:
    """Return whether the limit may have cut the run since a step: a site that is cut runs at its limit or above it."""
    net_load_kw, limit_kw = (_select_steps(run, name, first_step) for name in ("net_load_kw", "limit_kw"))
    return bool((np.abs(net_load_kw) >= limit_kw - LIMIT_TOLERANCE_KW).any())


def _select_steps(run: Simulation, name: str, first_step: int, end_step: int | None = None) -> Floats:
    values: Floats = run.series(name)[first_step:end_step]
    return values

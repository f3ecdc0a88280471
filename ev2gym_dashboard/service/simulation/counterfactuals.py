"""Counterfactuals: two further runs on the same arrivals, and the savings of a run against each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import getitem
from typing import Any

from ev2gym_dashboard.core.control.overrides import AS_STRATEGY, LEAVE
from ev2gym_dashboard.core.engine.recorder import Recorder
from ev2gym_dashboard.core.kpis import KPIS, RAW_PREFIX, SAVING_INFIX, add_owed
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.demand_response import NO_EFFECT, EventCounterfactual, list_tracked_steps
from ev2gym_dashboard.service.simulation.investment import compute_investment_kpis
from ev2gym_dashboard.service.simulation.merged_changes import merge_changes
from ev2gym_dashboard.service.simulation.needed_connection import UnlimitedRun, UnsteppedRun
from ev2gym_dashboard.service.simulation.rebound import Rebound, find_rebound_of_run
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.service.simulation.schedule import NO_EFFECT as NO_SCHEDULE_EFFECT
from ev2gym_dashboard.service.simulation.schedule import compute_schedule_effect, drop_schedule
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.v2g_value import V2gValue, compute_v2g_value, list_value_kpis
from ev2gym_dashboard.service.simulation.vehicle_trace import VehicleChoice

BASELINE_STRATEGY = "uncontrolled"
"""The strategy that every other one is compared with: each vehicle charges at once."""

WITHOUT_V2G = "without_v2g"
COUNTERFACTUALS = (BASELINE_STRATEGY, WITHOUT_V2G)
"""The baseline strategy without V2G; the strategy of the run without V2G."""

SAVINGS = tuple(name for name, kpi in KPIS.items() if kpi.saving)
"""KPIs whose difference to a counterfactual is a KPI too."""


@dataclass
class CounterfactualRuns:
    """A run and its counterfactuals, stepped together.

    Parameters
    ----------
    simulation : the run
    counterfactuals : a simulation per entry of `COUNTERFACTUALS`
    unlimited : the run without the limit of its connection
    event_counterfactual : the run without its last demand-response event, once that has begun
    """

    simulation: Simulation
    counterfactuals: dict[str, Simulation]
    unlimited: UnlimitedRun
    event_counterfactual: EventCounterfactual | None = None

    @property
    def step(self) -> int:
        """Number of steps since the start."""
        return self.simulation.step

    def fork(self) -> CounterfactualRuns:
        """Return runs that continue independently from here, with the same arrivals; see `without_unlimited`."""
        (simulation,) = self.simulation.fork(1)
        counterfactuals = {name: counterfactual.fork(1)[0] for name, counterfactual in self.counterfactuals.items()}
        event = self.event_counterfactual and self.event_counterfactual.fork()
        return CounterfactualRuns(simulation, counterfactuals, self.unlimited, event).without_unlimited()

    def without_unlimited(self) -> CounterfactualRuns:
        """Return these runs, of which the one without the limit of its connection takes no further step."""
        return replace(self, unlimited=UnsteppedRun(self.simulation, self.step))

    def set(self, **settings: Any) -> None:
        """Change settings of the run, and those that its counterfactuals share with it, from the next step on.

        See `SteppedRun.set`.
        """
        self.apply([settings])

    def apply(self, changes: Iterable[Mapping[str, Any]]) -> None:
        """Change settings several times before the next step, as `set` with each of them."""
        for settings in merge_changes(changes):
            self._set_runs(**settings)
            if self.unlimited.active:
                self.unlimited.set(self.simulation, overrides=settings.get("overrides", ()))
        if not self.unlimited.active:
            # Once for all: until the limit cuts the run, that copies the fleet.
            self.unlimited.set(self.simulation)

    def _set_runs(
        self,
        *,
        strategy: str | None = None,
        v2g: bool | None = None,
        params: Mapping[str, float] | None = None,
        event: Mapping[str, float] | None = None,
        overrides: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.simulation.set(strategy=strategy, v2g=v2g, params=params, event=event, overrides=overrides)
        self.counterfactuals[WITHOUT_V2G].set(strategy=strategy, params=params, event=event, overrides=overrides)
        # The baseline keeps its strategy, but the connection of its site is reduced in the event too, and its vehicles
        # come and go as those of the run.
        of_stays = [override for override in overrides if override["action"] in (LEAVE, AS_STRATEGY)]
        self.counterfactuals[BASELINE_STRATEGY].set(event=event, overrides=of_stays)
        if self.event_counterfactual:
            self.event_counterfactual.set(strategy=strategy, v2g=v2g, params=params, overrides=overrides)

    def advance(self, n_steps: int = 1) -> None:
        """Run ``n_steps`` steps of the run, its counterfactuals and that of its event while it lasts."""
        end_step = self.simulation.step + n_steps
        while self.simulation.step < end_step:
            n_now = self.begin_stretch(end_step) - self.simulation.step
            for simulation in (self.simulation, *self.counterfactuals.values()):
                simulation.advance(n_now)
            self.unlimited.follow(self.simulation)
            self.follow_event()

    def disable_threads(self) -> None:
        """Step the blocks of all fleets one after the other: for processes that share the cores."""
        for simulation in (self.simulation, *self.counterfactuals.values(), self.unlimited.simulation):
            simulation.disable_threads()

    def begin_stretch(self, end_step: int) -> int:
        """Return the step, up to ``end_step``, to which the run and its counterfactuals may advance at once."""
        tracked_steps, step = list_tracked_steps(self.simulation.scenario), self.simulation.step
        if tracked_steps and step == tracked_steps.start:
            self.event_counterfactual = EventCounterfactual.start(self.simulation)
        # The counterfactual of an event forks off in the very step in which the event begins.
        return min([edge for edge in (tracked_steps.start, tracked_steps.stop) if edge > step] + [end_step])

    def follow_event(self) -> None:
        """Advance the counterfactual of the event, while it lasts, to the step of the run."""
        if self.event_counterfactual:
            self.event_counterfactual.follow(self.simulation)

    def result(self) -> Result:
        """Return the result of the run so far, with its savings and the value of V2G among its KPIs."""
        value = self.value
        return self._make_result(self._list_value_kpis(value) | self.peak_kpis | self.event_effect, value)

    def finish(self) -> Result:
        """Return the result of a run that ends here; its counterfactuals are dropped as soon as nothing needs them."""
        # The records of a year by the minute take 100 MB a simulation, those of its bill 30, and its table 150.
        peak_kpis, event_effect = self.peak_kpis, self.event_effect
        # The run itself stands in for the copy that no step will ask for.
        self.unlimited, self.event_counterfactual = UnlimitedRun(self.simulation, self.simulation.step), None
        # Only its KPIs are read from here on.
        self.counterfactuals[BASELINE_STRATEGY].read_kpis_alone()
        self.counterfactuals[BASELINE_STRATEGY].engine.records = Recorder()
        self.counterfactuals[WITHOUT_V2G].read_kpis_alone()
        value = self.value
        kpis = self._list_value_kpis(value) | peak_kpis | event_effect
        self.counterfactuals = {}
        return self._make_result(kpis, value)

    @property
    def kpis(self) -> dict[str, float]:
        """KPIs of the run so far, with its savings and the value of V2G."""
        return self._list_value_kpis(self.value) | self.peak_kpis | self.event_effect

    def _list_value_kpis(self, value: V2gValue) -> dict[str, float]:
        kpis = self.simulation.kpis | self.savings | list_value_kpis(value)
        kpis |= compute_investment_kpis(self.simulation.scenario, kpis, n_steps=self.simulation.step)
        return kpis | self.schedule_effect

    def _make_result(self, kpis: dict[str, float], value: V2gValue) -> Result:
        result = self.simulation.result()
        return replace(result, kpis=kpis, models=result.models.assign(v2g_net_mad=value.per_model_mad))

    @property
    def schedule_effect(self) -> dict[str, float]:
        """The effect of the schedule, against the present settings from the start without it, by KPI."""
        run = self.simulation
        if not run.scenario.setpoint_profile:
            return NO_SCHEDULE_EFFECT
        without = Simulation(drop_schedule(run.scenario))
        without.set(strategy=run.strategy, v2g=run.v2g, params=dict(run.params))
        without.advance(run.step)
        return compute_schedule_effect(run.scenario, run.series("net_power_kw"), without.series("net_power_kw"))

    @property
    def event_effect(self) -> dict[str, float]:
        """The effect of the last demand-response event so far, by KPI; zeros before the first one."""
        event = self.event_counterfactual
        return NO_EFFECT if event is None else event.compute_effect(self.simulation)

    @property
    def peak_kpis(self) -> dict[str, float]:
        """The connection that the run would need so far, and the rebound after its V2G, by KPI."""
        needed_kva = self.unlimited.compute_needed_kva(self.simulation)
        return {"needed_connection_kva": needed_kva, "rebound_kw": self.rebound.rebound_kw}

    @property
    def rebound(self) -> Rebound:
        """The largest rebound after V2G so far."""
        return find_rebound_of_run(self.simulation, self.counterfactuals[WITHOUT_V2G])

    @property
    def savings(self) -> dict[str, float]:
        """Savings against each counterfactual by ``"<kpi>_saved_vs_<counterfactual>"``; negative where it costs.

        The energy that the batteries owe at the end counts; the savings without it have the prefix `RAW_PREFIX`.
        """
        run_kpis = self.simulation.kpis
        counterfactual_kpis = {name: simulation.kpis for name, simulation in self.counterfactuals.items()}
        return {
            f"{prefix}{kpi}{SAVING_INFIX}{name}": compute(counterfactual_kpis[name], kpi) - compute(run_kpis, kpi)
            for name in COUNTERFACTUALS
            for prefix, kpi, compute in _list_savings()
        }

    @property
    def value(self) -> V2gValue:
        """The value of V2G so far: the run against the same strategy without V2G."""
        return compute_v2g_value(self.simulation, self.counterfactuals[WITHOUT_V2G])


def _list_savings() -> list[tuple[str, str, Callable[[Mapping[str, float], str], float]]]:
    """Return the prefix and the KPI of each saving, and the function that it compares."""
    corrected = [("", kpi, add_owed) for kpi in SAVINGS]
    return corrected + [(RAW_PREFIX, kpi, getitem) for kpi in SAVINGS if KPIS[kpi].owed]


def start_counterfactual_runs(scenario: Scenario, *, trace: VehicleChoice = None) -> CounterfactualRuns:
    """Start a run, which keeps the past of the vehicles of ``trace``, and its counterfactuals, which do not.

    Raises
    ------
    ValidationError
        With every issue of the scenario, or of the trace.
    """
    return add_counterfactuals(Simulation(scenario, trace=trace))


def add_counterfactuals(simulation: Simulation) -> CounterfactualRuns:
    """Return a run that has not begun with its counterfactuals."""
    # Forks of one simulation: the three have the same fleet and arrivals, which are drawn once.
    baseline, without_v2g = simulation.fork(2)
    baseline.set(strategy=BASELINE_STRATEGY, v2g=False)
    without_v2g.set(v2g=False)
    counterfactuals = {BASELINE_STRATEGY: baseline, WITHOUT_V2G: without_v2g}
    return CounterfactualRuns(simulation, counterfactuals, UnlimitedRun.start(simulation))

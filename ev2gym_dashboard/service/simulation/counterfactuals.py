"""Against what would have been: two shadow runs on the same arrivals, and every saving is a difference to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.demand_response import NO_EFFECT, EventCounterfactual, list_tracked_steps
from ev2gym_dashboard.service.simulation.progress import Progress, ignore_progress
from ev2gym_dashboard.service.simulation.simulation import Result, Simulation
from ev2gym_dashboard.service.simulation.v2g_value import V2gValue, compute_v2g_value

COUNTERFACTUALS = ("uncontrolled", "without_v2g")
"""All charge at once; the same strategy, the V2G switch off."""

VALUE_KPIS = ("bill_mad", "stored_mad", "wear_mad", "net_mad", "loss_mad", "spread_mad_kwh", "breakeven_mad_kwh")
"""The figures of the value of V2G that a result carries, with ``v2g_`` before their names."""

SAVINGS = ("peak_kw", "site_peak_kw", "cost_mad", "import_kwh", "co2_kg", "wear_mad", "unserved_kwh")
"""The figures whose difference to a shadow is a saving."""


@dataclass
class CounterfactualRuns:
    """A run and its counterfactuals, stepped together; ``event_counterfactual`` is that of the last event."""

    simulation: Simulation
    counterfactuals: dict[str, Simulation]
    event_counterfactual: EventCounterfactual | None = None

    def set(
        self,
        *,
        strategy: str | None = None,
        v2g: bool | None = None,
        params: Mapping[str, float] | None = None,
        event: Mapping[str, float] | None = None,
    ) -> None:
        """Change the run from here on; its counterfactuals follow as far as they are like it."""
        self.simulation.set(strategy=strategy, v2g=v2g, params=params, event=event)
        self.counterfactuals["without_v2g"].set(strategy=strategy, params=params, event=event)
        self.counterfactuals["uncontrolled"].set(event=event)
        if self.event_counterfactual:
            self.event_counterfactual.set(strategy=strategy, v2g=v2g, params=params)

    def advance(self, n_steps: int = 1) -> None:
        """Run ``n_steps`` steps of all, beside the run without its event while there is something to compare."""
        end = self.simulation.step + n_steps
        while self.simulation.step < end:
            watched = list_tracked_steps(self.simulation.scenario)
            if watched and self.simulation.step == watched.start:
                self.event_counterfactual = EventCounterfactual.start(self.simulation)
            edges = (step for step in (watched.start, watched.stop) if self.simulation.step < step < end)
            self._advance(min(edges, default=end) - self.simulation.step)

    def _advance(self, n_steps: int) -> None:
        for simulation in (self.simulation, *self.counterfactuals.values()):
            simulation.advance(n_steps)
        if self.event_counterfactual:
            self.event_counterfactual.advance(n_steps)

    def result(self) -> Result:
        """Return what the run gave so far, with what it saves and what V2G is worth among its figures."""
        result, value = self.simulation.result(), self.value
        figures = {f"v2g_{name}": getattr(value, name) for name in VALUE_KPIS}
        figures |= (
            NO_EFFECT
            if self.event_counterfactual is None
            else self.event_counterfactual.compute_effect(self.simulation)
        )
        models = result.models.assign(v2g_net_mad=value.per_model_mad)
        return replace(result, kpis=result.kpis | self.savings | figures, models=models)

    @property
    def savings(self) -> dict[str, float]:
        """What the run saves against each shadow, by ``"<figure>_saved_vs_<shadow>"``; negative where it costs."""
        ours, theirs = self.simulation.kpis, {name: shadow.kpis for name, shadow in self.counterfactuals.items()}
        return {
            f"{figure}_saved_vs_{name}": theirs[name][figure] - ours[figure]
            for name in COUNTERFACTUALS
            for figure in SAVINGS
        }

    @property
    def value(self) -> V2gValue:
        """What V2G is worth so far: the run against the same strategy without it."""
        return compute_v2g_value(self.simulation, self.counterfactuals["without_v2g"])


def start_counterfactual_runs(scenario: Scenario) -> CounterfactualRuns:
    """Start a run with its counterfactuals; raises `ValidationError` with every issue of the scenario."""
    run = Simulation(scenario)
    uncontrolled, without_v2g = run.fork(2)
    uncontrolled.set(strategy="uncontrolled", v2g=False)
    without_v2g.set(v2g=False)
    return CounterfactualRuns(run, dict(zip(COUNTERFACTUALS, (uncontrolled, without_v2g), strict=True)))


def simulate(scenario: Scenario, *, progress: Progress = ignore_progress) -> Result:
    """Run a scenario and its counterfactuals for its ``days``; report the share done to ``progress`` after each day.

    Raises
    ------
    ValueError
        One, that lists every issue of the scenario.
    """
    runs = start_counterfactual_runs(scenario)
    for step in range(0, scenario.n_steps, scenario.steps_per_day):
        runs.advance(min(scenario.steps_per_day, scenario.n_steps - step))
        progress(runs.simulation.step / scenario.n_steps)
    return runs.result()

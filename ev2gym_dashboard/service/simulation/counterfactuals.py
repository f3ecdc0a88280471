"""Against what would have been: two shadow runs on the same arrivals, and every saving is a difference to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ev2gym_dashboard.core.kpis import KPIS, SAVING_INFIX
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.demand_response import NO_EFFECT, EventCounterfactual, list_tracked_steps
from ev2gym_dashboard.service.simulation.progress import Progress, ignore_progress
from ev2gym_dashboard.service.simulation.simulation import Result, Simulation
from ev2gym_dashboard.service.simulation.v2g_value import V2gValue, compute_v2g_value

COUNTERFACTUALS = ("uncontrolled", "without_v2g")
"""All charge at once; the same strategy, the V2G switch off."""

VALUE_KPIS = ("bill_mad", "stored_mad", "wear_mad", "net_mad", "loss_mad", "spread_mad_kwh", "breakeven_mad_kwh")
"""The figures of the value of V2G that a result carries, with ``v2g_`` before their names."""

SAVINGS = tuple(name for name, kpi in KPIS.items() if kpi.saving)
"""KPIs whose difference to a counterfactual is a KPI too."""


@dataclass
class CounterfactualRuns:
    """A run and its counterfactuals, stepped together; ``watch`` follows the last demand-response event."""

    run: Simulation
    counterfactuals: dict[str, Simulation]
    watch: EventCounterfactual | None = None

    def set(
        self,
        *,
        strategy: str | None = None,
        v2g: bool | None = None,
        params: Mapping[str, float] | None = None,
        event: Mapping[str, float] | None = None,
    ) -> None:
        """Change the run from here on; its counterfactuals follow as far as they are like it."""
        self.run.set(strategy=strategy, v2g=v2g, params=params, event=event)
        self.counterfactuals["without_v2g"].set(strategy=strategy, params=params, event=event)
        self.counterfactuals["uncontrolled"].set(event=event)
        if self.watch:
            self.watch.set(strategy=strategy, v2g=v2g, params=params)

    def advance(self, n_steps: int = 1) -> None:
        """Run ``n_steps`` steps of all, beside the run without its event while there is something to compare."""
        end = self.run.step + n_steps
        while self.run.step < end:
            watched = list_tracked_steps(self.run.scenario)
            if watched and self.run.step == watched.start:
                self.watch = EventCounterfactual.begin(self.run)
            edges = (step for step in (watched.start, watched.stop) if self.run.step < step < end)
            self._advance(min(edges, default=end) - self.run.step)

    def _advance(self, n_steps: int) -> None:
        for simulation in (self.run, *self.counterfactuals.values()):
            simulation.advance(n_steps)
        if self.watch:
            self.watch.advance(n_steps)

    def result(self) -> Result:
        """Return what the run gave so far, with what it saves and what V2G is worth among its figures."""
        result, value = self.run.result(), self.value
        figures = {f"v2g_{name}": getattr(value, name) for name in VALUE_KPIS}
        figures |= NO_EFFECT if self.watch is None else self.watch.effect(self.run)
        models = result.models.assign(v2g_net_mad=value.per_model_mad)
        return replace(result, kpis=result.kpis | self.savings | figures, models=models)

    @property
    def savings(self) -> dict[str, float]:
        """What the run saves against each shadow, by ``"<figure>_saved_vs_<shadow>"``; negative where it costs."""
        ours, theirs = self.run.kpis, {name: shadow.kpis for name, shadow in self.counterfactuals.items()}
        return {
            f"{figure}{SAVING_INFIX}{name}": theirs[name][figure] - ours[figure]
            for name in COUNTERFACTUALS
            for figure in SAVINGS
        }

    @property
    def value(self) -> V2gValue:
        """What V2G is worth so far: the run against the same strategy without it."""
        return compute_v2g_value(self.run, self.counterfactuals["without_v2g"])


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
        progress(runs.run.step / scenario.n_steps)
    return runs.result()

"""Against what would have been: two shadow runs on the same arrivals, and every saving is a difference to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.demand_response import NO_EFFECT, Watch, watched_steps
from ev2gym_dashboard.service.simulation.progress import Progress, silent
from ev2gym_dashboard.service.simulation.simulation import Result, Simulation
from ev2gym_dashboard.service.simulation.v2g_value import Value, value_of

SHADOWS = ("uncontrolled", "without_v2g")
"""All charge at once; the same strategy, the V2G switch off."""

VALUE_KPIS = ("bill_mad", "stored_mad", "wear_mad", "net_mad", "loss_mad", "spread_mad_kwh", "breakeven_mad_kwh")
"""The figures of the value of V2G that a result carries, with ``v2g_`` before their names."""

SAVINGS = ("peak_kw", "site_peak_kw", "cost_mad", "import_kwh", "co2_kg", "wear_mad", "unserved_kwh")
"""The figures whose difference to a shadow is a saving."""


@dataclass
class Beside:
    """A run and its shadows, stepped together; ``watch`` follows the last demand-response event that has begun."""

    run: Simulation
    shadows: dict[str, Simulation]
    watch: Watch | None = None

    def set(
        self,
        *,
        strategy: str | None = None,
        v2g: bool | None = None,
        params: Mapping[str, float] | None = None,
        event: Mapping[str, float] | None = None,
    ) -> None:
        """Change the run from here on; its shadows follow as far as they are like it."""
        self.run.set(strategy=strategy, v2g=v2g, params=params, event=event)
        self.shadows["without_v2g"].set(strategy=strategy, params=params, event=event)
        self.shadows["uncontrolled"].set(event=event)
        if self.watch:
            self.watch.set(strategy=strategy, v2g=v2g, params=params)

    def advance(self, n_steps: int = 1) -> None:
        """Run ``n_steps`` steps of all, beside the run without its event while there is something to compare."""
        end = self.run.step + n_steps
        while self.run.step < end:
            watched = watched_steps(self.run.scenario)
            if watched and self.run.step == watched.start:
                self.watch = Watch.begin(self.run)
            edges = (step for step in (watched.start, watched.stop) if self.run.step < step < end)
            self._advance(min(edges, default=end) - self.run.step)

    def _advance(self, n_steps: int) -> None:
        for simulation in (self.run, *self.shadows.values()):
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
        ours, theirs = self.run.kpis, {name: shadow.kpis for name, shadow in self.shadows.items()}
        return {
            f"{figure}_saved_vs_{name}": theirs[name][figure] - ours[figure] for name in SHADOWS for figure in SAVINGS
        }

    @property
    def value(self) -> Value:
        """What V2G is worth so far: the run against the same strategy without it."""
        return value_of(self.run, self.shadows["without_v2g"])


def beside(scenario: Scenario) -> Beside:
    """Start a run with its shadows; raises `Invalid` with every issue of the scenario."""
    run = Simulation(scenario)
    uncontrolled, without_v2g = run.fork(2)
    uncontrolled.set(strategy="uncontrolled", v2g=False)
    without_v2g.set(v2g=False)
    return Beside(run, dict(zip(SHADOWS, (uncontrolled, without_v2g), strict=True)))


def simulate(scenario: Scenario, *, progress: Progress = silent) -> Result:
    """Run a scenario for its ``days``, with its shadows; tell ``progress`` the share that is done, after each day.

    Raises
    ------
    ValueError
        One, that lists every issue of the scenario.
    """
    runs = beside(scenario)
    for step in range(0, scenario.n_steps, scenario.steps_per_day):
        runs.advance(min(scenario.steps_per_day, scenario.n_steps - step))
        progress(runs.run.step / scenario.n_steps)
    return runs.result()

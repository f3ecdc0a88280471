"""Alternative run: a live run under another strategy from its start, on the same arrivals, for a page with both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ev2gym_dashboard.service.sessions.replay import replay_changes
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.trend_axis import TrendAxis
from ev2gym_dashboard.service.simulation.simulation import Simulation

FIRST_CHUNK_STEPS = 4
DIFFERENCE_COLUMNS = (
    "n_connected",
    "n_charging",
    "n_discharging",
    "n_idle",
    "n_waiting",
    "soc_mean",
    "g2v_kw",
    "v2g_kw",
    "net_power_kw",
)


@dataclass
class AlternativeRun:
    """The alternative of a run, and the run that it has followed so far."""

    strategy: str
    simulation: Simulation
    followed: RunSpec

    @classmethod
    def start(cls, run: RunSpec, strategy: str) -> AlternativeRun:
        """Return the alternative of a run at its first step."""
        alternative = make_alternative_spec(run, strategy)
        return cls(strategy, Simulation(alternative.scenario), replace(run, changes=(), step=0))

    @property
    def step(self) -> int:
        return self.simulation.step

    def can_follow(self, run: RunSpec, strategy: str) -> bool:
        """Return whether this run becomes the alternative of a run by going on."""
        n, step = len(self.followed.changes), self.step
        if (self.strategy, self.followed.scenario) != (strategy, run.scenario) or step > run.step:
            return False
        return run.changes[:n] == self.followed.changes and all(change.step >= step for change in run.changes[n:])

    def advance(self, run: RunSpec, *, must_stop: Callable[[], bool]) -> None:
        """Go on to the step of a run, or as far as it came before ``must_stop`` returned True."""
        n_steps = FIRST_CHUNK_STEPS
        changes: Sequence[Change] = make_alternative_spec(run, self.strategy).changes[len(self.followed.changes) :]
        while self.step < run.step or changes:
            changes = replay_changes(self.simulation, changes, min(self.step + n_steps, run.step))
            self.followed = replace(run, changes=run.changes[: len(run.changes) - len(changes)], step=self.step)
            if must_stop():
                return
            n_steps *= 2


@dataclass(frozen=True)
class AlternativeView:
    """The alternative at a step of its run.

    Parameters
    ----------
    strategy : key of its strategy
    net_power_kw : its net power, as points of the trend axis of the run
    differences : its figures less those of the run, by name: those of `DIFFERENCE_COLUMNS` in the last step,
        ``import_kwh`` since the start, and at the current step ``energy_cost_mad``, that of the energy since the start
    """

    strategy: str
    net_power_kw: list[float]
    differences: dict[str, float]


def make_alternative_spec(run: RunSpec, strategy: str) -> RunSpec:
    """Return a run under another strategy from its start; its other changes stay."""
    changes = tuple(replace(change, items=_drop_strategy(change)) for change in run.changes)
    return replace(run, scenario=replace(run.scenario, strategy=strategy), changes=changes)


def make_alternative_view(run: Simulation, alternative: AlternativeRun, axis: TrendAxis) -> AlternativeView:
    """Return the view of an alternative at the step of a run, which may be a past one of that which it follows."""
    simulation = alternative.simulation
    return AlternativeView(
        alternative.strategy,
        net_power_kw=axis.draw(simulation.series("net_power_kw")),
        differences=compute_differences(run, simulation),
    )


def compute_differences(run: Simulation, alternative: Simulation) -> dict[str, float]:
    """Return the figures of an alternative at the step of a run less those of the run, see `AlternativeView`."""
    if (step := run.step) == 0:
        return dict.fromkeys((*DIFFERENCE_COLUMNS, "import_kwh"), 0.0)
    last = {name: (alternative.series(name)[step - 1], run.series(name)[step - 1]) for name in DIFFERENCE_COLUMNS}
    differences = {name: float(value) - float(of_run) for name, (value, of_run) in last.items()}
    import_kwh, of_run_kwh = (float(one.series("g2v_kw")[:step].sum()) for one in (alternative, run))
    differences["import_kwh"] = (import_kwh - of_run_kwh) * run.scenario.timestep_h
    # Of a past step, no series holds the costs of the vehicles.
    if step == alternative.step:
        cost_mad, of_run_mad = (float(one.model_totals.energy_cost_mad.sum()) for one in (alternative, run))
        differences["energy_cost_mad"] = cost_mad - of_run_mad
    return differences


def _drop_strategy(change: Change) -> tuple[tuple[str, object], ...]:
    return tuple(item for item in change.items if item[0] != "strategy")

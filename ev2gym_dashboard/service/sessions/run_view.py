"""RunView: the time, the price, the active settings and the next hours of a run, which every page of the run shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ev2gym_dashboard.service.datasets.catalogs import LoadedCatalog
from ev2gym_dashboard.service.sessions.ahead_view import AheadView, make_ahead_view
from ev2gym_dashboard.service.sessions.energy_flow import EnergyFlow, make_energy_flow
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.simulation.simulation import Simulation


@dataclass(frozen=True)
class RunView:
    """A run at a step, before that step is simulated.

    Parameters
    ----------
    loaded_catalog : vehicle catalog in use
    price_mad_kwh : price of the coming step [MAD/kWh]
    poste : ONEE's time-of-use period of the coming step, "HP", "HPL", "HC" or "HN"
    strategy, v2g, params : active settings
    ahead : the next hours
    flow : the powers of the last step; before the first one, of the site with its fleet at rest
    """

    run: RunSpec
    time: datetime
    loaded_catalog: LoadedCatalog
    price_mad_kwh: float
    poste: str
    strategy: str
    v2g: bool
    params: dict[str, float]
    ahead: AheadView
    flow: EnergyFlow


def make_run_view(run: RunSpec, simulation: Simulation) -> RunView:
    """Return the view of a run from a simulation that has reached the step of the run."""
    moment, poste = simulation.get_moment()
    return RunView(
        run=run,
        time=simulation.time,
        loaded_catalog=simulation.loaded_catalog,
        price_mad_kwh=moment.price_mad_kwh,
        poste=poste,
        strategy=simulation.strategy,
        v2g=simulation.v2g,
        params=dict(simulation.params),
        ahead=make_ahead_view(simulation),
        flow=make_energy_flow(simulation.get_totals().to_row()),
    )


def rewind_run(run: RunSpec, step: int) -> RunSpec:
    """Return a run at a past step, with the changes up to it."""
    return replace(run, step=step, changes=tuple(change for change in run.changes if change.step <= step))

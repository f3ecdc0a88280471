"""Predictive: in every step a plan of the next 24 h, from what is known then, of which the first step is followed."""

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.elementwise import divide_where_positive
from ev2gym_dashboard.core.control.memory import Memory
from ev2gym_dashboard.core.control.observation import StepView, charge_to_soc, discharge_to_soc
from ev2gym_dashboard.core.control.planning import PlanningInputs
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.fleet.battery import FULL_SOC, TARGET_TOLERANCE_SOC
from ev2gym_dashboard.core.optimum.chains import Prices, Stays, Vehicles
from ev2gym_dashboard.core.schema import declare_quantity
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies.door.registry import register_strategy

PREDICTIVE = "predictive"
MIN_CELL_H, HORIZON_H = 0.25, 24.0
MAX_CELLS = round(HORIZON_H / MIN_CELL_H)
SITE_NUMBERS = 2 * MAX_CELLS + 1
"""What it keeps of the site: the load and the prices of its last plan, and the number of its cells, 0 before it."""
POWER_KW, SOC_AFTER, CHARGE_BELOW_SOC, GIVE_ABOVE_SOC = range(4)
"""What it keeps of each vehicle: the first step of its plan, and the thresholds that explain it."""
FIRST_SWEEPS, NEXT_SWEEPS = 4, 1
"""Answers of each vehicle in a plan without and with one of the step before to begin with."""
MIN_LOAD_KW = 1e-6
MAX_SWEPT = 50_000
"""Vehicles up to which their loads are kept from sweep to sweep, 38 MB; more of them answer once."""
NEWCOMER_H = 2.0
"""Time that a newcomer needs to charge what it needs, if its stay is long enough."""
GOLDEN_RATIO = 0.6180339887498949
WIDTH_SHARE = 0.01
TAIL_SHARE = 0.999
"""Share of the lowest price ahead that energy beyond the target is worth: all of it would charge for nothing."""
MAX_TAPER_RATE = 700.0


@dataclass(frozen=True)
class Predictive:
    """Parameters: the SOC at which V2G stops."""

    v2g_min_soc: float = declare_quantity(0.0, "", 0.0, 1.0, "Minimum SOC for V2G, at least the reserve")


def plans_v2g(_moment: Moment, params: Predictive) -> bool:
    return params.v2g_min_soc < 1.0


def plan_step(view: StepView, params: Predictive) -> tuple[Floats, Floats]:
    """Return what is kept of each vehicle, (n, 4), and load and prices of the plan, (SITE_NUMBERS,)."""
    from ev2gym_dashboard.core.optimum.rolling import plan_fleet  # noqa: PLC0415 (numba takes a second to import)

    planning = view.planning
    if planning is None:
        raise ValueError("a plan needs the planning inputs of its step")
    cell_h = max(view.moment.timestep_h, MIN_CELL_H)
    vehicles, stays = make_fleet_arrays(view, planning, cell_h)
    n_cells, n = round(HORIZON_H / cell_h), len(vehicles.row)
    rating_kw = stays.gain_kwh / cell_h
    site = make_site_ahead(view, planning, cell_h, rating_kw)
    prior_kw, n_sweeps = read_prior(view, n_cells, cell_h)
    n_sweeps = n_sweeps if n <= MAX_SWEPT else 1
    loads_kw = np.zeros((n if n_sweeps > 1 else 0, n_cells))
    first_kw, first_kwh, price_mad_kwh = np.zeros(n), np.zeros(n), np.zeros(n_cells)
    thresholds_kwh = np.zeros((2, n))
    total_kw = plan_fleet(
        tuple(vehicles),
        tuple(stays),
        tuple(Prices(planning.prices.wear_mad_kwh, find_hold_price(view, planning) * cell_h, cell_h)),
        site,
        np.argsort(np.arange(n) * GOLDEN_RATIO % 1.0, kind="stable"),
        rating_kw / max(float(rating_kw.sum()), 1e-9),
        prior_kw,
        n_sweeps,
        loads_kw,
        first_kw,
        first_kwh,
        thresholds_kwh,
        price_mad_kwh,
    )
    here = slice(0, len(view.soc))
    soc = np.minimum(np.vstack([first_kwh, thresholds_kwh])[:, here] / vehicles.capacity_kwh[here], 1.0)
    # Who has no V2G, or none within the plan, gives back above a full battery: never.
    soc[GIVE_ABOVE_SOC - SOC_AFTER, planning.discharge_kw <= 0.0] = 1.0
    kept = np.vstack([first_kw[here], soc]).T
    numbers = np.zeros(SITE_NUMBERS)
    numbers[:n_cells], numbers[MAX_CELLS : MAX_CELLS + n_cells], numbers[-1] = total_kw, price_mad_kwh, n_cells
    return kept, numbers


@register_strategy(
    key=PREDICTIVE,
    name="Predictive",
    colour="#b8478f",
    rule="Plans the next 24 hours anew in every step, at the least cost of the bill, wear and missing energy: from "
    "prices, sun and load ahead, plugged-in vehicles, and usual days for those that have yet to arrive. V2G where it "
    "pays, above {v2g_min_soc} SOC and the reserve.",
    params=Predictive,
    requests_v2g=plans_v2g,
    idle_reason=Reason.NO_NEED,
    vehicle_memory=4,
    site_memory=SITE_NUMBERS,
    remember=plan_step,
)
def predictive(view: StepView, _params: Predictive) -> Floats:
    """Follow the first step of the plan: charge up, or give back down, to the planned SOC."""
    planned_kw, soc_after = view.memory[:, [POWER_KW, SOC_AFTER]].T
    charging_kw = np.where(planned_kw > 0.0, charge_to_soc(view, soc_after), 0.0)
    power_kw: Floats = np.where(planned_kw < 0.0, discharge_to_soc(view, soc_after), charging_kw)
    return power_kw


def read_plan(memory: Memory) -> tuple[Floats, Floats]:
    """Return the load of the fleet [kW] and the marginal cost of the site [MAD/kWh] of its last plan, both (cells,).

    The cells begin with the step in which the plan was made; there are none before the first plan.
    """
    if memory.site.shape != (SITE_NUMBERS,):
        return np.zeros(0), np.zeros(0)
    n_cells = int(memory.site[-1])
    return memory.site[:n_cells].copy(), memory.site[MAX_CELLS : MAX_CELLS + n_cells].copy()


def read_thresholds(memory: Memory, rows: slice) -> tuple[Floats, Floats]:
    """Return the SOC below which vehicles charge, and above which they give back, by the plan of the last step.

    Those that were not plugged in then have thresholds of an earlier step, or zeros.
    """
    charge_below_soc, give_above_soc = memory.vehicles[rows, CHARGE_BELOW_SOC:].T
    return charge_below_soc, give_above_soc


def make_fleet_arrays(view: StepView, planning: PlanningInputs, cell_h: float) -> tuple[Vehicles, Stays]:
    """Return the vehicles that are plugged in, then those that are expected, with a stay each.

    Energies are those at the grid side that charge them, so that charging has no loss, and V2G that of the round trip.
    """
    timestep_h, needs = view.moment.timestep_h, planning.newcomers
    n, m, n_cells = len(view.soc), len(needs.need_kwh), round(HORIZON_H / cell_h)
    capacity_kwh = np.concatenate([view.kw_per_gain * timestep_h, needs.need_kwh])
    start = np.concatenate([np.zeros(n), np.clip(np.floor(needs.arrival_h / cell_h), 0, n_cells)]).astype(np.int32)
    stay_cells = np.concatenate([view.hours_left, needs.departure_h]) / cell_h
    end = np.clip(np.ceil(stay_cells - 0.5), start, n_cells).astype(np.int32)
    end[:n] = np.clip(end[:n], 1, n_cells)
    need_h = np.clip(needs.departure_h - needs.arrival_h, cell_h, NEWCOMER_H)
    gain_soc = view.gain * (cell_h / timestep_h)
    beyond = np.maximum(stay_cells[:n] - n_cells, 0.0)
    due_soc = np.maximum(view.target_soc - TARGET_TOLERANCE_SOC - gain_soc * beyond, 0.0)
    round_trip = divide_where_positive(view.kw_per_use, view.kw_per_gain, 1.0)
    give_kwh = planning.discharge_kw * cell_h / np.maximum(round_trip, 1e-9)
    # Of newcomers who leave after the 24 h, a part of their need comes after them too.
    stay_h = np.maximum(needs.departure_h - needs.arrival_h, cell_h)
    due_share = np.clip((HORIZON_H - needs.arrival_h) / stay_h, 0.0, 1.0)
    none, ones, full = np.zeros(m), np.ones(n + m), np.full(m, 1.0)
    zero = np.zeros(n + m)
    lowest_mad_kwh = float(view.moment.ahead.price_mad_kwh.min())
    # What is left is held for a day more, until it would have been charged again.
    left_mad_kwh = find_hold_price(view, planning) * HORIZON_H - TAIL_SHARE * lowest_mad_kwh
    top_soc = np.concatenate([np.maximum(view.soc, FULL_SOC), full])
    to_full = np.maximum(1.0 - view.taper_soc, np.finfo(float).tiny)
    taper_gain = -np.expm1(-np.minimum(gain_soc / to_full, MAX_TAPER_RATE))
    vehicles = Vehicles(
        row=np.arange(n + m, dtype=np.int32),
        first_stay=np.arange(n + m + 1, dtype=np.int64),
        group=np.zeros(n + m, np.int32),
        weight=ones,
        energy_kwh=np.concatenate([view.soc, none]) * capacity_kwh,
        top_kwh=top_soc * capacity_kwh,
        # Whoever stands for many newcomers has no taper.
        capacity_kwh=np.concatenate([capacity_kwh[:n], 1e6 * capacity_kwh[n:]]),
        tail_mad_kwh=np.concatenate([np.full(n, left_mad_kwh), none]),
    )
    efficiency = np.concatenate([round_trip, full])
    stays = Stays(
        start=start,
        end=end,
        drive_kwh=zero,
        drive_floor_kwh=zero,
        road_mad_kwh=zero,
        arrival_mad=zero,
        arrival_mad_kwh=zero,
        due_kwh=np.concatenate([due_soc, due_share]) * capacity_kwh,
        due_mad_kwh=np.full(n + m, planning.prices.unserved_mad_kwh),
        departure_mad_kwh=zero,
        gain_kwh=np.concatenate([gain_soc, cell_h / need_h]) * capacity_kwh,
        taper_gain=np.concatenate([taper_gain, full]),
        charge_efficiency=ones,
        charge_efficiency_low=ones,
        give_kwh=np.concatenate([give_kwh, none]),
        give_efficiency=efficiency,
        give_efficiency_low=efficiency,
        floor_kwh=np.concatenate([np.full(n, planning.floor_soc), none]) * capacity_kwh,
    )
    return vehicles, stays


def find_hold_price(view: StepView, planning: PlanningInputs) -> float:
    """Return the price of a kWh that a battery holds for an hour, 0 where a higher peak would be charged [MAD/kWh/h].

    For its sake vehicles charge late. Under a demand charge that costs more than it saves: a late plan has no slack for
    who comes then, or charges more slowly than the model does.
    """
    prices = planning.prices
    is_peak_charged = prices.demand_mad_kw > 0.0 and prices.paid_kw < float(view.moment.ahead.limit_kw.max())
    return 0.0 if is_peak_charged else prices.hold_mad_kwh_h


def make_site_ahead(view: StepView, planning: PlanningInputs, cell_h: float, rating_kw: Floats) -> tuple[object, ...]:
    """Return the `SiteAhead` of a plan as a tuple."""
    from ev2gym_dashboard.core.optimum.rolling import SiteAhead  # noqa: PLC0415 (numba takes a second to import)

    ahead, per_cell = view.moment.ahead, round(cell_h / view.moment.timestep_h)
    limit_kw = average_cells(ahead.limit_kw, per_cell)
    fleet_kw = max(float(rating_kw[: len(view.soc)].sum()), 1e-3)
    mean_kw = fleet_kw / max(len(view.soc), 1)
    return tuple(
        SiteAhead(
            other_kw=average_cells(ahead.base_load_kw - ahead.solar_kw, per_cell),
            import_mad_kwh=average_cells(ahead.price_mad_kwh, per_cell),
            export_mad_kwh=average_cells(ahead.export_mad_kwh, per_cell),
            import_limit_kw=np.minimum(limit_kw, view.moment.cap_kw),
            export_limit_kw=limit_kw,
            demand_mad_kw=planning.prices.demand_mad_kw,
            paid_kw=planning.prices.paid_kw,
            width_kw=max(mean_kw, WIDTH_SHARE * fleet_kw),
            fleet_kw=fleet_kw,
        )
    )


def average_cells(values: Floats, per_cell: int) -> Floats:
    """Return the means of a series over the cells of a plan."""
    means: Floats = values.reshape(-1, per_cell).mean(axis=1)
    return means


def read_prior(view: StepView, n_cells: int, cell_h: float) -> tuple[Floats, int]:
    """Return the load (n_cells,) that the plan of the last step expects from now on, and the sweeps that it leaves."""
    numbers = view.site_memory
    if int(numbers[-1]) != n_cells:
        return np.zeros(n_cells), FIRST_SWEEPS
    # What comes after a day is what came a day before.
    shift = view.moment.timestep_h / cell_h
    load_kw = np.append(numbers[:n_cells], numbers[0])
    prior_kw = np.interp(np.arange(n_cells) + shift, np.arange(n_cells + 1), load_kw)
    # What rounding leaves of a load would be carried from plan to plan.
    return np.where(np.abs(prior_kw) < MIN_LOAD_KW, 0.0, prior_kw), NEXT_SWEEPS

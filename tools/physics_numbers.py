"""Differences from EV2Gym 2.0.0 on the reference day, in numbers: ``python -m tools.physics_numbers`` prints the table.

With ``--write`` it also updates ``docs/physics.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.fleet.ageing import compute_nmc_calendar_loss, compute_nmc_cyclic_loss, compute_past_cycles
from ev2gym_dashboard.core.fleet.evse import EVSE_KINDS, encode_model_kind
from ev2gym_dashboard.service.scenarios.driving import compute_past_km_per_year
from ev2gym_dashboard.service.simulation.battery_wear import compute_battery_wear
from ev2gym_dashboard.strategies.grid_support import GridSupport
from tools.page_sections import update_page
from tools.physics_day import DC, ONE_PHASE, SCENARIO, THREE_PHASES, TIMESTEP_H, RecordedDay, record_day

PHYSICS_PAGE = Path(__file__).parents[1] / "docs" / "physics.md"

LINE_VOLTAGE_V = 400.0
EV2GYM_PACK_KWH, EV2GYM_FLOOR_KWH, EV2GYM_MISSING = 78.0, 15.0, 0.01
EV2GYM_KM_PER_YEAR = 15_000.0
SITE_LIMIT_KW = 3000.0
THREE_PHASE_KIND = next(i for i, (evse, _) in enumerate(EVSE_KINDS) if evse.phases == THREE_PHASES)

EVSE_CURRENTS_A = np.array([evse.current_a for evse, _ in EVSE_KINDS])

Indices = tuple[NDArray[np.intp], ...]


@dataclass(frozen=True)
class DifferenceRow:
    """A figure of the day, as this simulator and as EV2Gym would book it."""

    difference: str
    figure: str
    ours: str
    ev2gym: str


def compare_losses(day: RecordedDay) -> Iterator[DifferenceRow]:
    """Compare the losses: EV2Gym bills the energy at the battery; its efficiency lowers the power without a loss."""
    name = "no round-trip loss"
    charge_loss = day.charged_kwh.sum() - day.stored_kwh.sum()
    discharge_loss = day.used_kwh.sum() - day.discharged_kwh.sum()
    yield DifferenceRow(name, "lost in charging", _format_kwh(charge_loss), _format_kwh(0.0))
    yield DifferenceRow(name, "lost in discharging", _format_kwh(discharge_loss), _format_kwh(0.0))
    yield DifferenceRow(
        name,
        "discharged from the batteries for V2G",
        _format_kwh(day.used_kwh.sum()),
        _format_kwh(day.discharged_kwh.sum()),
    )
    ours_mad, ev2gym_mad = (float(day.price_mad_kwh @ kwh.sum(axis=1)) for kwh in (day.charged_kwh, day.stored_kwh))
    yield DifferenceRow(name, "bought at the tariff", f"{ours_mad:,.0f} MAD", f"{ev2gym_mad:,.0f} MAD")


def compare_grid_power(day: RecordedDay) -> Iterator[DifferenceRow]:
    """Compare the grid side: EV2Gym reports the power into the battery as the power drawn by the charger."""
    name = "battery-side power reported as grid power"
    ours_kw, ev2gym_kw = (
        (kwh - day.discharged_kwh).sum(axis=1).max() / TIMESTEP_H for kwh in (day.charged_kwh, day.stored_kwh)
    )
    yield DifferenceRow(
        name, "drawn from the grid", _format_kwh(day.charged_kwh.sum()), _format_kwh(day.stored_kwh.sum())
    )
    yield DifferenceRow(name, "highest power", f"{ours_kw:,.0f} kW", f"{ev2gym_kw:,.0f} kW")


def compare_rounding(day: RecordedDay) -> Iterator[DifferenceRow]:
    """Compare the rounding: EV2Gym rounds the stored energy up to 0.01 kWh after each active step."""
    for minutes in (SCENARIO.timestep_min, 1):
        created = _format_kwh(compute_rounded_up_kwh(day, parts=SCENARIO.timestep_min // minutes))
        yield DifferenceRow("rounding up", f"energy created, steps of {minutes} min", _format_kwh(0.0), created)


def compute_rounded_up_kwh(day: RecordedDay, *, parts: int) -> float:
    """Return the energy that rounding up creates [kWh], with each step divided into ``parts``."""
    created_kwh, stored_kwh = 0.0, np.zeros(SCENARIO.fleet_size)
    for step, change in enumerate(day.soc_change * day.capacity_kwh):
        # The rounded energy carries over from step to step; a new stay starts from the SOC at arrival.
        arriving = day.plugged[step] & (~day.plugged[step - 1] if step else True)
        stored_kwh = np.where(arriving, day.soc[step] * day.capacity_kwh, stored_kwh)
        active = change != 0.0
        for _ in range(parts):
            exact = stored_kwh[active] + change[active] / parts
            stored_kwh[active] = np.ceil(exact * 100.0) / 100.0
            created_kwh += float((stored_kwh[active] - exact).sum())
    return created_kwh


def compare_voltage(day: RecordedDay) -> Iterator[DifferenceRow]:
    """Compare the voltage: EV2Gym applies the line-to-line voltage, 400 V, to a single phase of 230 V."""
    one_phase, limit_kw = day.phases == ONE_PHASE, day.engine.catalog.max_ac_charge_kw[day.model]
    ev2gym_kw = np.minimum(day.current_a * LINE_VOLTAGE_V / 1000.0, limit_kw)
    ev2gym_kwh = (ev2gym_kw * TIMESTEP_H * one_phase * (day.power_kw > 0.0)).sum()
    ours_kwh = (day.charged_kwh * one_phase).sum()
    yield DifferenceRow(
        "400 V on one phase",
        "charged on one phase, at the same currents",
        _format_kwh(ours_kwh),
        _format_kwh(ev2gym_kwh),
    )


def compare_efficiency_lists(day: RecordedDay) -> Iterator[DifferenceRow]:
    """Compare the lists: EV2Gym takes 1 % for a missing current, fails at a 0, and has one list for all phases."""
    rows = np.nonzero((day.phases > DC) & (day.power_kw > 0.0))
    listed = find_listed_efficiency(day, rows)
    missing, name = np.isnan(listed), "1 % for a current missing from the list"
    ours_kwh = day.stored_kwh[rows][missing].sum()
    ev2gym_kwh = EV2GYM_MISSING * day.charged_kwh[rows][missing].sum()
    yield DifferenceRow(
        name,
        "stored by AC in such steps",
        f"{_format_kwh(ours_kwh)} in {missing.sum():,} steps",
        _format_kwh(ev2gym_kwh),
    )
    failures = f"{np.count_nonzero(listed == 0.0):,} fail"
    yield DifferenceRow("a 0 in the list is an error", "charging steps by AC", f"{missing.size:,}", failures)
    one_phase = np.nonzero((day.phases == ONE_PHASE) & (day.power_kw > 0.0))
    loss_kwh = day.charged_kwh[one_phase] - day.stored_kwh[one_phase]
    ev2gym_loss_kwh = day.charged_kwh[one_phase] * (1.0 - compute_three_phase_efficiency(day, one_phase))
    yield DifferenceRow(
        "one list for all phases",
        "lost in charging on one phase",
        _format_kwh(loss_kwh.sum()),
        _format_kwh(ev2gym_loss_kwh.sum()),
    )


def find_listed_efficiency(day: RecordedDay, rows: Indices) -> Floats:
    """Return the efficiency (n,) listed on three phases for the current that is set; NaN where the list lacks it."""
    catalog, kinds = day.engine.catalog, day.kind[rows]
    # The list has whole amperes.
    current_a = np.rint(np.where(day.curtailed[rows], day.current_a[rows], EVSE_CURRENTS_A[kinds]))
    column = np.minimum(np.searchsorted(catalog.current_a, current_a), len(catalog.current_a) - 1)
    listed = catalog.efficiency_3ph[day.model[rows[1]], column]
    return np.where(catalog.current_a[column] == current_a, listed, np.nan)


def compute_three_phase_efficiency(day: RecordedDay, rows: Indices) -> Floats:
    """Return the efficiency (n,) listed on three phases for the full current of a single-phase EVSE."""
    ratings, code = day.engine.limits.ratings, day.code[rows].astype(int)
    three_phase_code = encode_model_kind(day.model[rows[1]], THREE_PHASE_KIND + 1)
    return ratings.find_efficiency(three_phase_code, THREE_PHASES * ratings.charge_kw[code])


def compare_refill(day: RecordedDay) -> Iterator[DifferenceRow]:
    """Compare the refill: EV2Gym sets a battery below its minimum to the minimum when it gets a discharge command."""
    params, hour_h = GridSupport(), SCENARIO.start_time.hour + np.arange(SCENARIO.n_steps) * TIMESTEP_H
    in_window = (hour_h % 24.0 >= params.window_start_h) & (hour_h % 24.0 < params.window_end_h)
    capable = in_window[:, None] & (day.engine.limits.ratings.discharge_kw[day.code] > 0.0)
    # Only the first command of a vehicle refills it; after that it is at the minimum.
    capable &= np.cumsum(capable, axis=0) == 1
    floors_kwh = {
        f"minimum of {EV2GYM_FLOOR_KWH:g} kWh, as in `V2Ggrid.yaml`": np.full_like(day.capacity_kwh, EV2GYM_FLOOR_KWH),
        f"minimum where V2G stops, {params.v2g_min_soc * 100:g} % of the pack": params.v2g_min_soc * day.capacity_kwh,
    }
    for figure, floor_kwh in floors_kwh.items():
        missing_kwh = np.maximum(floor_kwh - day.soc * day.capacity_kwh, 0.0) * capable
        refilled = f"{_format_kwh(missing_kwh.sum())} in {np.count_nonzero(missing_kwh)} vehicles"
        yield DifferenceRow("discharging refills", figure, _format_kwh(0.0), refilled)


def compare_wear(day: RecordedDay) -> Iterator[DifferenceRow]:
    """Compare the wear: EV2Gym ages every pack as one of 78 kWh after 15,000 km a year, and only while plugged in."""
    ours, sums, packs_kwh = compute_battery_wear(day.engine), day.engine.state.wear, day.engine.fleet.capacity_kwh
    plugged_steps = day.plugged.sum(axis=0)
    depth = 2.0 * sums.swing_sum / np.maximum(plugged_steps, 1)
    cycled_soc, km_per_year = np.abs(day.soc_change).sum(axis=0), compute_past_km_per_year(SCENARIO)
    # One difference at a time: of the capacity here, of the distance before the run below.
    alike = compute_past_cycles(np.full_like(cycled_soc, EV2GYM_PACK_KWH), km_per_year=km_per_year)
    ev2gym = compute_nmc_cyclic_loss(cycled_soc * day.capacity_kwh / EV2GYM_PACK_KWH, depth, past_cycles=alike)
    for text, model in (("smallest", packs_kwh.argmin()), ("largest", packs_kwh.argmax())):
        figure = f"lost by cycling, mean of the {text} packs, {packs_kwh[model]:g} kWh"
        rows = day.model == model
        yield DifferenceRow(
            "wear of a 78 kWh pack",
            figure,
            _format_ppm(ours.cyclic_loss[rows].mean()),
            _format_ppm(ev2gym[rows].mean()),
        )
    past_cycles = compute_past_cycles(day.capacity_kwh, km_per_year=EV2GYM_KM_PER_YEAR)
    yield DifferenceRow(
        "15,000 km per year before the run",
        f"lost by cycling, mean, after {km_per_year:,.0f} km per year",
        _format_ppm(ours.cyclic_loss.mean()),
        _format_ppm(compute_nmc_cyclic_loss(cycled_soc, depth, past_cycles=past_cycles).mean()),
    )
    mean_soc = day.soc.sum(axis=0) / np.maximum(plugged_steps, 1)
    per_day = compute_nmc_calendar_loss(mean_soc, days=1.0, temperature_c=SCENARIO.cell_temperature_c)
    calendar = per_day * plugged_steps / SCENARIO.steps_per_day
    yield DifferenceRow(
        "wear only while plugged in",
        "lost by time, mean",
        _format_ppm(ours.calendar_loss.mean()),
        _format_ppm(calendar.mean()),
    )


def compare_direct_current(day: RecordedDay) -> Iterator[DifferenceRow]:
    """Compare DC: EV2Gym's ``EV.step`` raises ``NotImplementedError``."""
    energy_kwh = ((day.charged_kwh + day.discharged_kwh) * (day.phases == DC)).sum()
    yield DifferenceRow("no DC", "energy through DC EVSEs, both ways", _format_kwh(energy_kwh), "not implemented")


def compare_stays(day: RecordedDay) -> Iterator[DifferenceRow]:
    """Compare the stays: EV2Gym starts with an empty site and omits the stays that pass the end."""
    plugged_at_start = day.departure_step == day.initial_departure_step
    inside = day.plugged & ~plugged_at_start & (day.departure_step <= day.engine.clock)
    ours, ev2gym = (f"{np.count_nonzero(steps) * TIMESTEP_H:,.0f} h" for steps in (day.plugged, inside))
    yield DifferenceRow("an empty site at both ends", "time plugged in, all vehicles", ours, ev2gym)


def compare_overload(day: RecordedDay) -> Iterator[DifferenceRow]:
    """Compare the overload: EV2Gym adds up the kW above a limit per step and reports the sum as kWh."""
    over_kw = np.maximum(day.power_kw.sum(axis=1) - SITE_LIMIT_KW, 0.0).sum()
    figure = f"above a limit of {SITE_LIMIT_KW:,.0f} kW"
    yield DifferenceRow("kW summed as kWh", figure, _format_kwh(over_kw * TIMESTEP_H), _format_kwh(over_kw))


DIFFERENCES: tuple[Callable[[RecordedDay], Iterator[DifferenceRow]], ...] = (
    compare_losses,
    compare_grid_power,
    compare_rounding,
    compare_voltage,
    compare_efficiency_lists,
    compare_refill,
    compare_wear,
    compare_direct_current,
    compare_stays,
    compare_overload,
)


def render_table() -> str:
    """Return the figures of the day as a Markdown table."""
    day = record_day()
    rows = [row for difference in DIFFERENCES for row in difference(day)]
    lines = [f"| {row.difference} | {row.figure} | {row.ours} | {row.ev2gym} |\n" for row in rows]
    return "".join(["| Difference | Figure of the day | This simulator | EV2Gym |\n", "|---|---|---:|---:|\n", *lines])


def _format_kwh(energy: float) -> str:
    return f"{energy:,.1f} kWh" if 0.0 < energy < 100.0 else f"{energy:,.0f} kWh"


def _format_ppm(share: float) -> str:
    return f"{share * 1e6:.2f} ppm"


def main() -> None:
    """Print the table; with ``--write``, update the page too."""
    numbers = render_table()
    sys.stdout.write(numbers)
    if "--write" in sys.argv[1:]:
        update_page(PHYSICS_PAGE, {"numbers": lambda: numbers})


if __name__ == "__main__":
    main()

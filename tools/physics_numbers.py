"""Says what EV2Gym 2.0.0 would have booked for a day of ours: ``python -m tools.physics_numbers`` prints the table.

With ``--write`` the table stands in ``docs/physics.md`` anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.fleet.ageing import compute_calendar_loss, compute_cyclic_loss
from ev2gym_dashboard.core.fleet.evse import EVSE_KINDS, encode_model_kind
from ev2gym_dashboard.service.simulation.battery_wear import compute_battery_wear
from ev2gym_dashboard.strategies.grid_support import GridSupport
from tools.physics_day import DC, ONE_PHASE, SCENARIO, THREE_PHASES, TIMESTEP_H, RecordedDay, record_day

PHYSICS_PAGE = Path(__file__).parents[1] / "docs" / "physics.md"
OPENED, CLOSED = "<!-- numbers -->\n", "<!-- /numbers -->"

LINE_VOLTAGE_V = 400.0
EV2GYM_PACK_KWH, EV2GYM_FLOOR_KWH, EV2GYM_MISSING = 78.0, 15.0, 0.01
SITE_LIMIT_KW = 3000.0
THREE_PHASE_KIND = next(i for i, (evse, _) in enumerate(EVSE_KINDS) if evse.phases == THREE_PHASES)

EVSE_CURRENTS_A = np.array([evse.current_a for evse, _ in EVSE_KINDS])

Indices = tuple[NDArray[np.intp], ...]


@dataclass(frozen=True)
class DifferenceRow:
    """A figure of the day: what we say, and what EV2Gym would say."""

    difference: str
    figure: str
    ours: str
    theirs: str


def compare_losses(day: RecordedDay) -> Iterator[DifferenceRow]:
    """EV2Gym bills what goes into and out of the battery; its efficiency lowers the power and books no loss."""
    name = "a round trip has no loss"
    charge_loss = day.charged_kwh.sum() - day.stored_kwh.sum()
    discharge_loss = day.used_kwh.sum() - day.discharged_kwh.sum()
    yield DifferenceRow(name, "lost in charging", _format_kwh(charge_loss), _format_kwh(0.0))
    yield DifferenceRow(name, "lost in discharging", _format_kwh(discharge_loss), _format_kwh(0.0))
    yield DifferenceRow(
        name, "taken out of batteries for V2G", _format_kwh(day.used_kwh.sum()), _format_kwh(day.discharged_kwh.sum())
    )
    paid, billed = (float(day.price_mad_kwh @ kwh.sum(axis=1)) for kwh in (day.charged_kwh, day.stored_kwh))
    yield DifferenceRow(name, "bought at the tariff", f"{paid:,.0f} MAD", f"{billed:,.0f} MAD")


def compare_grid_power(day: RecordedDay) -> Iterator[DifferenceRow]:
    """EV2Gym reports what the battery gains as what the charger draws."""
    name = "the grid sees what the battery gains"
    ours, theirs = (
        (kwh - day.discharged_kwh).sum(axis=1).max() / TIMESTEP_H for kwh in (day.charged_kwh, day.stored_kwh)
    )
    yield DifferenceRow(
        name, "drawn from the grid", _format_kwh(day.charged_kwh.sum()), _format_kwh(day.stored_kwh.sum())
    )
    yield DifferenceRow(name, "highest power", f"{ours:,.0f} kW", f"{theirs:,.0f} kW")


def compare_rounding(day: RecordedDay) -> Iterator[DifferenceRow]:
    """EV2Gym rounds the energy in a battery up to 0.01 kWh after each active step."""
    for minutes in (SCENARIO.timestep_min, 1):
        made = _format_kwh(compute_rounded_up_kwh(day, parts=SCENARIO.timestep_min // minutes))
        yield DifferenceRow("rounding up", f"energy from nowhere, steps of {minutes} min", _format_kwh(0.0), made)


def compute_rounded_up_kwh(day: RecordedDay, *, parts: int) -> float:
    """Return the energy that rounding up makes out of nothing, each step cut into ``parts``."""
    made_kwh, stored_kwh = 0.0, np.zeros(SCENARIO.fleet_size)
    for step, change in enumerate(day.soc_change * day.capacity_kwh):
        comes = day.plugged[step] & (~day.plugged[step - 1] if step else True)
        stored_kwh = np.where(comes, day.soc[step] * day.capacity_kwh, stored_kwh)
        active = change != 0.0
        for _ in range(parts):
            exact = stored_kwh[active] + change[active] / parts
            stored_kwh[active] = np.ceil(exact * 100.0) / 100.0
            made_kwh += float((stored_kwh[active] - exact).sum())
    return made_kwh


def compare_voltage(day: RecordedDay) -> Iterator[DifferenceRow]:
    """EV2Gym takes the voltage between two lines for a single phase: 400 V, where there are 230."""
    one_phase, most_kw = day.phases == ONE_PHASE, day.engine.catalog.max_ac_charge_kw[day.model]
    theirs_kw = np.minimum(day.current_a * LINE_VOLTAGE_V / 1000.0, most_kw)
    theirs = (theirs_kw * TIMESTEP_H * one_phase * (day.power_kw > 0.0)).sum()
    ours = (day.charged_kwh * one_phase).sum()
    yield DifferenceRow(
        "400 V on one phase", "charged on one phase, at the same currents", _format_kwh(ours), _format_kwh(theirs)
    )


def compare_efficiency_lists(day: RecordedDay) -> Iterator[DifferenceRow]:
    """EV2Gym's ``EV`` takes 1 % for a current that its list lacks, stops at a 0, and knows one list for all phases."""
    rows = np.nonzero((day.phases > DC) & (day.power_kw > 0.0))
    listed = find_listed_efficiency(day, rows)
    lacks, name = np.isnan(listed), "1 % for a current that the list lacks"
    ours, theirs = day.stored_kwh[rows][lacks].sum(), EV2GYM_MISSING * day.charged_kwh[rows][lacks].sum()
    yield DifferenceRow(
        name, "stored by AC in such steps", f"{_format_kwh(ours)} in {lacks.sum():,} steps", _format_kwh(theirs)
    )
    stops = f"{np.count_nonzero(listed == 0.0):,} stop with an error"
    yield DifferenceRow("a 0 in the list is an error", "charging steps by AC", f"{lacks.size:,}", stops)
    one_phase = np.nonzero((day.phases == ONE_PHASE) & (day.power_kw > 0.0))
    loss_kwh = day.charged_kwh[one_phase] - day.stored_kwh[one_phase]
    theirs_kwh = day.charged_kwh[one_phase] * (1.0 - compute_three_phase_efficiency(day, one_phase))
    yield DifferenceRow(
        "one list for all phases",
        "lost in charging on one phase",
        _format_kwh(loss_kwh.sum()),
        _format_kwh(theirs_kwh.sum()),
    )


def find_listed_efficiency(day: RecordedDay, rows: Indices) -> Floats:
    """Return what the list of three phases says of the current (n,) that is set: NaN where it lacks it."""
    catalog, kinds = day.engine.catalog, day.kind[rows]
    current_a = np.rint(np.where(day.held_back[rows], day.current_a[rows], EVSE_CURRENTS_A[kinds]))
    column = np.minimum(np.searchsorted(catalog.current_a, current_a), len(catalog.current_a) - 1)
    listed = catalog.efficiency_3ph[day.model[rows[1]], column]
    return np.where(catalog.current_a[column] == current_a, listed, np.nan)


def compute_three_phase_efficiency(day: RecordedDay, rows: Indices) -> Floats:
    """Return the efficiency (n,) that the list of three phases has at the full current of an EVSE of one phase."""
    ratings, code = day.engine.limits.ratings, day.code[rows].astype(int)
    elsewhere = encode_model_kind(day.model[rows[1]], THREE_PHASE_KIND + 1)
    return ratings.find_efficiency(elsewhere, THREE_PHASES * ratings.charge_kw[code])


def compare_refill(day: RecordedDay) -> Iterator[DifferenceRow]:
    """EV2Gym fills a battery below its minimum up to it, free of charge, when it is told to discharge."""
    params, hour_h = GridSupport(), SCENARIO.start_time.hour + np.arange(SCENARIO.n_steps) * TIMESTEP_H
    called = (hour_h % 24.0 >= params.window_start_h) & (hour_h % 24.0 < params.window_end_h)
    able = called[:, None] & (day.engine.limits.ratings.discharge_kw[day.code] > 0.0)
    able &= np.cumsum(able, axis=0) == 1
    floors_kwh = {
        f"minimum of {EV2GYM_FLOOR_KWH:g} kWh, as `V2Ggrid.yaml` has it": np.full_like(
            day.capacity_kwh, EV2GYM_FLOOR_KWH
        ),
        f"minimum where V2G stops, {params.v2g_min_soc * 100:g} % of the pack": params.v2g_min_soc * day.capacity_kwh,
    }
    for figure, floor_kwh in floors_kwh.items():
        missing_kwh = np.maximum(floor_kwh - day.soc * day.capacity_kwh, 0.0) * able
        refilled = f"{_format_kwh(missing_kwh.sum())} in {np.count_nonzero(missing_kwh)} vehicles"
        yield DifferenceRow("discharging refills", figure, _format_kwh(0.0), refilled)


def compare_wear(day: RecordedDay) -> Iterator[DifferenceRow]:
    """EV2Gym ages every pack as if it had 78 kWh, and only while it is plugged in."""
    ours, sums, packs_kwh = compute_battery_wear(day.engine), day.engine.state.wear, day.engine.fleet.capacity_kwh
    plugged_steps = day.plugged.sum(axis=0)
    depth = 2.0 * sums.swing_sum / np.maximum(plugged_steps, 1)
    cycled_soc = np.abs(day.soc_change).sum(axis=0) * day.capacity_kwh / EV2GYM_PACK_KWH
    theirs = compute_cyclic_loss(cycled_soc, depth, capacity_kwh=np.full_like(cycled_soc, EV2GYM_PACK_KWH))
    for text, model in (("smallest", packs_kwh.argmin()), ("largest", packs_kwh.argmax())):
        figure = f"lost by cycling, mean of the {text} packs, {packs_kwh[model]:g} kWh"
        of = day.model == model
        yield DifferenceRow(
            "wear of a 78 kWh pack", figure, _format_ppm(ours.cyclic_loss[of].mean()), _format_ppm(theirs[of].mean())
        )
    mean_soc = day.soc.sum(axis=0) / np.maximum(plugged_steps, 1)
    calendar = compute_calendar_loss(mean_soc, days=1.0) * plugged_steps / SCENARIO.steps_per_day
    yield DifferenceRow(
        "wear only while plugged in",
        "lost by time, mean",
        _format_ppm(ours.calendar_loss.mean()),
        _format_ppm(calendar.mean()),
    )


def compare_direct_current(day: RecordedDay) -> Iterator[DifferenceRow]:
    """EV2Gym's ``EV.step`` raises ``NotImplementedError`` for DC."""
    through = ((day.charged_kwh + day.discharged_kwh) * (day.phases == DC)).sum()
    yield DifferenceRow("no DC", "energy through DC EVSEs, both ways", _format_kwh(through), "not implemented")


def compare_stays(day: RecordedDay) -> Iterator[DifferenceRow]:
    """EV2Gym begins with an empty site and drops the stays that would pass the end."""
    began_before = day.departure_step == day.stays_at_start
    inside = day.plugged & ~began_before & (day.departure_step <= day.engine.clock)
    ours, theirs = (f"{np.count_nonzero(steps) * TIMESTEP_H:,.0f} h" for steps in (day.plugged, inside))
    yield DifferenceRow("an empty site at both ends", "time plugged in, all vehicles", ours, theirs)


def compare_overload(day: RecordedDay) -> Iterator[DifferenceRow]:
    """EV2Gym adds up the kW above a limit, step by step, and prints the sum as kWh."""
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
    """Return the figures of the day as Markdown."""
    day = record_day()
    rows = [row for difference in DIFFERENCES for row in difference(day)]
    lines = [f"| {row.difference} | {row.figure} | {row.ours} | {row.theirs} |\n" for row in rows]
    return "".join(["| EV2Gym's way | Figure of the day | Ours | EV2Gym's |\n", "|---|---|---:|---:|\n", *lines])


def fill_table(text: str, numbers: str) -> str:
    """Return the page with what stands between its markers replaced."""
    before, opened, rest = text.partition(OPENED)
    _, closed, after = rest.partition(CLOSED)
    if not closed:
        raise ValueError(f"{PHYSICS_PAGE.name} must hold the markers {OPENED.strip()} and {CLOSED}")
    return before + opened + numbers + closed + after


def _format_kwh(energy: float) -> str:
    return f"{energy:,.1f} kWh" if 0.0 < energy < 100.0 else f"{energy:,.0f} kWh"


def _format_ppm(share: float) -> str:
    return f"{share * 1e6:.2f} ppm"


def main() -> None:
    """Print the table; with ``--write``, put it into the page as well."""
    numbers = render_table()
    sys.stdout.write(numbers)
    if "--write" in sys.argv[1:]:
        PHYSICS_PAGE.write_text(fill_table(PHYSICS_PAGE.read_text(encoding="utf-8"), numbers), encoding="utf-8")


if __name__ == "__main__":
    main()

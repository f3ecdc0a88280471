"""Parts of a fleet in a run: the inputs, the models and the days of each, and the days of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Floats, Rows, Steps
from ev2gym_dashboard.core.fleet.catalog import Catalog, select_models
from ev2gym_dashboard.core.fleet.day_plan import NO_DEPARTURES, DayPlan
from ev2gym_dashboard.core.fleet.evse import apportion
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import MAX_SEED

SEED_STEP = 7_919_000_003
"""Distance of the seeds of parts: other arrivals in each, also where two parts are equal."""


@dataclass(frozen=True)
class Part:
    """A part of a fleet.

    Parameters
    ----------
    label : its name or place; empty for a fleet of one part
    scenario : the scenario with the place, size, target, share of arrivals and seed of the part
    models : models of the part; none for all
    """

    label: str
    scenario: Scenario
    models: tuple[str, ...]


def list_parts(scenario: Scenario) -> tuple[Part, ...]:
    """Return the parts of the fleet of a valid scenario; one without a label for a fleet that declares none."""
    declared = scenario.fleet_parts
    if not declared:
        return (Part("", scenario, ()),)
    sizes = apportion(np.array([part.amount for part in declared]), scenario.fleet_size).tolist()
    return tuple(
        Part(
            part.name or part.place,
            replace(
                scenario,
                parts="",
                # A part of no vehicles still is a part; no scenario has a fleet of 0.
                fleet_size=size,
                place=part.place,
                evses="",
                target_soc=scenario.target_soc if part.target_soc is None else part.target_soc,
                return_share=scenario.return_share if part.return_share is None else part.return_share,
                seed=(scenario.seed + i * SEED_STEP) % MAX_SEED,
            ),
            part.models,
        )
        for i, (part, size) in enumerate(zip(declared, sizes, strict=True))
    )


def divide_catalog(catalog: Catalog, parts: Sequence[Part]) -> Catalog:
    """Return the models of each part, in the order of the parts, with the part in their names."""
    if not parts[0].label:
        return catalog
    rows = [_find_rows(catalog, part) for part in parts]
    names = tuple(
        f"{catalog.names[row]} ({part.label})" for part, part_rows in zip(parts, rows, strict=True) for row in part_rows
    )
    part = np.repeat(np.arange(len(parts)), [len(part_rows) for part_rows in rows])
    return replace(select_models(catalog, np.concatenate(rows), names), part=part)


def compute_targets(parts: Sequence[Part], catalog: Catalog, *, highest: float) -> Floats:
    """Return the target SOC of each model of a divided catalog, (models,), at most ``highest``."""
    targets = np.array([part.scenario.target_soc for part in parts])
    bounded: Floats = np.minimum(targets[catalog.part], highest)
    return bounded


def join_day_plans(
    parts: Sequence[Part], plan_part: Callable[..., Iterator[DayPlan]], later_departures: tuple[Rows, Steps]
) -> Iterator[DayPlan]:
    """Yield the plans of the days of a fleet, from those of its parts.

    ``plan_part(part, later_departures=...)`` returns the plans of a part; ``later_departures`` are those of the fleet.
    """
    if not parts[0].label:
        yield from plan_part(parts[0], later_departures=later_departures)
        return
    offsets = np.concatenate([[0], np.cumsum([part.scenario.fleet_size for part in parts])])
    days = [
        plan_part(part, later_departures=_select_rows(later_departures, first, last))
        for part, first, last in zip(parts, offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    ]
    for plans in zip(*days, strict=True):
        yield _join_plans(plans, offsets[:-1].tolist())


def _find_rows(catalog: Catalog, part: Part) -> list[int]:
    return [row for row, name in enumerate(catalog.names) if not part.models or name in part.models]


def _select_rows(departures: tuple[Rows, Steps], first: int, last: int) -> tuple[Rows, Steps]:
    rows, ticks = departures
    if not rows.size:
        return NO_DEPARTURES
    own = (rows >= first) & (rows < last)
    return rows[own] - np.int32(first), ticks[own]


def _join_plans(plans: Sequence[DayPlan], offsets: Sequence[int]) -> DayPlan:
    """Return one plan of several: rows are shifted, and rise within a step as those of each plan do."""
    arriving_step = _list_steps([(plan.arrival_offsets, len(plan.arriving)) for plan in plans])
    leaving_step = _list_steps([(plan.leaving_offsets, len(plan.leaving)) for plan in plans])
    # Stable, and the parts follow each other by row.
    arriving, leaving = arriving_step.argsort(kind="stable"), leaving_step.argsort(kind="stable")

    def join(name: str, order: Any, shifts: Sequence[int] | None = None) -> Any:
        columns = [getattr(plan, name) for plan in plans]
        if shifts is not None:
            columns = [column + np.int32(shift) for column, shift in zip(columns, shifts, strict=True)]
        return np.concatenate(columns)[order]

    return DayPlan(
        first_step=plans[0].first_step,
        arriving=join("arriving", arriving, offsets),
        arrival_tick=join("arrival_tick", arriving),
        arrival_offsets=np.sum([plan.arrival_offsets for plan in plans], axis=0),
        departure_step=join("departure_step", arriving),
        drive_kwh=join("drive_kwh", arriving),
        leaving=join("leaving", leaving, offsets),
        leaving_tick=join("leaving_tick", leaving),
        leaving_offsets=np.sum([plan.leaving_offsets for plan in plans], axis=0),
    )


def _list_steps(columns: Sequence[tuple[Any, int]]) -> Any:
    """Return the step of each entry of several plans, one after the other, from their offsets and lengths."""
    # Departures of later days follow those of the last step.
    return np.concatenate(
        [np.repeat(np.arange(len(offsets)), np.diff(offsets, append=length)) for offsets, length in columns]
    )

"""Folds of a live run: what follows from all of its steps, of which those of whole blocks are reduced once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from operator import add
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.engine.step_series import StepSeries
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_HOUR
from ev2gym_dashboard.core.site.settlement import BILL_COLUMNS
from ev2gym_dashboard.service.scenarios.tariff import compute_billed_prices, list_billing_times
from ev2gym_dashboard.service.simulation.base_bill import make_base_meter, resolve_base_subscribed_kva
from ev2gym_dashboard.service.simulation.event_history import EventHistory
from ev2gym_dashboard.service.simulation.run_settlement import settle_run

FOLD_STEPS = 1024
"""Steps of a block; the steps after the last whole one are reduced again at each step."""
BILLED_PRICE = "billed_mad_kwh"
"""Column of the price at which a step is billed, beside those of `BILL_COLUMNS`."""
RUNNING_TOTALS = {"cost_mad": "total_cost_mad", "co2_kg": "total_co2_kg"}
"""Columns that are summed up since the start, and those of their running totals."""
SETTLED_COLUMNS = (*BILL_COLUMNS, BILLED_PRICE, *RUNNING_TOTALS.values())
Part = TypeVar("Part")
Reduce = Callable[[int, int], Part]
"""Function that reduces the steps from one to another."""
Join = Callable[[Part, Part], Part]
"""Function that joins the parts of two spans of steps, the earlier one first."""

Select = Callable[[int, int], Mapping[str, NDArray[Any]]]
"""Function that returns the recorded columns from one step to another."""


class RunFolds:
    """Settlements of a run and parts of its folds, kept from step to step.

    The blocks begin at fixed steps, so that a fold depends on the step alone, not on the steps at which it was read.
    """

    def __init__(self) -> None:
        self.settlement, self.base_settlement = OpenSettlement(SETTLED_COLUMNS), OpenSettlement(("cost_mad",))
        self.event_history = EventHistory()
        self._parts: dict[Hashable, tuple[int, Any]] = {}

    def fold(self, key: Hashable, reduce: Reduce[Part], join: Join[Part], *, n_steps: int, final_step: int) -> Part:
        """Return the fold of the first steps, of which those before ``final_step`` do not change any more."""
        done, part = self._parts.get(key, (0, None))
        while done + FOLD_STEPS <= final_step:
            block = reduce(done, done + FOLD_STEPS)
            done, part = done + FOLD_STEPS, block if part is None else join(part, block)
        self._parts[key] = done, part
        rest = reduce(done, n_steps)
        return rest if part is None else join(part, rest)

    def fold_base_cost(self, scenario: Scenario, select: Select, *, n_steps: int) -> float:
        """Return the bill of the site without its EVs over the first steps, see `compute_base_cost_mad` [MAD]."""
        subscribed_kva = resolve_base_subscribed_kva(scenario)
        columns = self.base_settlement.settle(
            scenario,
            lambda first, end: make_base_meter(select(first, end)),
            n_steps=n_steps,
            subscribed_kva=subscribed_kva,
        )
        cost_mad, final_step = columns["cost_mad"], self.base_settlement.final_step

        def reduce(first: int, end: int) -> float:
            return float(cost_mad[first:end].sum())

        key = "base", subscribed_kva
        base_cost_mad: float = self.fold(key, reduce, add, n_steps=n_steps, final_step=final_step)
        return base_cost_mad


class OpenSettlement:
    """Costs and emissions of a run by step, of which those of past billing months are settled once."""

    def __init__(self, names: Collection[str]) -> None:
        self._names, self._series, self.final_step = names, StepSeries.make_empty(names, ()), 0
        self._subscribed_kva: float | None = None

    def settle(
        self,
        scenario: Scenario,
        select: Select,
        *,
        n_steps: int,
        subscribed_kva: float,
    ) -> Mapping[str, Floats]:
        """Return the columns by step, some of `SETTLED_COLUMNS`, each (steps,), valid until the next call."""
        if subscribed_kva != self._subscribed_kva:
            self._series, self.final_step = StepSeries.make_empty(self._names, ()), 0
            self._subscribed_kva = subscribed_kva
        if n_steps == self._series.n_steps:
            return self._series
        first = self.final_step
        meter = select(first, n_steps)
        columns = settle_run(scenario, meter, subscribed_kva=subscribed_kva, first_step=first)
        columns[BILLED_PRICE] = compute_billed_prices(
            scenario, meter["import_kw"], meter["price_mad_kwh"], first_step=first
        )
        self._series.truncate(first)
        for name, total in ((name, total) for name, total in RUNNING_TOTALS.items() if total in self._names):
            # In the order of one sum over all steps, so that it has the same bits.
            columns[total] = np.cumsum(np.append(self._series[total][-1:], columns[name]))[-len(columns[name]) :]
        self._series.extend_columns(columns)
        self.final_step = _find_final_step(scenario, first, n_steps)
        return self._series


def _find_final_step(scenario: Scenario, first: int, n_steps: int) -> int:
    """Return the first step of the billing month of the next step, where no metering interval lasts over it."""
    month, first_month = (_list_months(scenario, 1, step)[0] for step in (n_steps, first))
    if month == first_month:
        return first
    start = first + int((_list_months(scenario, n_steps - first + 1, first) == month).argmax())
    minute = scenario.start_time.hour * MINUTES_PER_HOUR + scenario.start_time.minute + start * scenario.timestep_min
    interval_min = scenario.metering_interval_min
    is_whole = scenario.timestep_min >= interval_min or minute % interval_min == 0
    return start if is_whole else first


def _list_months(scenario: Scenario, n_steps: int, first_step: int) -> NDArray[np.datetime64]:
    return list_billing_times(scenario, n_steps, first_step=first_step).astype("datetime64[M]")

"""Event log: the moments of a run that its recorded series show, in the order of their steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Booleans, Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.site.exogenous import POSTES

TARIFF, V2G, CONNECTION, WAITING = "tariff", "v2g", "connection", "waiting"
DEMAND_RESPONSE, CHANGE = "demand_response", "change"
EVENT_KINDS = {
    "tariff_changes": TARIFF,
    "v2g_begins": V2G,
    "v2g_ends": V2G,
    "limit_reached": CONNECTION,
    "limit_left": CONNECTION,
    "waiting_begins": WAITING,
    "waiting_ends": WAITING,
    "response_announced": DEMAND_RESPONSE,
    "response_begins": DEMAND_RESPONSE,
    "response_ends": DEMAND_RESPONSE,
    "settings_change": CHANGE,
}
"""The kinds of event, each with its group."""
EVENT_GROUPS = tuple(dict.fromkeys(EVENT_KINDS.values()))
MIN_GAP_H = 1.0
"""Interruptions shorter than this are part of a span, so that one that flickers is listed once [h]."""
AT_LIMIT_SHARE = 1.0 - 1e-6
PRICE_DIGITS = 4
EVENT_SERIES = ("v2g_kw", "n_discharging", "net_load_kw", "limit_kw", "n_waiting", "price_mad_kwh")
"""The recorded columns that the events follow from, with that of the tariff period."""
EVENT_FIGURES = {
    "poste": "tariff period that begins",
    "former_poste": "tariff period before",
    "price_mad_kwh": "price from now on",
    "former_price_mad_kwh": "price before",
    "n_vehicles": "vehicles in the first step; at the end of waiting, the largest number",
    "power_kw": "V2G in the first step; at the end of V2G, its largest power",
    "energy_kwh": "energy fed back in the span",
    "duration_h": "length of the span, or of the demand-response event",
    "waited_h": "vehicle-hours that were waited",
    "limit_kw": "limit of the connection",
    "overload_kw": "largest excess over the limit in the span",
    "reduction": "reduction of the limit by the demand-response event, 0..1",
    "start_step": "step with which the announced event begins",
}
"""The figures of the events: name and meaning; the unit is the suffix."""
Series = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class RunEvent:
    """An event of a run.

    Parameters
    ----------
    step : the step with which it begins
    kind : key of `EVENT_KINDS`
    figures : its figures by name, the unit as a suffix; of a change by the user, its settings
    """

    step: int
    kind: str
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def group(self) -> str:
        return EVENT_KINDS[self.kind]


@dataclass(frozen=True)
class ResponseSpan:
    """A demand-response event: the step that announces it, its steps, and the reduction of the limit, 0..1."""

    announced_step: int
    steps: range
    reduction: float


def list_events(
    scenario: Scenario,
    series: Series,
    *,
    responses: tuple[ResponseSpan, ...] | None = None,
    changes: tuple[RunEvent, ...] = (),
) -> list[RunEvent]:
    """Return the events of a run in the order of their steps.

    Parameters
    ----------
    scenario : the inputs of the run
    series : the recorded columns of the run, each (steps,); ``poste`` is an index into `POSTES`
    responses : its demand-response events; None for that of the scenario
    changes : the changes by the user, which no series holds

    Notes
    -----
    V2G, waiting and a connection at its limit are spans of steps. A span ends when `MIN_GAP_H` have passed without it;
    its end is listed then, with the step after its last one. A price that changes within a period of the tariff is
    listed once it has held for `MIN_GAP_H`. What is listed at a step therefore stays listed.
    """
    spans = responses if responses is not None else list_scenario_responses(scenario)
    recorded = list_recorded_events(scenario, series)
    return merge_events(scenario, recorded, n_steps=len(series["poste"]), responses=spans, changes=changes)


def list_recorded_events(scenario: Scenario, series: Series) -> list[RunEvent]:
    """Return the events that the series alone show, in the order of their steps."""
    found = [event for detector in DETECTORS for event in detector.list_events(scenario, series)]
    # The sort is stable: events of one step stay in the order of the detectors.
    return sorted(found, key=lambda event: event.step)


def merge_events(
    scenario: Scenario,
    recorded: list[RunEvent],
    *,
    n_steps: int,
    responses: tuple[ResponseSpan, ...],
    changes: tuple[RunEvent, ...] = (),
) -> list[RunEvent]:
    """Return recorded events with those that no series holds, in the order of their steps."""
    found = [*recorded, *_list_response_events(scenario, responses, n_steps), *changes]
    # Those of a plan may lie ahead.
    return sorted((event for event in found if event.step <= n_steps), key=lambda event: event.step)


def make_event_table(scenario: Scenario, series: pd.DataFrame) -> pd.DataFrame:
    """Return the events of the series of a result: step, kind, group, and a column per figure, by time."""
    columns = {name: series[name].to_numpy() for name in EVENT_SERIES}
    columns["poste"] = pd.Categorical(series["poste"], categories=POSTES).codes
    events = list_events(scenario, columns)
    rows = [{"step": event.step, "kind": event.kind, "group": event.group, **event.figures} for event in events]
    times = pd.DatetimeIndex([scenario.get_step_time(event.step) for event in events], tz="UTC", name="time")
    return pd.DataFrame(rows, index=times, columns=["step", "kind", "group", *EVENT_FIGURES])


def list_scenario_responses(scenario: Scenario) -> tuple[ResponseSpan, ...]:
    """Return the demand-response event of a scenario, which the site knows from the start."""
    steps = scenario.event_steps
    return (ResponseSpan(0, steps, scenario.event_reduction),) if steps else ()


def find_spans(flags: Booleans, *, min_gap_steps: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first step of each span, (spans,), and the step after its last one, (ended spans,).

    Gaps of fewer than ``min_gap_steps`` belong to a span; the last span has no end until such a gap has passed.
    """
    edges = np.flatnonzero(np.diff(flags, prepend=False, append=False))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return starts, ends
    is_gap = starts[1:] - ends[:-1] >= min_gap_steps
    is_over = len(flags) - ends[-1] >= min_gap_steps
    return starts[np.append(True, is_gap)], ends[np.append(is_gap, is_over)]


def count_gap_steps(scenario: Scenario) -> int:
    """Return the steps that must pass without a span before it has ended."""
    return max(round(MIN_GAP_H / scenario.timestep_h), 1)


def _list_tariff_changes(scenario: Scenario, series: Series) -> Iterator[RunEvent]:
    poste, price = series["poste"], np.round(series["price_mad_kwh"], PRICE_DIGITS)
    changed = np.diff(poste) != 0
    steps = 1 + np.flatnonzero(changed | (np.diff(price) != 0.0))
    held = np.diff(np.append(steps, len(price))) >= count_gap_steps(scenario)
    for step in steps[held | changed[steps - 1]].tolist():
        yield RunEvent(
            step,
            "tariff_changes",
            {
                "poste": POSTES[int(poste[step])],
                "price_mad_kwh": float(price[step]),
                "former_poste": POSTES[int(poste[step - 1])],
                "former_price_mad_kwh": float(price[step - 1]),
            },
        )


def _list_v2g_events(scenario: Scenario, series: Series) -> Iterator[RunEvent]:
    v2g_kw = series["v2g_kw"]
    starts, ends = find_spans(_discharges(series), min_gap_steps=count_gap_steps(scenario))
    for step in starts.tolist():
        yield RunEvent(
            step, "v2g_begins", {"n_vehicles": int(series["n_discharging"][step]), "power_kw": float(v2g_kw[step])}
        )
    sums, highest = _summarize_spans(v2g_kw, starts, ends)
    for start, end, total, peak in zip(starts.tolist(), ends.tolist(), sums, highest, strict=False):
        energy_kwh = total * scenario.timestep_h
        duration_h = (end - start) * scenario.timestep_h
        yield RunEvent(end, "v2g_ends", {"energy_kwh": energy_kwh, "power_kw": peak, "duration_h": duration_h})


def _list_limit_events(scenario: Scenario, series: Series) -> Iterator[RunEvent]:
    import_kw, limit_kw = np.maximum(series["net_load_kw"], 0.0), series["limit_kw"]
    starts, ends = find_spans(_is_at_limit(series), min_gap_steps=count_gap_steps(scenario))
    for step in starts.tolist():
        yield RunEvent(step, "limit_reached", {"limit_kw": float(limit_kw[step])})
    _, highest = _summarize_spans(np.maximum(import_kw - limit_kw, 0.0), starts, ends)
    for start, end, overload_kw in zip(starts.tolist(), ends.tolist(), highest, strict=False):
        duration_h = (end - start) * scenario.timestep_h
        yield RunEvent(end, "limit_left", {"duration_h": duration_h, "overload_kw": overload_kw})


def _list_waiting_events(scenario: Scenario, series: Series) -> Iterator[RunEvent]:
    n_waiting = series["n_waiting"]
    starts, ends = find_spans(_waits(series), min_gap_steps=count_gap_steps(scenario))
    for step in starts.tolist():
        yield RunEvent(step, "waiting_begins", {"n_vehicles": int(n_waiting[step])})
    sums, highest = _summarize_spans(n_waiting.astype(np.float64), starts, ends)
    for start, end, total, most in zip(starts.tolist(), ends.tolist(), sums, highest, strict=False):
        duration_h = (end - start) * scenario.timestep_h
        waited_h = total * scenario.timestep_h
        yield RunEvent(end, "waiting_ends", {"n_vehicles": int(most), "duration_h": duration_h, "waited_h": waited_h})


def _discharges(series: Series) -> Booleans:
    flags: Booleans = series["v2g_kw"] > 0.0
    return flags


def _is_at_limit(series: Series) -> Booleans:
    import_kw = np.maximum(series["net_load_kw"], 0.0)
    flags: Booleans = (import_kw >= AT_LIMIT_SHARE * series["limit_kw"]) & (import_kw > 0.0)
    return flags


def _waits(series: Series) -> Booleans:
    flags: Booleans = series["n_waiting"] > 0
    return flags


@dataclass(frozen=True)
class Detector:
    """Function that lists the events of one kind in the series, and the steps at which their spans go on, if any."""

    list_events: Callable[[Scenario, Series], Iterable[RunEvent]]
    find_flags: Callable[[Series], Booleans] | None = None


DETECTORS = (
    Detector(_list_tariff_changes),
    Detector(_list_v2g_events, _discharges),
    Detector(_list_limit_events, _is_at_limit),
    Detector(_list_waiting_events, _waits),
)
"""In the order of the events of one step."""


def _summarize_spans(
    values: Floats, starts: NDArray[np.intp], ends: NDArray[np.intp]
) -> tuple[list[float], list[float]]:
    """Return the sum and the maximum of a series in each span that has ended."""
    if not len(ends):
        return [], []
    # Every second piece lies between two spans; the last end may be that of the series.
    edges = np.stack([starts[: len(ends)], ends], axis=1).ravel()
    padded = np.append(values, 0.0)
    return np.add.reduceat(padded, edges)[::2].tolist(), np.maximum.reduceat(padded, edges)[::2].tolist()


def _list_response_events(scenario: Scenario, responses: tuple[ResponseSpan, ...], n_steps: int) -> Iterator[RunEvent]:
    # A later event takes the place of one that goes on or has not begun.
    cuts = [response.announced_step for response in responses[1:]] + [n_steps + 1]
    for response, cut in zip(responses, cuts, strict=False):
        start, stop = response.steps.start, min(response.steps.stop, cut)
        values = {"reduction": response.reduction, "duration_h": len(response.steps) * scenario.timestep_h}
        if response.announced_step < min(start, cut):
            yield RunEvent(response.announced_step, "response_announced", values | {"start_step": start})
        if start < cut:
            yield RunEvent(start, "response_begins", values)
            yield RunEvent(stop, "response_ends", {"duration_h": (stop - start) * scenario.timestep_h})

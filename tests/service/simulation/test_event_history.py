"""Event history: the events of a run that goes on are those of its whole series, whenever they were read before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.event_history import EventHistory
from ev2gym_dashboard.service.simulation.event_log import list_recorded_events

N_STEPS = 400


def draw_series(seed: int) -> dict[str, np.ndarray[Any, Any]]:
    """Draw series whose spans flicker, last long, and begin and end at the same steps."""
    rng = np.random.default_rng(seed)

    def draw_levels(levels: list[float]) -> np.ndarray[Any, Any]:
        lengths = rng.choice([1, 2, 3, 4, 5, 30], N_STEPS)
        return np.repeat(rng.choice(levels, N_STEPS), lengths)[:N_STEPS]

    return {
        "poste": draw_levels([0, 0, 1, 2]).astype(int),
        "price_mad_kwh": draw_levels([0.8, 1.2]),
        "v2g_kw": draw_levels([0.0, 0.0, 0.1, 7.3]),
        "n_discharging": draw_levels([0, 1, 5]),
        "net_load_kw": draw_levels([-5.0, 20.0, 100.0, 104.0]),
        "limit_kw": np.full(N_STEPS, 100.0),
        "n_waiting": draw_levels([0, 3]),
    }


@pytest.mark.parametrize("timestep_min", [5, 15, 60])
@pytest.mark.parametrize("seed", range(4))
def test_the_events_do_not_depend_on_when_they_were_read(seed: int, timestep_min: int) -> None:
    scenario, series, history = Scenario(timestep_min=timestep_min), draw_series(seed), EventHistory()
    stops = np.cumsum(np.random.default_rng(seed).choice([0, 1, 1, 2, 9], N_STEPS))
    for n_steps in stops[stops <= N_STEPS].tolist():
        events = history.extend(scenario, lambda a, b: {key: x[a:b] for key, x in series.items()}, n_steps=n_steps)
        assert events == list_recorded_events(scenario, {name: values[:n_steps] for name, values in series.items()})
    assert len(events) > 20


def test_only_new_steps_are_read_where_no_span_goes_on() -> None:
    scenario, history, firsts = Scenario(timestep_min=60), EventHistory(), []
    still = {name: np.zeros_like(values) for name, values in draw_series(0).items()} | {"limit_kw": np.ones(N_STEPS)}

    def select(first: int, end: int) -> dict[str, np.ndarray[Any, Any]]:
        firsts.append(first)
        return {name: values[first:end] for name, values in still.items()}

    history.extend(scenario, select, n_steps=300)
    firsts.clear()
    history.extend(scenario, select, n_steps=301)
    assert min(firsts) >= 299

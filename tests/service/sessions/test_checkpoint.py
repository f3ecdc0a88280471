"""Checkpoints: a run that continues from one is the undisturbed run, to the bit and to the type."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.sessions.checkpoint import decode_checkpoint, encode_checkpoint
from ev2gym_dashboard.service.sessions.fleet_view import make_fleet_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.site_view import make_site_view
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns, start_counterfactual_runs
from ev2gym_dashboard.strategies import STRATEGIES

SCENARIO = Scenario(fleet_size=40, event_start="2026-12-15T20:00")
OVERRIDES = [
    {"vehicle": 1, "action": "charge_now"},
    {"vehicle": 2, "action": "no_v2g"},
    {"vehicle": 3, "action": "leave", "leave_min": 420},
]


def render_views(runs: CounterfactualRuns) -> str:
    """Return both views as text, in which 0 and 0.0 differ."""
    run = RunSpec(runs.simulation.scenario, (), runs.simulation.step)
    return repr((asdict(make_fleet_view(run, runs)), asdict(make_site_view(run, runs))))


@given(
    st.sampled_from(sorted(STRATEGIES)),
    st.integers(0, 130),
    st.integers(0, 100),
    st.sampled_from([None, {"minutes": 30.0, "reduction": 0.5}]),
)
@settings(max_examples=25)
def test_a_run_continues_from_a_checkpoint_undisturbed(
    strategy: str, before: int, after: int, event: dict[str, float] | None
) -> None:
    undisturbed = start_counterfactual_runs(SCENARIO)
    undisturbed.set(strategy=strategy)
    undisturbed.advance(before)
    undisturbed.set(v2g=False, event=event, overrides=OVERRIDES)
    resumed = decode_checkpoint(SCENARIO, encode_checkpoint(undisturbed))
    assert render_views(resumed) == render_views(undisturbed)
    for runs in (undisturbed, resumed):
        runs.advance(after)
        runs.set(v2g=True)
        runs.advance(3)
    assert render_views(resumed) == render_views(undisturbed)


def test_what_a_strategy_keeps_survives_where_it_was_chosen_in_the_run() -> None:
    runs = start_counterfactual_runs(SCENARIO)
    runs.set(strategy="predictive")
    runs.advance(2)
    resumed = decode_checkpoint(SCENARIO, encode_checkpoint(runs))
    assert runs.simulation.engine.memory.site.any()
    assert np.array_equal(resumed.simulation.engine.memory.site, runs.simulation.engine.memory.site)


def test_a_checkpoint_of_a_restored_run_has_the_same_bytes() -> None:
    runs = start_counterfactual_runs(SCENARIO)
    runs.advance(30)
    data = encode_checkpoint(runs)
    assert encode_checkpoint(decode_checkpoint(SCENARIO, data)) == data

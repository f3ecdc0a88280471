"""Checkpoints: a run that continues from one is the undisturbed run, to the bit and to the type."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.engine.checkpoint import SERIES_KEY
from ev2gym_dashboard.service.sessions.array_codec import decode_arrays
from ev2gym_dashboard.service.sessions.checkpoint import decode_checkpoint, encode_checkpoint
from ev2gym_dashboard.service.sessions.fleet_view import make_fleet_view
from ev2gym_dashboard.service.sessions.record_blocks import BLOCK_STEPS, MissingBlockError, seal_blocks
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.site_view import make_site_view
from ev2gym_dashboard.service.simulation.counterfactuals import (
    BASELINE_STRATEGY,
    CounterfactualRuns,
    start_counterfactual_runs,
)
from ev2gym_dashboard.strategies import STRATEGIES

SCENARIO = Scenario(fleet_size=20, timestep_min=30, event_start="2026-12-15T20:00")
OVERRIDES = [
    {"vehicle": 1, "action": "charge_now"},
    {"vehicle": 2, "action": "no_v2g"},
    {"vehicle": 3, "action": "leave", "leave_min": 420},
]


def resume(runs: CounterfactualRuns) -> CounterfactualRuns:
    """Return the runs that continue from a checkpoint of runs."""
    checkpoint = encode_checkpoint(runs)
    blocks = {digest: encode() for digest, encode in checkpoint.blocks.items()}
    return decode_checkpoint(SCENARIO, checkpoint.data, lambda _digests: blocks)


def render_views(runs: CounterfactualRuns) -> str:
    """Return both views as text, in which 0 and 0.0 differ."""
    run = RunSpec(runs.simulation.scenario, (), runs.simulation.step)
    return repr((make_fleet_view(run, runs), make_site_view(run, runs)))


@given(
    st.sampled_from(sorted(STRATEGIES)),
    st.integers(0, 65),
    st.integers(0, 50),
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
    resumed = resume(undisturbed)
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
    resumed = resume(runs)
    assert runs.simulation.engine.memory.site.any()
    assert np.array_equal(resumed.simulation.engine.memory.site, runs.simulation.engine.memory.site)


def test_a_checkpoint_of_a_restored_run_has_the_same_bytes() -> None:
    runs = start_counterfactual_runs(SCENARIO)
    runs.advance(30)
    assert encode_checkpoint(resume(runs)).data == encode_checkpoint(runs).data


@pytest.fixture(scope="module")
def long_runs() -> CounterfactualRuns:
    runs = start_counterfactual_runs(SCENARIO)
    runs.advance(2 * BLOCK_STEPS + 10)
    return runs


def test_a_run_of_several_blocks_continues_undisturbed(long_runs: CounterfactualRuns) -> None:
    resumed = resume(long_runs)
    assert render_views(resumed) == render_views(long_runs)
    assert encode_checkpoint(resumed).data == encode_checkpoint(long_runs).data
    assert encode_checkpoint(resumed).blocks.keys() == encode_checkpoint(long_runs).blocks.keys()


def test_the_bytes_of_a_checkpoint_hold_the_steps_after_the_last_block_alone(long_runs: CounterfactualRuns) -> None:
    arrays = decode_arrays(encode_checkpoint(long_runs).data)
    columns = [len(array) for name, array in arrays.items() if f".{SERIES_KEY}." in name]
    assert set(columns) == {long_runs.simulation.step - 2 * BLOCK_STEPS}


def test_runs_of_the_same_past_share_its_blocks(long_runs: CounterfactualRuns) -> None:
    baseline = long_runs.counterfactuals[BASELINE_STRATEGY]
    (fork,) = baseline.fork(1)
    assert seal_blocks(fork.engine.records.series).keys() == seal_blocks(baseline.engine.records.series).keys()


def test_a_checkpoint_without_one_of_its_blocks_is_no_run(long_runs: CounterfactualRuns) -> None:
    checkpoint = encode_checkpoint(long_runs)
    blocks = {digest: encode() for digest, encode in checkpoint.blocks.items()}
    del blocks[min(blocks)]
    with pytest.raises(MissingBlockError):
        decode_checkpoint(SCENARIO, checkpoint.data, lambda _digests: blocks)

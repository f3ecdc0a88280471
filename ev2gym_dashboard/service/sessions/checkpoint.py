"""Checkpoints: a run and its counterfactuals as bytes, and blocks of records, from which a replay can start."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ev2gym_dashboard.core.engine.checkpoint import SERIES_KEY, Arrays, restore_day_plan, select_arrays
from ev2gym_dashboard.core.engine.initial_state import resume_engine
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.array_codec import decode_arrays, encode_arrays
from ev2gym_dashboard.service.sessions.record_blocks import (
    Blocks,
    GetBlocks,
    join_blocks,
    seal_blocks,
    select_open_steps,
)
from ev2gym_dashboard.service.simulation.counterfactuals import COUNTERFACTUALS, CounterfactualRuns
from ev2gym_dashboard.service.simulation.demand_response import EventCounterfactual
from ev2gym_dashboard.service.simulation.needed_connection import UnlimitedRun
from ev2gym_dashboard.service.simulation.simulation import Simulation

RUN_KEY, WITHOUT_EVENT_KEY, UNLIMITED_KEY = "run", "without_event", "unlimited"
PLAN_KEY, METADATA_KEY = "plan", "metadata"
EVENT_FIELDS = ("event_start", "event_minutes", "event_reduction")


@dataclass(frozen=True)
class Checkpoint:
    """The state, the settings and the last records of all runs as bytes, and the blocks of records before them."""

    data: bytes
    blocks: Blocks


def encode_checkpoint(runs: CounterfactualRuns) -> Checkpoint:
    """Return the checkpoint of all runs; its bytes do not grow with the run, but for the digests of its blocks."""
    simulations = {RUN_KEY: runs.simulation} | runs.counterfactuals
    if runs.unlimited.active:
        simulations[UNLIMITED_KEY] = runs.unlimited.simulation
    event = runs.event_counterfactual
    if event and event.simulation:
        simulations[WITHOUT_EVENT_KEY] = event.simulation
    series = {name: simulation.engine.records.series for name, simulation in simulations.items()}
    blocks = {digest: encode for each in series.values() for digest, encode in seal_blocks(each).items()}
    metadata = {
        "settings": {name: _collect_settings(simulation) for name, simulation in simulations.items()},
        "seals": {name: each.seals for name, each in series.items()},
        "event_counterfactual": _encode_event(event),
        "unlimited_first_step": runs.unlimited.first_step,
    }
    # All runs have the same arrivals, so that their day plan is written once.
    arrays = _add_prefix(PLAN_KEY, runs.simulation.save_day_plan())
    for name, simulation in simulations.items():
        arrays |= _add_prefix(name, simulation.save_state_without_records())
        arrays |= _add_prefix(f"{name}.{SERIES_KEY}", select_open_steps(series[name]))
    arrays |= {METADATA_KEY: np.frombuffer(json.dumps(metadata).encode(), np.uint8)}
    return Checkpoint(encode_arrays(arrays), blocks)


def decode_checkpoint(scenario: Scenario, data: bytes, get_blocks: GetBlocks) -> CounterfactualRuns:
    """Return the runs of a scenario in the state in which `encode_checkpoint` saved them.

    Raises
    ------
    MissingBlockError
        If ``get_blocks`` does not return one of the blocks.
    """
    arrays = decode_arrays(data)
    metadata = json.loads(arrays.pop(METADATA_KEY).tobytes())
    names = list(metadata["settings"])
    plan = restore_day_plan(select_arrays(arrays, PLAN_KEY))
    first = Simulation(scenario, start=partial(resume_engine, plan=plan))
    # Forks draw the following days from one iterator: runs made one by one would each draw them again.
    simulations = dict(zip(names, [first, *first.fork(len(names) - 1)], strict=True))
    for name, simulation in simulations.items():
        # Settings first: a strategy that is set anew would begin without what it keeps.
        _apply_settings(simulation, metadata["settings"][name])
        _restore_state(simulation, select_arrays(arrays, name), metadata["seals"][name], get_blocks)
    counterfactuals = {name: simulations[name] for name in COUNTERFACTUALS}
    event = _decode_event(metadata["event_counterfactual"], simulations.get(WITHOUT_EVENT_KEY))
    unlimited = _restore_unlimited(simulations, metadata["unlimited_first_step"])
    return CounterfactualRuns(simulations[RUN_KEY], counterfactuals, unlimited, event)


def _restore_state(simulation: Simulation, arrays: Arrays, seals: list[str], get_blocks: GetBlocks) -> None:
    columns = join_blocks(seals, select_arrays(arrays, SERIES_KEY), get_blocks)
    simulation.restore_state(arrays | _add_prefix(SERIES_KEY, columns))
    simulation.engine.records.series.seals = tuple(seals)


def _restore_unlimited(simulations: dict[str, Simulation], first_step: int) -> UnlimitedRun:
    if UNLIMITED_KEY not in simulations:
        # The connection has not cut the run so far: without its limit it is the same.
        return UnlimitedRun.start(simulations[RUN_KEY])
    simulations[UNLIMITED_KEY].lift_limit()
    return UnlimitedRun(simulations[UNLIMITED_KEY], first_step, active=True)


def _add_prefix(name: str, arrays: Arrays) -> Arrays:
    return {f"{name}.{key}": array for key, array in arrays.items()}


def _collect_settings(simulation: Simulation) -> dict[str, Any]:
    event = {name: getattr(simulation.scenario, name) for name in EVENT_FIELDS}
    settings = {"strategy": simulation.strategy, "v2g": simulation.v2g, "params": dict(simulation.params)}
    return {"set": settings, "event": event}


def _apply_settings(simulation: Simulation, settings: dict[str, Any]) -> None:
    simulation.set(**settings["set"])
    simulation.reschedule_event(**settings["event"])


def _encode_event(event: EventCounterfactual | None) -> dict[str, Any] | None:
    if event is None:
        return None
    return {
        "event_steps": [event.event_steps.start, event.event_steps.stop],
        "end_step": event.end_step,
        "net_load_kw": event.net_load_kw.tolist(),
    }


def _decode_event(metadata: dict[str, Any] | None, simulation: Simulation | None) -> EventCounterfactual | None:
    if metadata is None:
        return None
    return EventCounterfactual(
        range(*metadata["event_steps"]), metadata["end_step"], np.array(metadata["net_load_kw"], np.float64), simulation
    )

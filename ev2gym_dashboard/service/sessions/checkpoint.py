"""A run with its counterfactuals as bytes, and back: what a replay can begin from."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import numpy as np

from ev2gym_dashboard.core.engine.checkpoint import (
    flatten_arrays,
    restore_day_plan,
    restore_engine,
    save_engine,
    select_arrays,
)
from ev2gym_dashboard.core.engine.initial_state import resume_engine
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.array_codec import decode_arrays, encode_arrays
from ev2gym_dashboard.service.simulation.counterfactuals import COUNTERFACTUALS, CounterfactualRuns
from ev2gym_dashboard.service.simulation.demand_response import EventCounterfactual
from ev2gym_dashboard.service.simulation.simulation import Simulation

RUN_KEY, WITHOUT_EVENT_KEY = "run", "without_event"
EVENT_FIELDS = ("event_start", "event_minutes", "event_reduction")


def encode_checkpoint(runs: CounterfactualRuns) -> bytes:
    """Return all of the runs that decides what comes next, and what they have recorded."""
    simulations = {RUN_KEY: runs.simulation} | runs.counterfactuals
    if runs.event_counterfactual and runs.event_counterfactual.simulation:
        simulations[WITHOUT_EVENT_KEY] = runs.event_counterfactual.simulation
    about = {
        "set": {name: _collect_settings(simulation) for name, simulation in simulations.items()},
        "watch": _encode_event(runs.event_counterfactual),
    }
    arrays = flatten_arrays(runs.simulation.engine.plan, "plan")
    for name, simulation in simulations.items():
        arrays |= {f"{name}.{key}": array for key, array in save_engine(simulation.engine).items()}
    return encode_arrays(arrays | {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)})


def decode_checkpoint(scenario: Scenario, data: bytes) -> CounterfactualRuns:
    """Return the runs of a scenario as they stood when `to_bytes` was called."""
    arrays = decode_arrays(data)
    about = json.loads(arrays.pop("about").tobytes())
    names = list(about["set"])
    first = Simulation(scenario, start=partial(resume_engine, plan=restore_day_plan(select_arrays(arrays, "plan"))))
    simulations = dict(zip(names, [first, *first.fork(len(names) - 1)], strict=True))
    for name, simulation in simulations.items():
        simulation.engine = restore_engine(simulation.engine, select_arrays(arrays, name))
        _apply_settings(simulation, about["set"][name])
    counterfactuals = {name: simulations[name] for name in COUNTERFACTUALS}
    return CounterfactualRuns(
        simulations[RUN_KEY], counterfactuals, _decode_event(about["watch"], simulations.get(WITHOUT_EVENT_KEY))
    )


def _collect_settings(simulation: Simulation) -> dict[str, Any]:
    event = {name: getattr(simulation.scenario, name) for name in EVENT_FIELDS}
    settings = {"strategy": simulation.strategy, "v2g": simulation.v2g, "params": dict(simulation.params)}
    return {"settings": settings, "event": event}


def _apply_settings(simulation: Simulation, about: dict[str, Any]) -> None:
    simulation.set(**about["settings"])
    simulation.reschedule_event(**about["event"])


def _encode_event(watch: EventCounterfactual | None) -> dict[str, Any] | None:
    if watch is None:
        return None
    return {
        "event": [watch.event_steps.start, watch.event_steps.stop],
        "end": watch.end_step,
        "net_load_kw": watch.net_load_kw,
    }


def _decode_event(about: dict[str, Any] | None, without: Simulation | None) -> EventCounterfactual | None:
    if about is None:
        return None
    return EventCounterfactual(range(*about["event"]), about["end"], about["net_load_kw"], without)
